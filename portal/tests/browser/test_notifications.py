"""S3-39 by hand: the address changes, the invoice is told again by force, arrives there, and is said to be opened."""

import pytest
from playwright.sync_api import Page, expect

from portal.tests.browser import enter

pytestmark = pytest.mark.browser

OLD, NEW = "factures@moimeme.example", "compta@moimeme.example"
INVOICE = "facture-2026-101.pdf"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"  # no machine


def resend(page: Page, path: str, *, forced: bool) -> None:
    """« Comparer avec le portail », one invoice ticked, « Renvoyer »."""
    page.goto(path)
    expect(page.get_by_role("button", name="Renvoyer")).to_be_disabled()
    page.get_by_role("checkbox", name=f"Choisir {INVOICE}").check()
    page.get_by_role("checkbox", name="Notification forcée").set_checked(forced)
    page.get_by_role("button", name="Renvoyer").click()


def test_a_changed_address_is_written_to_by_force_and_says_opened(house, visit):
    folder = house.value("SELECT id FROM documents_folder WHERE label = 'Facture' AND firm_id = 1")
    compare = f"/entreprises/4/documents/{folder}/comparer/"
    staff = enter(visit(), "claire@martin.example")
    state = "SELECT status FROM notifications_notification WHERE title = ? AND sent_to = ?"
    house.wait_for(lambda: house.rows(state, INVOICE, OLD) == [("sent",)], "the demonstration's has left")
    row = staff.get_by_role("row").filter(has_text=INVOICE)
    staff.goto(compare)
    expect(row).to_contain_text("Envoyé")

    staff.goto("/entreprises/4/fiche/facturation/")
    staff.get_by_label("Email facturation").fill(NEW)
    staff.get_by_role("button", name="Enregistrer").click()
    expect(staff.get_by_text("La facturation est enregistrée.")).to_be_visible()
    staff.goto(compare)
    staff.get_by_role("main").get_by_role("link", name="Synchroniser").click()
    expect(staff.get_by_role("heading", name="Synchroniser").first).to_be_visible()

    resend(staff, compare, forced=False)
    expect(staff.get_by_text("déjà notifié")).to_be_visible()
    resend(staff, compare, forced=True)
    expect(staff.get_by_text("1 notification part.")).to_be_visible()
    expect(row).to_contain_text("renvoyée, forcée")
    [mail] = house.wait_for(lambda: house.mails(NEW), "the mail to the new address is written")
    assert INVOICE in mail.get_body(("plain",)).get_content()

    document = house.value("SELECT id FROM documents_document WHERE name = ?", INVOICE)
    house.wait_for(lambda: house.rows(state, INVOICE, NEW) == [("sent",)], "it is said to be sent")
    enter(visit(user_agent=PERSON), NEW, f"/documents/{document}/")

    staff.goto(f"/notifications/?entreprise=4&q={NEW}")
    told = staff.get_by_role("row").filter(has_text=INVOICE).first
    expect(told).to_contain_text("Envoyé")
    expect(told).to_contain_text("Ouvert")
    told.get_by_role("link", name="+ Détails").click()
    panel = staff.get_by_role("dialog")
    expect(panel.get_by_role("listitem").filter(has_text="Ouvert").first).to_be_visible()
    expect(panel.get_by_text("notification forcée", exact=True)).to_be_visible()
