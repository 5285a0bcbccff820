"""A client list comes into the portal, and its people with it: imported, given accesses in bulk, welcomed, logged in."""

import re

import pytest
from playwright.sync_api import Page, expect

from approvals.tests.importing import csv_file
from approvals.tests.odd_names import odd_companies, odd_contacts
from portal.tests.browser import enter
from portal.tests.browser.test_welcome import CHOSEN, body_of

pytestmark = pytest.mark.browser

COMPANIES, CONTACTS = 20, 60  # more than a page makes at once: a worker gives the accesses


def bring_in(page: Page, what: str, rows) -> None:
    page.goto("/parametres/import/")
    page.get_by_role("radio", name=what).check()
    page.get_by_label("Fichier CSV ou Excel").set_input_files(
        {"name": f"{what}.csv", "mimeType": "text/csv", "buffer": csv_file(rows)}
    )
    page.get_by_role("button", name="Vérifier le fichier").click()
    page.get_by_role("button", name="Importer").click()
    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_text("Importé", exact=True)).to_be_visible()


def to_all(page: Page, gesture: str) -> None:
    page.goto("/parametres/portail/?q=arrivee")
    page.get_by_role("checkbox", name="accès trouvés").check()
    page.get_by_role("button", name=gesture, exact=True).click()
    page.wait_for_url("**/travaux/*/")
    page.get_by_role("link", name="Continuer").click()


def test_a_client_list_is_brought_in_and_one_of_its_people_gets_in(house, visit):
    companies = list(odd_companies(COMPANIES, prefix="arrivee"))
    codes = [company["Code"] for company in companies]
    contacts = [
        contact | {"E-mail": f"arrivee{number}@clients.example"}
        for number, contact in enumerate(odd_contacts(CONTACTS, codes))
    ]
    page = visit()
    enter(page, "admin@martin.example")
    bring_in(page, "Entreprises", companies)
    bring_in(page, "Contacts", contacts)
    to_all(page, "Accès")
    to_all(page, "Notifier")

    told = [f"arrivee{number}@clients.example" for number in range(CONTACTS)]
    house.wait_for(lambda: all(house.mails(address) for address in told), "everybody is welcomed")
    [welcome] = house.mails(told[0])
    [link] = re.findall(r"http://\S+/connexion/nouveau/\S+", body_of(welcome))
    [code] = re.findall(r"Votre identifiant : (\S+)", body_of(welcome))
    assert code == codes[0]

    person = visit(viewport={"width": 390, "height": 844})
    person.goto(link)
    person.locator("[name=password1]").fill(CHOSEN)
    person.locator("[name=password2]").fill(CHOSEN)
    person.get_by_role("button", name="Enregistrer").click()
    person.wait_for_url("**/connexion/nouveau/fait/")
    for login in (told[0], code):
        window = visit(viewport={"width": 390, "height": 844})
        window.goto("/connexion/martin/")
        window.get_by_label("Adresse e-mail ou identifiant").fill(login)
        window.get_by_label("Mot de passe").fill(CHOSEN)
        window.get_by_role("button", name="Se connecter").click()
        expect(window.get_by_role("heading", name="Bonjour")).to_be_visible()
    person.goto(link)
    expect(person.get_by_role("heading", name="Ce lien n’est plus valable")).to_be_visible()
