"""« Traiter » by keys alone, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser

PROCESS = "/entreprises/4/box/traiter/"


def left(page):
    """How many the screen says are to be processed."""
    return int(page.locator(".lead").inner_text().split()[0])


def test_documents_are_filed_by_keys_and_taken_back(visit):
    page = enter(visit(), "claire@martin.example", PROCESS)
    first = page.get_by_role("heading", level=1).inner_text()
    count = left(page)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    page.get_by_label("Chercher un répertoire").fill("fact")
    expect(page.get_by_role("radio")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Facture")).to_be_checked()
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("status").filter(has_text=f"« {first} » est classé dans Facture.")
    ).to_be_visible()
    assert left(page) == count - 1
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    assert left(page) == count
    page.keyboard.press("1")
    expect(page.get_by_role("radio").first).to_be_checked()


def test_several_are_marked_and_filed_without_javascript(visit):
    page = enter(visit(java_script_enabled=False), "hugo@martin.example", "/entreprises/4/image/")
    row = page.get_by_role("row").nth(1)
    name = row.get_by_role("rowheader").get_by_role("link").inner_text()
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Classer dans…").click()
    page.get_by_role("radio", name="Devis", exact=True).check()
    page.get_by_role("button", name="Classer").click()
    said = page.get_by_role("status").filter(has_text=f"« {name} » est classé dans Devis.")
    said.get_by_role("button", name="Annuler").click()
    expect(
        page.get_by_role("status").filter(has_text=f"« {name} » est de nouveau à traiter.")
    ).to_be_visible()
