"""What people are told, by hand in the browser: « Mise en situation » of S3, where each « Lien vers » leads, 500 at once."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from portal.testing import pdf
from portal.tests.browser import enter, log_in
from portal.tests.browser.test_publication import PHONE
from portal.tests.browser.test_welcome import CHOSEN, body_of
from portal.tests.house import BASE_DIR

pytestmark = pytest.mark.browser

EMAIL, OTHER = "rose@jardins.example", "compta@jardins.example"
INVOICE = "facture-2026-044.pdf"


def run(house, code: str) -> None:
    """Do in the house what would take a person long: `code`, by Django's shell."""
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=BASE_DIR, env=house.settings(), check=True, capture_output=True)


def link_of(mail) -> str:
    """Where the button of a notification leads; the plain link under it and the text part say the same."""
    html = mail.get_body(("html",)).get_content()
    [button] = re.findall(r'<a href="([^"]+)" style="display:inline-block', html)
    [plain] = re.findall(r'Ou copiez ce lien : <a href="([^"]+)"', html)
    assert (plain, button in body_of(mail).splitlines()) == (button, True)
    return button


def synchronise(page: Page) -> None:
    """« Synchroniser », which stands on the page, then what it says that it will do."""
    page.get_by_role("main").get_by_role("link", name="Synchroniser", exact=True).click()
    page.get_by_role("main").get_by_role("button", name="Synchroniser").click()


def test_from_a_new_client_to_the_opened_notification_and_to_another_address(house, visit):
    staff = enter(visit(), "admin@martin.example", "/parametres/internet/")
    staff.get_by_label("Regrouper les notifications d’une même personne").fill("0")
    staff.get_by_role("button", name="Enregistrer").click()
    staff.goto("/parametres/portail/")
    staff.get_by_label("Synchronisation automatique").uncheck()
    staff.get_by_role("button", name="Appliquer").click()

    staff.goto("/parametres/entreprises/")
    staff.get_by_role("link", name="Créer une entreprise").click()
    staff.get_by_label("Code", exact=True).fill("44")
    staff.get_by_label("Nom", exact=True).fill("Jardins de Rose")
    staff.get_by_label("Gestionnaire").select_option(label="Claire Dupont")
    staff.get_by_role("button", name="Créer").click()
    staff.get_by_role("link", name="Ajouter un contact").first.click()
    staff.get_by_label("Nom", exact=True).fill("Rose Petit")
    staff.get_by_label("E-mail").fill(EMAIL)
    staff.get_by_role("button", name="Ajouter").click()
    expect(staff.get_by_role("row", name="Rose Petit")).to_contain_text("Sans accès")

    staff.goto("/parametres/portail/?q=44")
    row = staff.get_by_role("row").filter(has_text="Rose Petit")
    row.get_by_label("Accès autorisé : Rose Petit").check()
    row.get_by_label("Notifier par email : Rose Petit").check()
    staff.get_by_role("button", name="Enregistrer").click()
    expect(row.get_by_text("non synchronisé").first).to_be_visible()
    assert house.mails(EMAIL) == []
    synchronise(staff)
    staff.goto("/parametres/portail/?q=44")
    expect(row).to_contain_text("Valide")
    expect(row.get_by_label("Notifier par email : Rose Petit")).not_to_be_checked()
    expect(row.get_by_role("cell").filter(has_text=EMAIL)).to_have_count(2)

    [welcome] = house.wait_for(lambda: house.mails(EMAIL), "the welcome mail is written")
    client = visit(**PHONE)
    client.goto(link_of(welcome))
    client.locator("[name=password1]").fill(CHOSEN)
    client.locator("[name=password2]").fill(CHOSEN)
    client.get_by_role("button", name="Enregistrer").tap()
    client.wait_for_url("**/connexion/nouveau/fait/")

    fill_billing(staff, EMAIL)
    staff.goto("/entreprises/44/documents/")
    staff.get_by_role("navigation", name="Répertoires").get_by_role("link", name="Facture").click()
    file = {"name": INVOICE, "mimeType": "application/pdf", "buffer": pdf("Facture 44")}
    staff.locator("#upload-files").set_input_files(file)
    staff.get_by_role("button", name="Déposer", exact=True).click()
    expect(staff.get_by_text("1 document déposé.")).to_be_visible()
    staff.get_by_role("link", name="Comparer avec le portail").click()
    compare = staff.url
    row = staff.get_by_role("row").filter(has_text=INVOICE)
    expect(row).to_contain_text("À publier")
    synchronise(staff)
    expect(staff.get_by_role("main").get_by_text("Terminé", exact=True)).to_be_visible()

    [told] = house.wait_for(lambda: house.mails(EMAIL, "Une facture"), "the notification is written")
    house.wait_for(lambda: is_sent(house, EMAIL), "its row follows")
    assert str(told["Subject"]) == "Une facture pour Jardins de Rose"
    client.goto(link_of(told))
    expect(client).to_have_url(house.url("/connexion/?next=/espace/44/releve/"))
    log_in(client, EMAIL, CHOSEN)
    expect(client).to_have_url(house.url("/espace/44/releve/"))
    expect(client.get_by_role("heading", name="Relevé de compte")).to_be_visible()
    client.get_by_role("link", name=INVOICE, exact=True).tap()
    expect(client.get_by_role("img", name=f"Aperçu de « {INVOICE} »")).to_be_visible()
    assert client.evaluate("document.documentElement.scrollWidth") == 390

    staff.goto(f"/notifications/?entreprise=44&q={INVOICE}")
    expect(row).to_contain_text(EMAIL)
    expect(row).to_contain_text("Envoyé")
    expect(row).to_contain_text("Ouvert")

    fill_billing(staff, OTHER)
    staff.goto(compare)
    staff.get_by_role("main").get_by_role("link", name="Synchroniser", exact=True).click()
    expect(staff.get_by_text("Tout est synchronisé").first).to_be_visible()
    staff.goto(compare)
    expect(row).to_contain_text("Rose Petit")
    staff.get_by_role("checkbox", name=f"Choisir {INVOICE}").check()
    staff.get_by_role("checkbox", name="Notification forcée").check()
    staff.get_by_role("button", name="Renvoyer").click()
    expect(staff.get_by_text("1 notification partira avec « Synchroniser ».")).to_be_visible()
    expect(row).to_contain_text("renvoyée, forcée")
    expect(row).to_contain_text("part à la prochaine synchronisation")
    synchronise(staff)
    [again] = house.wait_for(lambda: house.mails(OTHER), "the mail to the new address is written")
    house.wait_for(lambda: is_sent(house, OTHER), "its row follows")
    assert (str(again["Subject"]), link_of(again)) == (str(told["Subject"]), link_of(told))

    staff.goto("/notifications/?entreprise=44")
    expect(row).to_have_count(2)
    expect(row.first).to_contain_text(OTHER)
    expect(row.first).to_contain_text("Envoyé")
    expect(row.first).not_to_contain_text("Ouvert")
    expect(row.last).to_contain_text("Ouvert")
    assert len(house.mails(EMAIL, "Une facture")) == 1


def is_sent(house, address: str) -> bool:
    query = "SELECT status FROM notifications_notification WHERE title = ? AND sent_to = ?"
    return house.rows(query, INVOICE, address) == [("sent",)]


def fill_billing(page: Page, address: str) -> None:
    page.goto("/entreprises/44/fiche/")
    page.get_by_role("navigation", name="Fiche").get_by_role("link", name="Facturation").click()
    page.get_by_label("Email facturation").fill(address)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("La facturation est enregistrée.")).to_be_visible()


ONE_IN_EACH = """
from documents.demo import folder_of, lay
from documents.models import Audience
from portal.models import Company, Firm, User
Firm.objects.filter(slug="martin").update(grouping_minutes=0, publishes_by_itself=True)
company = Company.objects.get(firm__slug="martin", code="4")
Company.objects.filter(pk=company.pk).update(quote_email="devis@moimeme.example")
company.refresh_from_db()
claire = User.objects.get(email="claire@martin.example")
for label in ("Contrats", "Contrats à signer", "Devis", "Facture"):
    lay(folder_of(company, Audience.CLIENTS, label), claire, f"{label} 2031.pdf")
for label in ("Avenants", "Bulletins", "Contrats et avenants à signer"):
    employee = company.employees.get(matricule="007")
    lay(folder_of(company, Audience.EMPLOYEES, label, employee), claire, f"{label} 2031.pdf")
"""
CLIENT, EMPLOYEE = "compta@moimeme.example", "lea@moimeme.example"
# « Lien vers » of the folder: to whom it is told, who follows it, the page, the words on the button, and the heading.
LINKS = {
    "Espace client": ("Contrats", "contact@moimeme.example", CLIENT, "/espace/4/", "Bonjour Sophie"),
    "Téléchargement": (
        "Contrats à signer",
        "contact@moimeme.example",
        CLIENT,
        "/documents/{document}/",
        "Contrats à signer 2031.pdf",
    ),
    "Devis": ("Devis", "devis@moimeme.example", CLIENT, "/espace/4/devis/", "Devis"),
    "Relevé": ("Facture", "factures@moimeme.example", CLIENT, "/espace/4/releve/", "Relevé de compte"),
    "Espace salarié": ("Avenants", EMPLOYEE, EMPLOYEE, "/espace-salarie/", "Bonjour Léa"),
    "Téléchargement, salarié": (
        "Contrats et avenants à signer",
        EMPLOYEE,
        EMPLOYEE,
        "/documents/{document}/",
        "Contrats et avenants à signer 2031.pdf",
    ),
    "Bulletins": ("Bulletins", EMPLOYEE, EMPLOYEE, "/espace-salarie/bulletins/", "Bulletins"),
}


@pytest.fixture(scope="module")
def one_in_each(house) -> None:
    """A document in a folder of each « Lien vers », each told by a mail of its own."""
    run(house, ONE_IN_EACH)


@pytest.mark.parametrize(("folder", "told", "reader", "path", "heading"), LINKS.values(), ids=LINKS)
def test_the_link_leads_through_the_login_to_the_page_it_names(
    house, one_in_each, visit, folder, told, reader, path, heading
):
    name = f"{folder} 2031.pdf"
    document = house.value("SELECT id FROM documents_document WHERE name = ?", name)
    path = path.format(document=document)

    def about():
        return [mail for mail in house.mails(told) if f"« {name} »" in body_of(mail)]

    [mail] = house.wait_for(about, "the notification is written")
    assert link_of(mail) == house.url(path)
    page = visit(**PHONE)
    page.goto(link_of(mail))
    expect(page).to_have_url(house.url(f"/connexion/?next={path}"))
    log_in(page, reader)
    expect(page).to_have_url(house.url(path))
    expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible()
    expect(page.get_by_text(name).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


FIVE_HUNDRED = """
from documents.demo import folder_of, lay
from documents.models import Audience, Document
from portal.models import Company, Firm, User
Firm.objects.filter(slug="martin").update(grouping_minutes=5, publishes_by_itself=False)
company = Company.objects.get(firm__slug="martin", code="4")
claire = User.objects.get(email="claire@martin.example")
lea = company.employees.get(matricule="007")
places = {
    folder_of(company, Audience.CLIENTS, "Facture"): 300,
    folder_of(company, Audience.CLIENTS, "Contrats"): 100,
    folder_of(company, Audience.EMPLOYEES, "Bulletins", lea): 100,
}
for place, count in places.items():
    [first] = lay(place, claire, "lot-001.pdf")
    Document.objects.bulk_create(
        Document(
            firm=company.firm, company=company, folder=first.folder, employee=first.employee,
            name=f"lot-{number:03}.pdf", file=first.file, uploaded_by=claire,
        )
        for number in range(2, count + 1)
    )
"""
RECIPIENTS = {"factures@moimeme.example": 300, "contact@moimeme.example": 100, "lea@moimeme.example": 100}


def test_500_documents_are_told_by_one_synchronisation(house, visit):
    run(house, FIVE_HUNDRED)
    before = {address: len(house.mails(address)) for address in RECIPIENTS}
    page = enter(visit(), "admin@martin.example", "/parametres/ged/synchroniser/")
    with page.expect_response("**/travaux/*/") as first:
        page.get_by_role("main").get_by_role("button", name="Synchroniser").click()
    [done] = re.findall(r"(\d+) sur 501", first.value.text())
    assert int(done) < 501  # the page of the work is there before it is done
    expect(page.get_by_role("progressbar")).to_have_js_property("max", 501)
    expect(page.get_by_role("main").get_by_text("Terminé", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 501)
    expect(page.get_by_text("500 documents sont sur le portail")).to_be_visible()

    sent = "SELECT sent_to, count(*) FROM notifications_notification WHERE title LIKE 'lot-%' AND status = 'sent' GROUP BY 1"
    house.wait_for(lambda: dict(house.rows(sent)) == RECIPIENTS, "all are told", seconds=60)
    written = {address: len(house.mails(address)) - count for address, count in before.items()}
    assert written == dict.fromkeys(RECIPIENTS, 1)
    [*_others, mail] = house.mails("factures@moimeme.example")
    assert "lot-010.pdf et 290 autres." in body_of(mail)
    page.goto("/notifications/?q=lot-001.pdf")
    rows = page.get_by_role("row").filter(has_text="lot-001.pdf")
    expect(rows).to_have_count(3)
    expect(rows.get_by_text("Envoyé", exact=True)).to_have_count(3)
