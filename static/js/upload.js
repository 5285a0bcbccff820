// Files laid on the portal: chosen or dropped anywhere on the page, sent one part after the other, each with its progress
// and « Annuler ». What became of them the next page says, as it does for the plain form that works without this.
const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const lines = form.querySelector("[data-uploads]");
const target = document.querySelector("[data-drop-here]");
const words = form.dataset;
const running = new Set();
let next = null;

const added = (name) => {
  lines.append(form.querySelector(`template[data-${name}]`).content.cloneNode(true));
  return lines.lastElementChild;
};

const waiting = []; // what was chosen or dropped, in parts that the portal takes
let isTold = false; // something went wrong: whoever reads it goes on alone

function complain(text) {
  isTold = true;
  added("problem").querySelector(".grow").textContent = text;
}

// As many sendings as it takes; a file that is too big alone is named, and the others go.
function parts(files) {
  const found = [];
  let part = [];
  let bytes = 0;
  for (const file of files) {
    if (file.size > words.mostBytes) {
      complain(words.tooBig.replace("#", file.name));
      continue;
    }
    if (part.length === Number(words.mostFiles) || bytes + file.size > words.mostBytes) {
      found.push(part);
      part = [];
      bytes = 0;
    }
    part.push(file);
    bytes += file.size;
  }
  return part.length ? [...found, part] : found;
}

function send(files) {
  if (!waiting.length) isTold = false; // what went wrong before was read before this was chosen
  const whole = parts(files);
  if (!whole.length) return;
  waiting.push(whole);
  if (waiting.length === 1) go();
}

function go() {
  const [whole] = waiting;
  if (whole?.length) return post(whole.shift(), whole);
  waiting.shift();
  if (waiting.length) return go();
  if (!next) return;
  if (!isTold) return location.assign(next);
  added("done").querySelector("a").href = next;
}

function post(files, others) {
  const body = new FormData(form);
  body.delete(input.name);
  for (const file of files) body.append(input.name, file);
  const line = added("line");
  const name = files.length === 1 ? files[0].name : words.many.replace("#", files.length);
  line.querySelector("[data-name]").textContent = name;
  const bar = line.querySelector("progress");
  bar.setAttribute("aria-label", name);
  const percent = line.querySelector("[data-percent]");
  const cancel = line.querySelector("[data-cancel]");

  const request = new XMLHttpRequest();
  const stop = (text) => {
    const left = others.splice(0).reduce((count, part) => count + part.length, files.length);
    complain(left === 1 ? text : `${text} ${words.left.replace("#", left)}`);
  };
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = (100 * loaded) / total;
    percent.textContent = loaded < total ? `${Math.floor(bar.value)} %` : words.filing;
    cancel.hidden = loaded === total; // all of it is on its way: too late
  });
  request.addEventListener("load", () => {
    const isOurs = request.status === 200 && request.getResponseHeader("Content-Type") === "application/json";
    if (isOurs) next = JSON.parse(request.responseText).next;
    else stop(words.failed);
  });
  request.addEventListener("error", () => stop(words.failed));
  request.addEventListener("abort", () => stop(words.cancelled));
  request.addEventListener("loadend", () => {
    running.delete(request);
    line.remove();
    go();
  });
  cancel.addEventListener("click", () => request.abort());
  running.add(request);
  request.send(body);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send([...input.files]);
  input.value = "";
});

// Leaving the page would stop what is on its way.
addEventListener("beforeunload", (event) => running.size && event.preventDefault());

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let inside = 0; // the elements entered and not left

document.addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  inside += 1;
  target.hidden = false;
});

document.addEventListener("dragleave", (event) => {
  if (hasFiles(event) && --inside <= 0) leave();
});

document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  leave();
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const files = items.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile());
  if (files.length < items.length) complain(words.folder);
  send(files.filter(Boolean));
});

function leave() {
  inside = 0;
  target.hidden = true;
}

form.querySelector("[data-drop-hint]").hidden = false;
