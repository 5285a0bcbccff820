"""A text of the firm, written in the browser: a field by its button, the preview as one types, saved, restored."""

import pytest
from playwright.sync_api import Page, expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser

INVOICE = "/parametres/modeles/clients/facture/"


def shown(page: Page):
    return page.frame_locator("iframe[name=apercu]:visible")


def test_a_text_is_written_seen_saved_and_restored(house, visit):
    page = enter(visit(), "admin@martin.example", "/parametres/ged/")
    page.get_by_role("link", name="Modèle de notification").click()
    page.get_by_role("link", name="Modifier Facture – Clients").click()
    expect(shown(page).get_by_text("Une facture pour Moi Même SARL")).to_be_visible()

    body = page.get_by_label("Texte", exact=True)
    body.fill("Bonjour,\n\n#lien#\n\nDossier ")
    page.get_by_role("button", name="Insérer #dossier#").click()
    expect(body).to_have_value("Bonjour,\n\n#lien#\n\nDossier #dossier#")
    expect(body).to_be_focused()
    expect(shown(page).get_by_text("Dossier 4", exact=True)).to_be_visible()

    page.get_by_label("Entreprise (code ou nom)").fill("12")
    expect(shown(page).get_by_text("Dossier 12", exact=True)).to_be_visible()
    page.get_by_label("Entreprise (code ou nom)").press("Enter")
    expect(page).to_have_url(house.url(INVOICE))

    body.press("End")
    page.keyboard.type(" #dosier#")
    expect(shown(page).get_by_text("#dosier# n’est pas un champ de ce modèle.")).to_be_visible()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#id_body_error")).to_contain_text("#dosier# n’est pas un champ de ce modèle.")
    expect(shown(page).get_by_text("Dossier 12", exact=True)).to_be_visible()
    body.fill("Bonjour,\n\n#lien#\n\nDossier #dossier#")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("La version 1 est enregistrée")).to_be_visible()
    expect(shown(page).get_by_text("Dossier 12", exact=True)).to_be_visible()

    page.get_by_role("button", name="M’envoyer un essai").click()
    expect(page.get_by_text("L’essai part à admin@martin.example")).to_be_visible()
    house.wait_for(
        lambda: (
            house.rows("SELECT status FROM mailing_outgoingmail WHERE subject LIKE '[Essai]%'") == [("sent",)]
        ),
        "the trial has left",
    )

    page.get_by_role("button", name="Revenir au texte du portail").click()
    expect(page.get_by_text("La version 2 est enregistrée")).to_be_visible()
    page.get_by_role("link", name="Voir la version 1").click()
    page.get_by_role("button", name="Restaurer cette version").click()
    expect(page.get_by_text("La version 3 est enregistrée")).to_be_visible()
    expect(body).to_have_value("Bonjour,\n\n#lien#\n\nDossier #dossier#")


def test_without_javascript_the_fields_are_read_and_the_preview_is_asked_for(visit):
    page = enter(visit(java_script_enabled=False), "admin@martin.example", INVOICE)
    expect(page.locator("code", has_text="#société#")).to_be_visible()
    page.get_by_label("Objet").fill("Sans script, #société#")
    page.get_by_role("button", name="Aperçu").click()
    expect(shown(page).get_by_text("Sans script, Moi Même SARL")).to_be_visible()
    expect(page.get_by_label("Objet")).to_have_value("Sans script, #société#")
