"""Published on a phone of 390 px: what staff lay into a folder appears, is new, is opened and taken home, is new no more.

`shown` is the one question asked after each change of what is published: what a reader's own list holds now.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.testing import pdf
from portal.tests.browser import enter
from portal.tests.house import BASE_DIR

pytestmark = pytest.mark.browser

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    # A person's, not « HeadlessChrome »: what a machine fetches nobody has seen.
    "user_agent": "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
}
LAY = """
from documents.demo import folder_of, lay
from documents.models import Audience
from portal.models import Company, User
company = Company.objects.get(firm__slug="martin", code="4")
employee = company.employees.get(matricule="007")
claire = User.objects.get(email="claire@martin.example")
lay(folder_of(company, Audience.CLIENTS, "Facture"), claire, "facture-2026-200.pdf")
lay(folder_of(company, Audience.EMPLOYEES, "Bulletins", employee), claire, "bulletin-2026-11.pdf")
"""


@pytest.fixture(scope="module")
def laid_in(house) -> None:
    """Claire lays an invoice for the client and a bulletin for Léa, as the worker of an exchange would."""
    command = [sys.executable, "manage.py", "shell", "-c", LAY]
    subprocess.run(command, cwd=BASE_DIR, env=house.settings(), check=True, capture_output=True)


READERS = {
    "compta@moimeme.example": ("/espace/4/documents/", "facture-2026-200.pdf"),
    "lea@moimeme.example": ("/espace-salarie/bulletins/", "bulletin-2026-11.pdf"),
}


def shown(page, path: str) -> dict[str, bool]:
    """The documents of a reader's list by their names: is each of them new?"""
    page.goto(path)
    rows = page.get_by_role("row").filter(has=page.get_by_role("link", name="Télécharger"))
    return {
        row.get_by_role("rowheader").get_by_role("link").inner_text(): row.get_by_text("Nouveau").count() > 0
        for row in rows.all()
    }


def kept(house, name: str) -> str:
    query = "SELECT sha256 FROM portal_storedfile WHERE id = (SELECT file_id FROM documents_document WHERE name = ?)"
    return house.value(query, name)


@pytest.mark.parametrize("login", READERS, ids=lambda login: login.partition("@")[0])
def test_what_is_published_is_found_opened_and_taken_home(house, laid_in, visit, login):
    path, name = READERS[login]
    page = enter(visit(**PHONE), login)
    page.get_by_role("main").get_by_role("link", name=name, exact=True).tap()  # the first of « Nouveautés »
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("img", name=f"Aperçu de « {name} »")).to_be_visible()
    with page.expect_download() as download:
        panel.get_by_role("link", name="Télécharger").tap()
    content = Path(download.value.path()).read_bytes()
    assert (download.value.suggested_filename, hashlib.sha256(content).hexdigest()) == (
        name,
        kept(house, name),
    )
    found = shown(page, path)
    assert (found[name], list(found.values()).count(True)) == (False, len(found) - 1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tout télécharger").tap()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    assert set(shown(page, path).values()) == {False}
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_photo_with_a_word_is_sent_from_the_bar(house, visit):
    page = enter(visit(**PHONE), "compta@moimeme.example")
    page.get_by_role("navigation", name="Espaces").get_by_role("link", name="Déposer").tap()
    photo = {"name": "ticket-de-train.pdf", "mimeType": "application/pdf", "buffer": pdf("Ticket")}
    page.get_by_label("Prendre une photo").set_input_files(photo)
    page.get_by_label("Commentaire").fill("Lyon, 12 novembre")
    page.get_by_role("button", name="Déposer").tap()
    expect(page.get_by_role("status").filter(has_text="1 document déposé.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="ticket-de-train.pdf")
    expect(row).to_contain_text("Lyon, 12 novembre")
    expect(row).to_contain_text("Reçu")


FOLDERS = {
    "compta@moimeme.example": ("clients", "Facture", "CLIENTS", "/espace/4/documents/{folder}/"),
    "lea@moimeme.example": ("salaries", "Bulletins", "SALARIES", "/espace-salarie/{employment}/{folder}/"),
}


def set_portal(page, people: str, label: str, *, wanted: bool) -> None:
    """The administrator ticks « Portail », or takes the tick away, saves, and synchronises."""
    page.goto(f"/parametres/ged/{people}/")
    page.get_by_role("checkbox", name=f"Portail : {label}", exact=True).set_checked(wanted)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("non synchronisé").first).to_be_visible()
    page.get_by_role("link", name="Synchroniser", exact=True).click()
    page.get_by_role("main").get_by_role("button", name="Synchroniser").click()
    expect(page.get_by_role("main").get_by_text("Terminé", exact=True)).to_be_visible()


@pytest.mark.parametrize("login", READERS, ids=lambda login: login.partition("@")[0])
def test_a_folder_leaves_the_portal_and_comes_back(house, visit, login):
    people, label, _root, path = FOLDERS[login]
    audience = {"clients": "clients", "salaries": "employees"}[people]
    query = "SELECT id FROM documents_folder WHERE label = ? AND audience = ? AND firm_id = 1"
    folder = house.value(query, label, audience)
    employment = house.value("SELECT id FROM portal_employee WHERE matricule = '007' AND company_id = 1")
    path = path.format(folder=folder, employment=employment)
    document = house.rows(
        "SELECT id, name FROM documents_document WHERE folder_id = ? AND company_id = 1", folder
    )
    reader, admin = enter(visit(**PHONE), login), enter(visit(), "admin@martin.example")
    before = shown(reader, path)
    assert set(before) == {name for _pk, name in document}

    set_portal(admin, people, label, wanted=False)
    gone = [path, *(f"/documents/{pk}/" for pk, _name in document)]
    assert [reader.goto(address).status for address in gone] == [404] * len(gone)

    set_portal(admin, people, label, wanted=True)
    assert set(shown(reader, path)) == set(before)


def test_what_an_accountant_lays_down_is_compared_with_what_its_reader_has_seen(house, visit):
    """« É » is found by « e »; who has opened it is told to staff."""
    folder = house.value("SELECT id FROM documents_folder WHERE label = 'Facture' AND firm_id = 1")
    staff = enter(visit(), "claire@martin.example", "/entreprises/4/documents/")
    staff.get_by_role("navigation", name="Répertoires").get_by_role("link", name="Facture").click()
    file = {"name": "Échéancier été.pdf", "mimeType": "application/pdf", "buffer": pdf("Echeancier")}
    staff.locator("#upload-files").set_input_files(file)
    staff.get_by_role("button", name="Déposer", exact=True).click()
    expect(staff.get_by_text("1 document déposé.")).to_be_visible()
    staff.get_by_role("searchbox").fill("echeancier ete")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("rowheader")).to_have_count(1)
    expect(staff.get_by_role("rowheader")).to_contain_text("Échéancier été.pdf")

    reader = enter(visit(**PHONE), "compta@moimeme.example", f"/espace/4/documents/{folder}/")
    reader.get_by_role("link", name="Échéancier été.pdf", exact=True).tap()
    expect(reader.get_by_role("img", name="Aperçu de « Échéancier été.pdf »")).to_be_visible()

    staff.get_by_role("link", name="Comparer avec le portail").click()
    row = staff.get_by_role("row").filter(has_text="Échéancier été.pdf")
    expect(row).to_contain_text("Sophie Roux")
