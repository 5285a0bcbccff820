"""« Paramètres de l’e-mail » by an administrator: why an address, what settings would change, then saved or not."""

import pytest
from playwright.sync_api import Page, expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser


def lines_of(page: Page, company: str):
    """The lines of a company in the simulator."""
    return page.locator("table.simulator tbody").filter(has_text=company).get_by_role("row")


def line(page: Page, company: str, kind: str):
    return lines_of(page, company).filter(has_text=kind)


@pytest.fixture
def screen(visit) -> Page:
    page = visit()
    enter(page, "admin@martin.example")
    page.get_by_role("link", name="Paramètres").click()
    page.get_by_role("link", name="E-mail", exact=True).click()
    expect(page.get_by_role("heading", name="Simulateur")).to_be_visible()
    return page


def test_each_company_says_who_writes_and_why(screen):
    """The demonstration shows every branch: 4 has a gestionnaire, 27 a groupe, 12 neither."""
    welcome = "Bienvenue sur le portail"
    for company, address in (
        ("Moi Même SARL", "claire@martin.example"),
        ("Garage Morel", "sud@martin.example"),
        ("Boulangerie Petit", "ne-pas-repondre@martin.example"),
    ):
        expect(line(screen, company, welcome)).to_contain_text(address)

    why = line(screen, "Boulangerie Petit", welcome)
    why.get_by_text("Pourquoi cette adresse ?").click()
    expect(why.get_by_role("listitem").filter(visible=True)).to_contain_text(
        [
            "Non : le dossier n’a pas de gestionnaire attitré",
            "Non : le dossier n’est dans aucun groupe de clients",
            "Choisie : réglée par le cabinet",
            "non examinée",
        ]
    )
    why.get_by_text("Pourquoi ce destinataire ?").click()
    expect(why.get_by_text("Non : personne ne lit cette adresse")).to_be_visible()
    expect(why).to_contain_text("contact@martin.example")


def test_a_try_shows_what_would_change_and_goes_away(house, screen):
    screen.get_by_label("Adresse e-mail fonctionnelle", exact=True).fill("compta@martin.example")
    screen.get_by_role("button", name="Essayer sans enregistrer").click()
    expect(screen.get_by_text("qui ne sont pas enregistrés")).to_be_visible()
    changed = line(screen, "Boulangerie Petit", "Bienvenue sur le portail")
    expect(changed).to_contain_text("changerait")
    expect(changed).to_contain_text("compta@martin.example")
    expect(changed).to_contain_text("Aujourd’hui : ne-pas-repondre@martin.example")

    screen.get_by_role("link", name="Ce qui changerait").click()
    expect(screen.locator("table.simulator tbody")).to_have_count(1)
    expect(screen.get_by_text("qui ne sont pas enregistrés")).to_be_visible()
    expect(screen.get_by_label("Adresse e-mail fonctionnelle", exact=True)).to_have_value(
        "compta@martin.example"
    )
    with screen.expect_download() as download:
        screen.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert {row.split(";")[1] for row in text.splitlines()[1:]} == {"Boulangerie Petit"}

    screen.get_by_role("link", name="Revenir aux réglages enregistrés").click()
    expect(screen.get_by_label("Adresse e-mail fonctionnelle", exact=True)).to_have_value(
        "ne-pas-repondre@martin.example"
    )
    firm = "SELECT functional_email FROM portal_firm WHERE slug = 'martin'"
    assert house.value(firm) == "ne-pas-repondre@martin.example"


def test_who_receives_is_chosen_by_keyboard_and_saved(screen):
    row = screen.get_by_role("row").filter(has=screen.get_by_label("Configuration de « Tâches échouées »"))
    row.get_by_label("Configuration de « Tâches échouées »").select_option(label="Personnalisé")
    row.locator("summary").focus()
    screen.keyboard.press("Enter")
    row.get_by_label("Hugo Lenoir").focus()
    screen.keyboard.press("Space")
    screen.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(screen.get_by_text("Les paramètres de l’e-mail sont enregistrés.")).to_be_visible()
    expect(line(screen, "Garage Morel", "Tâches échouées")).to_contain_text(
        "Hugo Lenoir <hugo@martin.example>"
    )
    screen.get_by_label("Configuration de « Tâches échouées »").select_option(label="Standard")
    screen.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(line(screen, "Garage Morel", "Tâches échouées")).to_contain_text("sud@martin.example")
