"""Files dropped onto the page, with their progress; the trash, and what comes back from it; the same without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from portal.testing import pdf
from portal.tests.browser import log_in
from portal.tests.nasty import locked

pytestmark = pytest.mark.browser

BOX = "/entreprises/4/box/"
NAMES = "SELECT name FROM documents_document WHERE name LIKE ? AND trashed_at IS NULL ORDER BY name"
FILES = """([...files]) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
  return transfer;
}"""


def enter(visit, login, path, **options):
    page = visit(**options)
    page.goto(path)
    log_in(page, login)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def drop(page, **files):
    """Files dragged from the desk over the page, and let go of; what the page showed meanwhile is looked at."""
    transfer = page.evaluate_handle(FILES, [[name, list(content)] for name, content in files.items()])
    page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Lâchez les fichiers pour les déposer ici")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    expect(page.get_by_text("Lâchez les fichiers pour les déposer ici")).to_be_hidden()


def chosen(*names):
    return [{"name": name, "mimeType": "", "buffer": pdf(name.partition(".")[0])} for name in names]


def test_dropped_files_are_filed_and_what_is_refused_is_named(house, visit):
    page = enter(visit, "compta@moimeme.example", BOX)
    drop(page, **{"lache-1.pdf": pdf(), "lache-2.pdf": locked(), "lache.exe": b"MZ" + bytes(200)})
    expect(page.get_by_role("status").filter(has_text="2 documents déposés.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("lache.exe – Programme ou script : type non accepté.")
    row = page.get_by_role("row").filter(has_text="lache-1.pdf")
    expect(row).to_contain_text("Sophie Roux")
    house.wait_for(
        lambda: house.rows("SELECT 1 FROM portal_storedfile WHERE flaw = 'locked'"),
        "the locked one is marked",
    )
    page.reload()
    expect(page.get_by_role("row").filter(has_text="lache-2.pdf")).to_contain_text("PDF protégé")
    page.get_by_role("link", name="lache-1.pdf", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("par Sophie Roux")).to_be_visible()


def test_progress_is_shown_and_can_be_cancelled(house, visit):
    page = enter(visit, "claire@martin.example", BOX)
    # A line so slow that the upload is still on its way when one looks.
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.set_input_files(
        "#upload-files", [{"name": "lent.txt", "mimeType": "", "buffer": b"lent " * 2_000_000}]
    )
    page.get_by_role("button", name="Déposer", exact=True).click()
    bar = page.get_by_role("progressbar", name="lent.txt")
    expect(bar).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[1-9]\d? %$"))).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Envoi annulé.")).to_be_visible()
    expect(bar).to_be_hidden()
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    page.set_input_files("#upload-files", chosen("rapide.pdf"))
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="1 document déposé.")).to_be_visible()
    assert house.rows(NAMES, "lent%") == []


def test_more_than_one_sending_takes_is_sent_in_several(house, visit):
    page = enter(visit, "claire@martin.example", "/mes-documents/")
    page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          for (let n = 0; n < 201; n += 1) transfer.items.add(new File([`ligne ${n}`], `envoi-${n}.txt`));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        }"""
    )
    expect(page.get_by_role("status").filter(has_text="200 documents déposés.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1 document déposé.")).to_be_visible()
    assert len(house.rows(NAMES, "envoi-%")) == 201


def test_a_line_that_breaks_says_so(visit):
    page = enter(visit, "claire@martin.example", "/mes-documents/")
    page.context.set_offline(True)
    page.set_input_files("#upload-files", chosen("perdu.pdf"))
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_text("L’envoi n’a pas abouti : rien n’a été déposé.")).to_be_visible()
    page.context.set_offline(False)


def test_to_the_trash_and_back_and_deleted_for_good(house, visit):
    page = enter(visit, "admin@martin.example", BOX)
    page.set_input_files("#upload-files", chosen("jete-1.pdf", "jete-2.pdf", "jete-3.pdf"))
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="3 documents déposés.")).to_be_visible()

    # A selection, taken back at once.
    for name in ("jete-1.pdf", "jete-2.pdf"):
        page.get_by_label(f"Choisir {name}").check()
    page.get_by_role("button", name="Mettre à la corbeille").click()
    told = page.get_by_role("status").filter(has_text="2 documents sont à la corbeille.")
    expect(told).to_be_visible()
    assert house.rows(NAMES, "jete%") == [("jete-3.pdf",)]
    told.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("status").filter(has_text="2 documents sont restaurés.")).to_be_visible()
    assert house.rows(NAMES, "jete%") == [("jete-1.pdf",), ("jete-2.pdf",), ("jete-3.pdf",)]

    # One from its panel, restored from the trash.
    page.get_by_role("link", name="jete-3.pdf", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Mettre à la corbeille").click()
    expect(page.get_by_role("status").filter(has_text="« jete-3.pdf » est à la corbeille.")).to_be_visible()
    page.get_by_role("link", name="Corbeille").click()
    row = page.get_by_role("row").filter(has_text="jete-3.pdf")
    expect(row).to_contain_text("Anne Martin")
    row.get_by_role("button", name="Restaurer").click()
    expect(page.get_by_role("status").filter(has_text="« jete-3.pdf » est restauré.")).to_be_visible()

    # Deleted for good: asked once, by its name.
    page.goto(BOX)
    page.get_by_label("Choisir jete-1.pdf").check()
    page.get_by_role("button", name="Mettre à la corbeille").click()
    page.get_by_role("link", name="Corbeille").click()
    delete = page.get_by_role("row").filter(has_text="jete-1.pdf").get_by_role("button", name="Supprimer")
    delete.click()
    dialog = page.get_by_role("dialog", name="Supprimer définitivement « jete-1.pdf » ?")
    dialog.get_by_role("button", name="Annuler").click()
    expect(dialog).to_be_hidden()
    delete.click()
    dialog.get_by_role("button", name="Supprimer définitivement").click()
    expect(
        page.get_by_role("status").filter(has_text="« jete-1.pdf » est supprimé définitivement.")
    ).to_be_visible()
    assert house.rows("SELECT name FROM documents_document WHERE name = 'jete-1.pdf'") == []


def test_without_javascript(house, visit):
    page = enter(visit, "lea@moimeme.example", "/mes-documents/", java_script_enabled=False)
    page.set_input_files("#upload-files", chosen("sans-script-1.pdf", "sans-script-2.pdf"))
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_text("2 documents déposés.")).to_be_visible()
    page.get_by_label("Choisir sans-script-1.pdf").check()
    page.get_by_role("button", name="Mettre à la corbeille").click()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("« sans-script-1.pdf » est restauré.")).to_be_visible()
    page.get_by_label("Choisir sans-script-2.pdf").check()
    page.get_by_role("button", name="Mettre à la corbeille").click()
    page.get_by_role("link", name="Corbeille").click()
    page.get_by_role("link", name="Supprimer").click()
    page.get_by_role("button", name="Supprimer définitivement").click()
    expect(page.get_by_text("« sans-script-2.pdf » est supprimé définitivement.")).to_be_visible()
    assert house.rows(NAMES, "sans-script%") == [("sans-script-1.pdf",)]
