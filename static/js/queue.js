// Folders narrowed by what is typed, and « Traiter » by keys: a digit or a letter chooses a folder, Enter files, j or →
// turns to the next document, k or ← back. Single keys can be switched off, for whoever speaks to the machine.
const search = document.querySelector("[data-folder-search]");
const folders = [...document.querySelectorAll("[data-folder]")];
const none = document.querySelector("[data-folder-none]");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function narrow(text) {
  const words = plain(text).split(/\s+/);
  for (const folder of folders) folder.hidden = !words.every((word) => plain(folder.dataset.folder).includes(word));
  none.hidden = folders.some((folder) => !folder.hidden);
}

search.hidden = folders.length < 8;
search.addEventListener("input", ({ target }) => narrow(target.value));
search.addEventListener("keydown", (event) => {
  const found = folders.find((folder) => !folder.hidden);
  if (event.key !== "Enter") return;
  event.preventDefault(); // the first one found is chosen; the next Enter files
  found?.querySelector("input").focus();
  found?.querySelector("input").click();
});

const form = document.querySelector("[data-queue]");
const shortcuts = document.querySelector("[data-shortcuts]");
const box = shortcuts?.querySelector("input");
const STORED = "raccourcis";
const hints = [...document.querySelectorAll(".folder kbd")];

function tell() {
  for (const hint of hints) hint.hidden = !box.checked;
}

if (box) {
  shortcuts.hidden = false;
  box.checked = localStorage.getItem(STORED) !== "non";
  box.addEventListener("change", () => {
    localStorage.setItem(STORED, box.checked ? "oui" : "non");
    tell();
  });
  tell();
}

const turns = { j: "next", ArrowRight: "next", k: "previous", ArrowLeft: "previous" };
const typesIn = (element) => element.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!box?.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typesIn(target) || document.querySelector("dialog[open]")) return;
  const isArrow = key.startsWith("Arrow");
  if (isArrow && target.matches?.("[type=radio]")) return; // the browser's own way through them
  if (turns[key]) {
    document.querySelector(`[data-turn="${turns[key]}"]`)?.click();
  } else if (key === "Enter" && form && !target.closest?.("a, button, summary, form")) {
    form.querySelector("[value=classer]").click();
  } else {
    const radio = key.length === 1 && form?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!radio) return;
    radio.focus();
    radio.checked = true;
  }
  event.preventDefault();
});
