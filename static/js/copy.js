// « Copier » beside an address. The buttons are hidden where there is no JavaScript.
const reveal = (root) => root.querySelectorAll("[data-copy][hidden]").forEach((button) => (button.hidden = false));

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(field);
  field.select();
  document.execCommand("copy"); // pages without HTTPS have no clipboard
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const word = button.querySelector("[role=status]");
  const before = word.textContent;
  try {
    await copy(button.dataset.copy);
    word.textContent = button.dataset.done;
  } catch {
    word.textContent = button.dataset.failed;
  }
  button.focus();
  clearTimeout(button.timer);
  button.before ??= before;
  button.timer = setTimeout(() => (word.textContent = button.before), 2500);
});

reveal(document);
document.addEventListener("htmx:afterSwap", ({ target }) => reveal(target));
