// Ticks of a list: one box for the whole page, how many are ticked, and gestures that wait for a tick. Without
// JavaScript a link ticks the page, and the gestures are always there.
const form = document.getElementById("liste-choix");
const all = form.querySelector("[data-tick-all] input");
const everything = form.querySelector("[value=tous]");
const said = form.querySelector("[role=status]");
const boxes = [...form.elements].filter((box) => box.name === "choix" && box !== everything);

function tell() {
  const count = boxes.filter((box) => box.checked).length;
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && !all.checked;
  const ticked = everything?.checked ? "" : count === 1 ? said.dataset.one : count ? said.dataset.many : "";
  said.textContent = ticked.replace("#", count);
  for (const button of form.querySelectorAll("button")) button.disabled = !count && !everything?.checked;
}

form.querySelector("[data-tick-page]").hidden = true;
all.closest("label").hidden = false;

document.addEventListener("change", ({ target }) => {
  if (target.form !== form) return;
  if (target === all || target === everything) for (const box of boxes) box.checked = target.checked;
  else if (everything) everything.checked = false;
  tell();
});

addEventListener("pageshow", tell); // the browser ticks again what was ticked before
tell();
