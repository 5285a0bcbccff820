"""What came in, as people look at it: the firm's log, a mail as it was laid out, and what could not be read."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from playwright.sync_api import expect

from portal.testing import BOX, pdf
from portal.tests.browser import log_in

pytestmark = pytest.mark.browser

SENDER = "scan@moimeme.example"  # authorised in the demonstration
MARKUP = """<html><head><base href="https://ailleurs.example/"><style>h1 { display: none }</style></head>
<body background="https://ailleurs.example/fond.png"><h1 style="color: #14532d">Votre facture</h1>
<script>document.title = "pris"</script><img src="https://ailleurs.example/pixel.gif" onerror="alert(1)">
<p>Elle est dans <a href="https://ailleurs.example/espace">votre espace</a>.</p></body></html>"""


def arrives(house, subject: str, *, sender: str = "", html: str = "") -> int:
    """A mail with one PDF, decided; its number."""
    message = EmailMessage()
    if sender:
        message["From"] = sender
    message["To"], message["Subject"] = BOX, subject
    message.set_content("Bonjour,\nvoici notre scan.\n")
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(pdf(subject), maintype="application", subtype="pdf", filename="scan.pdf")
    house.send(message.as_bytes(policy=SMTP), BOX)
    found = "SELECT id FROM mailing_inboundmail WHERE subject = ? AND status != 'received'"
    [[mail]] = house.wait_for(lambda: house.rows(found, subject), "the mail is decided")
    return mail


def test_a_mail_as_it_was_laid_out_runs_and_fetches_nothing(house, visit):
    """That no request left the house is said by `visit` at the end."""
    arrives(house, "Mise en forme", sender=SENDER, html=MARKUP)
    page = visit()
    page.goto("/connexion/?next=/activite/")
    log_in(page, "claire@martin.example")
    expect(page.get_by_role("img", name="mails reçus en 30 jours")).to_be_visible()
    page.get_by_role("link", name="Pourquoi ? Mise en forme").click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("link", name="Voir la mise en forme").click()
    letter = panel.frame_locator("iframe")
    expect(letter.get_by_role("heading", name="Votre facture")).to_be_visible()
    expect(letter.get_by_role("link")).to_have_count(0)
    letter.get_by_text("votre espace").click()
    expect(letter.get_by_role("heading", name="Votre facture")).to_be_visible()
    expect(page).to_have_title("Activité – Cabinet Martin")
    panel.get_by_role("link", name="Voir le texte").click()
    expect(panel.get_by_text("voici notre scan.")).to_be_visible()


def test_what_could_not_be_read_is_put_aside_taken_back_and_filed_by_hand(house, visit):
    mail = arrives(house, "Sans expéditeur")
    status = "SELECT status FROM mailing_inboundmail WHERE id = ?"
    page = visit()
    page.goto("/connexion/?next=/non-traitables/")
    log_in(page, "hugo@martin.example")
    page.get_by_role("button", name="Écarter Sans expéditeur").click()
    expect(page.get_by_text("Le mail est écarté.")).to_be_visible()
    assert house.value(status, mail) == "rejected"

    page.get_by_role("link", name="Écartés").click()
    page.get_by_role("button", name="Réessayer Sans expéditeur").click()
    expect(page.get_by_text("Le mail est relu.")).to_be_visible()
    house.wait_for(lambda: house.value(status, mail) == "unreadable", "the mail is read again")

    page.goto("/non-traitables/")
    page.get_by_role("link", name="Classer à la main Sans expéditeur").click()
    expect(page.get_by_label("scan.pdf")).to_be_checked()
    page.get_by_label("scan.pdf").uncheck()
    page.get_by_role("button", name="Classer").click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez au moins un fichier.")
    page.get_by_label("scan.pdf").check()
    page.get_by_role("button", name="Classer").click()
    expect(page.get_by_text("1 document classé.")).to_be_visible()
    expect(page.get_by_text("1 document reçu d’un expéditeur inconnu, classé dans Box")).to_be_visible()
    page.goto("/entreprises/4/box/")
    expect(page.get_by_role("link", name="scan.pdf", exact=True).first).to_be_visible()
