// Small dialogs. A link with data-dialog opens one and fills in what it is about; without JavaScript the link leads
// to a page that asks the same. A form with data-confirm, or whose button has it, asks once before it is sent.
const asButton = (root) =>
  root.querySelectorAll("a[data-dialog]").forEach((link) => {
    link.setAttribute("role", "button");
    link.setAttribute("aria-haspopup", "dialog");
  });

function open(link) {
  const dialog = document.getElementById(link.dataset.dialog);
  const form = dialog.querySelector("form");
  form.reset();
  form.action = link.dataset.action;
  form.elements.seen.value = link.dataset.seen;
  for (const spot of dialog.querySelectorAll("[data-fill]")) spot.textContent = link.dataset[spot.dataset.fill];
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (link && document.getElementById(link.dataset.dialog)?.showModal && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    open(link);
    return;
  }
  const dialog = event.target.closest?.("dialog.ask");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});

// What has the role of a button answers to the space bar too.
document.addEventListener("keydown", (event) => {
  const link = event.key === " " && event.target.closest?.('a[role="button"]');
  if (!link) return;
  event.preventDefault();
  link.click();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asking = event.submitter?.dataset.confirm ? event.submitter : form;
  const text = asking.dataset.confirm;
  if (!text || asking.dataset.confirmed) return;
  event.preventDefault();
  const dialog = document.getElementById("confirm-dialog");
  dialog.querySelector("h2").textContent = text;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = asking.dataset.yes;
  yes.onclick = () => {
    asking.dataset.confirmed = "yes";
    form.requestSubmit(asking === form ? null : asking);
  };
  dialog.showModal();
});

asButton(document);
document.addEventListener("htmx:afterSwap", ({ target }) => asButton(target));
