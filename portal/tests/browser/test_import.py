"""« Import » by an administrator: a file with a mistake, the same corrected, then the work, and the card is there."""

import pytest
from playwright.sync_api import expect

from approvals.tests.importing import csv_file
from approvals.tests.odd_names import odd_companies
from portal.tests.browser import enter

pytestmark = pytest.mark.browser


def lay(page, content):
    page.get_by_label("Fichier CSV ou Excel").set_input_files(
        {"name": "entreprises.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Vérifier le fichier").click()


def test_a_file_is_checked_corrected_and_imported(visit):
    rows = list(odd_companies(12, prefix="import"))
    page = visit()
    enter(page, "admin@martin.example")
    page.get_by_role("link", name="Paramètres").click()
    page.get_by_role("link", name="Import", exact=True).click()

    lay(page, b"Nom\nSans code\n")
    expect(page.get_by_role("alert")).to_contain_text("Il manque au fichier : « Code »")

    lay(page, csv_file([*rows[:3], rows[3] | {"Pays": "Suisse"}, *rows[4:]]))
    expect(page.get_by_text("Rien ne peut être importé tant qu’une ligne est en erreur")).to_be_visible()
    page.get_by_role("link", name="Voir les erreurs seulement").click()
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Pays : « Suisse » n’est pas connu.")

    page.get_by_role("link", name="Déposer un autre fichier").click()
    lay(page, csv_file(rows))
    page.get_by_role("button", name="Importer 12 lignes").click()
    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_text("Importé", exact=True)).to_be_visible()

    page.goto("/entreprises/import2/")
    expect(page.get_by_role("heading", name="=cmd|'/c calc'!A1")).to_be_visible()


def test_what_is_there_comes_as_a_file(visit):
    page = visit()
    enter(page, "admin@martin.example", "/parametres/import/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV – export, Contacts").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("Code entreprise;Nom;E-mail;Identifiant")
    assert "4;Marc Roux;gerant@moimeme.example;4;oui" in text
