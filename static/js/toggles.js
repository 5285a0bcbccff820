// « Pourquoi ? » and « Historique » unfold a line under their row; without JavaScript they lead to the address's page.
const asToggle = (root) =>
  root.querySelectorAll("a[data-toggle]").forEach((link) => {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    link.setAttribute("aria-controls", link.dataset.toggle);
  });

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-toggle]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const line = document.getElementById(link.dataset.toggle);
  line.hidden = !line.hidden;
  link.setAttribute("aria-expanded", String(!line.hidden));
});

// The menu of a company, where it scrolls sideways, starts at the page shown.
for (const bar of document.querySelectorAll(".company-menu, .chips")) {
  const current = bar.querySelector("[aria-current]");
  if (current) bar.scrollLeft = current.offsetLeft - bar.clientWidth / 2 + current.clientWidth / 2;
}

// A form sent twice by a double click is sent once. One that is shown in a frame stays, and is sent again.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || event.submitter?.formTarget) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

asToggle(document);
document.addEventListener("htmx:afterSwap", ({ target }) => asToggle(target));
