// Photos taken one after the other gather with the chosen files, which upload.js sends; without this the plain form sends both.
const photo = document.querySelector("[data-camera]");
const files = photo.form.querySelector("input[type=file][multiple]");

photo.addEventListener("change", () => {
  const all = new DataTransfer();
  for (const file of [...files.files, ...photo.files]) all.items.add(file);
  files.files = all.files;
  photo.value = "";
});
