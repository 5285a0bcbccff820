// The editor of a text: its fields become buttons that insert them where the cursor is, and the preview follows what is
// typed. Without JavaScript the fields are read, and « Aperçu » posts the form into the frame just the same.
const form = document.querySelector("[data-text-editor]");
const button = form.querySelector("[data-preview]");
const body = form.elements.body;
const texts = [form.elements.subject, body];
const PAUSE = 600; // milliseconds without a key
let typed = body; // where the cursor was last
let frame = form.querySelector("iframe");
let coming = null;
let timer;

for (const text of texts) text.addEventListener("focus", () => (typed = text));

function insert(field) {
  typed.focus();
  if (document.execCommand("insertText", false, field)) return; // so that Ctrl+Z takes it back
  typed.setRangeText(field, typed.selectionStart, typed.selectionEnd, "end");
  typed.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const code of form.querySelectorAll("code[data-insert]")) {
  const field = code.textContent;
  const made = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: field });
  const word = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  word.textContent = `${code.closest("[data-insert-word]").dataset.insertWord} `;
  made.prepend(word);
  made.addEventListener("click", () => insert(field));
  code.replaceWith(made);
}

// A new frame each time, shown once it is there: nothing flickers, and « back » does not lead through all of them.
function refresh() {
  coming?.remove();
  const next = frame.cloneNode();
  next.removeAttribute("src");
  next.name = "apercu-qui-vient";
  next.hidden = true;
  frame.after(next);
  coming = next;
  next.addEventListener("load", () => {
    if (coming !== next) return;
    frame.remove();
    next.name = button.formTarget;
    next.hidden = false;
    frame = next;
    coming = null;
  });
  const { formTarget } = button;
  button.formTarget = next.name;
  form.requestSubmit(button);
  button.formTarget = formTarget;
}

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, PAUSE);
};

form.addEventListener("input", soon);
button.addEventListener("click", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  refresh();
});
if ("typed" in form.dataset) refresh();
