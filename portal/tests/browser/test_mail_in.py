"""Mail in, as its reader sees it: from an SMTP client to the box, previewed, downloaded; a stranger’s with its reasons."""

from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.testing import BOX, mail_from, pdf
from portal.tests.browser import log_in

pytestmark = pytest.mark.browser

GERANT = "gerant@moimeme.example"


def fate_of(house, subject: str) -> list[tuple[str]]:
    return house.rows("SELECT status FROM mailing_inboundmail WHERE subject = ?", subject)


def test_the_client_administrator_s_mail_is_in_the_box_seen_and_downloaded(house, visit):
    content = pdf("Bail commercial")
    house.send(
        mail_from(GERANT, subject="Le bail", files={"bail-commercial.pdf": content}), BOX, sender=GERANT
    )
    house.wait_for(lambda: fate_of(house, "Le bail") == [("filed",)], "the mail is filed")

    page = visit()
    page.goto("/entreprises/4/box/")
    log_in(page, GERANT)
    page.get_by_role("row").filter(has_text="bail-commercial.pdf").get_by_role(
        "link", name="bail-commercial.pdf", exact=True
    ).click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name="bail-commercial.pdf")).to_be_visible()
    picture = panel.get_by_role("img").first
    expect(picture).to_be_visible()
    page.wait_for_function(
        "picture => picture.complete && picture.naturalWidth > 300", arg=picture.element_handle()
    )
    expect(panel.get_by_text(GERANT)).to_be_visible()

    with page.expect_download() as download:
        panel.get_by_role("link", name="Télécharger").click()
    assert download.value.suggested_filename == "bail-commercial.pdf"
    assert sha256(Path(download.value.path()).read_bytes()).hexdigest() == sha256(content).hexdigest()


def test_a_stranger_s_mail_is_held_and_says_why(house, visit):
    sender = "inconnu@premier-envoi.example"
    house.send(mail_from(sender, subject="Premier envoi"), BOX, sender=sender)
    house.wait_for(lambda: fate_of(house, "Premier envoi") == [("held",)], "the mail is held")

    page = visit()
    page.goto("/entreprises/4/acces-email/activite/")
    log_in(page, GERANT)
    row = page.get_by_role("row").filter(has_text="Premier envoi")
    expect(row).to_contain_text("En attente")
    row.get_by_role("link", name="Pourquoi ?").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name="Premier envoi")).to_be_visible()
    expect(
        panel.get_by_text("adresse pas encore autorisée : l’administrateur client décide").first
    ).to_be_visible()
    expect(panel.get_by_text("facture.pdf")).to_be_visible()
