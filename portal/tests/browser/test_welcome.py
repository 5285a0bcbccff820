"""A new user, from the client's request to the login: asked, accepted, welcomed by mail, a password chosen, logged in."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.tests.browser import log_in

pytestmark = pytest.mark.browser

EMAIL, NAME = "nouvelle@moimeme.example", "Inès Roux"
CHOSEN = "un mot de passe bien à moi"


def body_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def log_in_as(page: Page, login: str) -> None:
    page.goto("/connexion/martin/")
    page.get_by_label("Adresse e-mail ou identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", name="Bonjour Inès")).to_be_visible()


def test_from_the_request_to_the_login(house, visit):
    client = visit()
    client.goto("/entreprises/4/acces/demandes/")
    log_in(client, "gerant@moimeme.example")
    client.get_by_role("link", name="Demander un accès").first.click()
    client.get_by_label("Prénom et nom").fill(NAME)
    client.get_by_label("Adresse e-mail").fill(EMAIL)
    client.get_by_role("button", name="Envoyer la demande").click()
    expect(client.get_by_text("Votre demande est transmise au cabinet")).to_be_visible()

    staff = visit()
    staff.goto("/demandes/")
    log_in(staff, "claire@martin.example")
    staff.get_by_role("link", name=NAME).click()
    staff.get_by_role("button", name="Accepter et envoyer l’accès").click()
    expect(staff.get_by_text("La demande est acceptée")).to_be_visible()

    [welcome] = house.wait_for(lambda: house.mails(EMAIL), "the welcome mail is written")
    assert str(welcome["From"]) == "Claire Dupont – Cabinet Martin <claire@martin.example>"
    [link] = re.findall(r"http://\S+/connexion/nouveau/\S+", body_of(welcome))
    [code] = re.findall(r"Votre identifiant : (\S+)", body_of(welcome))
    [copy] = house.wait_for(
        lambda: house.mails("claire@martin.example", "Copie pour le suivi"), "the copy is written"
    )
    assert "/connexion/nouveau/" not in copy.as_string()

    person = visit()
    person.goto(link)
    person.locator("[name=password1]").fill(CHOSEN)
    person.locator("[name=password2]").fill(CHOSEN)
    person.get_by_role("button", name="Enregistrer").click()
    person.wait_for_url("**/connexion/nouveau/fait/")
    log_in_as(person, EMAIL)
    log_in_as(visit(), code)


def test_staff_look_at_a_client_s_portal_and_leave(visit):
    page = visit()
    page.goto("/entreprises/4/portail-client/")
    log_in(page, "claire@martin.example")
    page.get_by_role("row").filter(has_text="Sophie Roux").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Bonjour Sophie")).to_be_visible()
    expect(page.get_by_text("en lecture seule")).to_be_visible()
    page.goto("/mes-documents/")
    expect(page.get_by_role("heading", name="Cette page n’est pas montrée")).to_be_visible()
    page.get_by_role("button", name="Quitter et revenir au cabinet").click()
    expect(page.get_by_role("heading", name="Portail client")).to_be_visible()
    page.goto("/entreprises/4/fiche/")
    expect(page.get_by_role("heading", name="Fiche", exact=True)).to_be_visible()
