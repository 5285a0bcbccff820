"""A firm gives an access, prints the letters, and the person logs in with what the letter says."""

import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from portal.tests.browser import enter

pytestmark = pytest.mark.browser

OWN = "un mot de passe bien a elle"
ALPHABET = "A-HJ-NP-Za-hjkmnp-z2-9"


@pytest.fixture
def admin(visit) -> Page:
    page = visit()
    enter(page, "admin@martin.example")
    return page


def row_of(page: Page, name: str):
    return page.get_by_role("row").filter(has_text=name)


def test_an_access_is_given_its_letter_printed_once_and_the_person_is_in(admin, visit, tmp_path):
    page = admin
    page.goto("/parametres/portail/")
    paul = row_of(page, "Paul Morel")
    paul.get_by_label("Accès autorisé : Paul Morel").uncheck()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("1 accès est enregistré.")).to_be_visible()
    expect(paul.get_by_text("Sans accès")).to_be_visible()
    paul.get_by_label("Accès autorisé : Paul Morel").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(paul.get_by_text("Valide")).to_be_visible()

    for name in ("Jean Morel", "Paul Morel"):
        page.get_by_label(f"Choisir {name}").check()
    page.get_by_role("button", name="Mdp aléatoire").click()
    page.get_by_role("dialog").get_by_role("button", name="Mdp aléatoire").click()
    page.get_by_role("link", name="Continuer").click()  # once the worker is done, without a reload
    expect(page.get_by_text("2 lettres sont prêtes")).to_be_visible()
    here = page.url
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Télécharger le PDF").click()
    letters = tmp_path / "lettres.pdf"
    downloading.value.save_as(letters)
    page.goto(here)
    expect(page.get_by_text("Ce PDF n’est plus ici")).to_be_visible()
    expect(page.get_by_role("button", name="Télécharger le PDF")).to_have_count(0)

    jean, paul_s = (sheet.extract_text() for sheet in PdfReader(letters).pages)
    assert ("Jean Morel" in jean, "Paul Morel" in paul_s) == (True, True)
    secret = "".join(re.findall(rf"[{ALPHABET}]+", paul_s.partition("Mot de passe initial")[2])[:3])
    assert len(secret) == 12

    person = visit()
    person.goto("/connexion/martin/")
    person.get_by_label("Adresse e-mail ou identifiant").fill("27-paul")
    person.get_by_label("Mot de passe").fill(secret)
    person.get_by_role("button", name="Se connecter").click()
    expect(person).to_have_url("/mon-compte/mot-de-passe/")
    for field, typed in (("oldpassword", secret), ("password1", OWN), ("password2", OWN)):
        person.locator(f"#id_{field}").fill(typed)
    person.get_by_role("button", name="Enregistrer").click()
    expect(person).to_have_url("/espace/27/")
    page.goto("/parametres/portail/?q=paul")
    expect(row_of(page, "Paul Morel").get_by_text("personnalisé")).to_be_visible()
