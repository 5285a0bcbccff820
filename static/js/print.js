// Pages for the printer. They are drawn two at a time where they were never looked at, so they are asked for one after the
// other, again where the portal was busy; then the browser's own dialog opens.
const images = [...document.querySelectorAll("img.printed")];
const said = document.querySelector("[data-ready]");
const button = document.querySelector("[data-print]");
const TRIES = 5;

const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const addresses = images.map((image) => image.getAttribute("src"));
for (const image of images) image.removeAttribute("src"); // in turn, not all at once

async function load(image, address) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    image.src = attempt === 1 ? address : `${address}?essai=${attempt}`;
    try {
      await image.decode();
      return true;
    } catch {
      await wait(attempt);
    }
  }
  return false;
}

async function prepare() {
  for (const [index, image] of images.entries()) {
    said.textContent = said.dataset.busy.replace("#", index + 1);
    if (!(await load(image, addresses[index]))) {
      said.textContent = said.dataset.failed;
      return;
    }
  }
  said.textContent = said.dataset.ready;
  button.hidden = false;
  print();
}

button?.addEventListener("click", () => print());
if (images.length) prepare();
