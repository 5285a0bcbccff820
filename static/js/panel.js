// The right-hand panel. A link with hx-target="#panel-content" opens it; without JavaScript it is a page.
const panel = document.getElementById("panel");
const content = document.getElementById("panel-content");
const template = (id) => document.getElementById(id).content.cloneNode(true);
let opened = null;

const mark = (row) => {
  opened?.classList.remove("opened");
  opened = row;
  opened?.classList.add("opened");
};

const show = (node) => content.replaceChildren(node);

// A click that asks for a new tab or window is the browser's, not htmx's.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.('a[hx-target="#panel-content"]');
    if (link && (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target !== content) return;
  if (!content.contains(detail.elt)) {
    mark(detail.elt.closest("tbody tr, .lines > li"));
    show(template("panel-wait"));
  }
  content.setAttribute("aria-busy", "true");
  if (!panel.open) panel.showModal();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== content) return;
  // Sent elsewhere, to the login for one: the whole page goes there.
  const { responseURL } = detail.xhr;
  if (responseURL && new URL(responseURL).pathname !== new URL(detail.requestConfig.path, location).pathname) {
    detail.shouldSwap = false;
    location.assign(detail.requestConfig.elt.href);
  }
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== content) return;
  content.removeAttribute("aria-busy");
  panel.scrollTop = 0;
  document.getElementById("panel-title")?.focus();
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.target !== content) return;
    content.removeAttribute("aria-busy");
    show(template("panel-error"));
    content.querySelector("a").href = detail.requestConfig.elt.href;
    document.getElementById("panel-title").focus();
  });
}

// Closed by its button, by Escape (the browser does it, and gives the focus back), or by a click beside it.
panel?.addEventListener("click", (event) => {
  const beside = event.target === panel && event.clientX < panel.getBoundingClientRect().left;
  if (beside || event.target.closest("[data-close]")) panel.close();
});

panel?.addEventListener("close", () => {
  content.replaceChildren();
  mark(null);
});
