"""« Domaines » in a browser: the link is copied, opened without login, and ended by a new one."""

import re

import pytest
from playwright.sync_api import expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser


def test_the_link_of_the_partner_is_copied_opened_and_ended(visit, house):
    page = visit()
    enter(page, "admin@martin.example")
    page.get_by_role("link", name="Paramètres").click()
    page.get_by_role("link", name="Domaines").click()
    card = page.get_by_role("region", name="martin.example")
    expect(card.get_by_text("Préparé", exact=True)).to_be_visible()
    expect(page.get_by_text("Rien ne quitte cette machine : les e-mails")).to_be_visible()

    copy = card.locator("[data-copy^=http]")
    link = re.search(r"/dns/.*", copy.get_attribute("data-copy"))[0]
    copy.click()
    expect(copy.get_by_text("Lien copié")).to_be_visible()

    partner = visit()
    partner.goto(link)
    expect(partner.get_by_role("heading", name="martin.example")).to_be_visible()
    expect(partner.get_by_text("Cabinet Martin", exact=True)).to_be_visible()
    partner.locator("[data-copy='v=DMARC1; p=none']").click()
    expect(partner.get_by_text("Copié", exact=True)).to_be_visible()

    card.get_by_role("button", name="Nouveau lien").click()
    page.get_by_role("dialog").get_by_role("button", name="Nouveau lien").click()
    expect(page.get_by_text("martin.example a un nouveau lien")).to_be_visible()
    assert partner.reload().status == 404


def test_a_selector_that_is_none_is_said_beside_its_field(visit):
    page = visit()
    enter(page, "admin@peeters.example", "/parametres/domaines/")
    page.locator("summary").click()
    page.get_by_label("Sélecteur DKIM").fill("pas un sélecteur")
    page.get_by_role("button", name="Enregistrer").click()
    field = page.get_by_label("Sélecteur DKIM")
    expect(field).to_have_value("pas un sélecteur")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("S2026._domainkey.peeters.example")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Le sélecteur de peeters.example est enregistré.")).to_be_visible()
    expect(page.locator("code", has_text="s2026._domainkey.peeters.example")).to_be_visible()
