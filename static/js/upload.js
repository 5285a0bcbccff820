// Files laid on the portal: chosen or dropped anywhere on the page, sent side by side, each sending with its progress and
// « Annuler ». What became of them the next page says, as it does for the plain form that works without this.
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

const complain = (text) => (added("problem").querySelector(".grow").textContent = text);

function send(files) {
  if (!files.length) return;
  if (files.length > words.mostFiles) return complain(words.tooMany);
  if (files.reduce((sum, file) => sum + file.size, 0) > words.mostBytes) return complain(words.tooBig);

  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const { commentaire } = form.elements; // of a client alone
  if (commentaire) body.append(commentaire.name, commentaire.value);
  for (const file of files) body.append(input.name, file);
  const line = added("line");
  const name = files.length === 1 ? files[0].name : words.many.replace("#", files.length);
  line.querySelector("[data-name]").textContent = name;
  const bar = line.querySelector("progress");
  bar.setAttribute("aria-label", name);
  const percent = line.querySelector("[data-percent]");
  const cancel = line.querySelector("[data-cancel]");

  const request = new XMLHttpRequest();
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
    else complain(words.failed);
  });
  request.addEventListener("error", () => complain(words.failed));
  request.addEventListener("abort", () => complain(words.cancelled));
  request.addEventListener("loadend", () => {
    running.delete(request);
    line.remove();
    if (next && !running.size) location.assign(next);
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
