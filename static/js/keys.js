// Forms with data-key ask the browser for a key, by allauth's own scripts, which are loaded before this one.
// Without JavaScript, or without keys, they stay hidden.
for (const form of document.querySelectorAll("form[data-key]")) {
  if (!window.PublicKeyCredential) {
    document.querySelectorAll("[data-key-unknown]").forEach((word) => (word.hidden = false));
    continue;
  }
  const button = form.querySelector("#use-key");
  const ids = { credential: form.elements.credential.id, passwordless: form.elements.passwordless?.id };
  const data = form.dataset.options && JSON.parse(form.dataset.options);
  window.allauth.webauthn.forms[form.dataset.key]({
    ids: { ...ids, add: button.id, authenticate: button.id, login: button.id },
    data,
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // Enter in a field is a press of the button; allauth's own sending does not come by here
    button.click();
  });
  form.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-key-failed]").forEach((word) => (word.hidden = false));
});
