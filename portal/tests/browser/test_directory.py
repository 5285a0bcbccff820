"""A company from nothing to its first people, as an administrator makes it: created, card, contact, salarié, archived."""

import pytest
from playwright.sync_api import expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser


def test_a_company_its_contact_and_its_employee(visit):
    page = visit()
    enter(page, "admin@martin.example")
    page.get_by_role("link", name="Paramètres").click()
    page.get_by_role("navigation", name="Paramètres").get_by_role("link", name="Entreprises").click()
    page.get_by_role("link", name="Créer une entreprise").click()

    page.get_by_label("Code", exact=True).fill("31")
    page.get_by_label("Nom", exact=True).fill("Fleurs du Nord")
    page.get_by_label("Numéro d’entreprise").fill("404 833 047")
    page.get_by_role("button", name="Créer").click()
    number = page.get_by_label("Numéro d’entreprise")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_value("404 833 047")
    number.fill("404 833 048")
    page.get_by_label("Gestionnaire").select_option(label="Claire Dupont")
    page.get_by_role("button", name="Créer").click()
    expect(page.get_by_text("Fleurs du Nord est créée.")).to_be_visible()

    page.get_by_role("link", name="Ajouter un contact").first.click()
    page.get_by_label("Nom", exact=True).fill("Zoé Lambert")
    page.get_by_label("E-mail").fill("zoe@fleurs.example")
    page.get_by_label("Administrateur client").check()
    page.get_by_role("button", name="Ajouter").click()
    row = page.get_by_role("row", name="Zoé Lambert")
    expect(row).to_contain_text("Administrateur client")
    expect(row).to_contain_text("Sans accès")

    page.get_by_role("navigation", name="Fiche").get_by_role("link", name="Salariés").click()
    page.get_by_role("link", name="Ajouter un salarié").first.click()
    page.get_by_label("Nom", exact=True).fill("Ali Benali")
    page.get_by_label("Matricule").fill("001")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("row", name="Ali Benali")).to_contain_text("31-ali")

    page.get_by_role("button", name="Archiver Ali Benali").click()
    expect(page.get_by_text("Ali Benali est archivé.")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Ali Benali est de retour sur la fiche")).to_be_visible()

    page.get_by_role("navigation", name="Fiche").get_by_role("link", name="Historique").click()
    expect(page.get_by_text("Anne Martin restaure Ali Benali, sans accès")).to_be_visible()
    expect(page.get_by_text("Anne Martin crée l’entreprise Fleurs du Nord, code 31")).to_be_visible()
