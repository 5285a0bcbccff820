"""The whole path: a real mail comes in, is decided, filed, announced and followed, all by its own doors."""

import re
import time
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.testing import BOX, mail_from, pdf
from portal.tests.browser import log_in

pytestmark = pytest.mark.browser

GERANT = "gerant@moimeme.example"
STATUS_OF = "SELECT status FROM approvals_senderaddress WHERE address = ?"


def arrives(house, sender: str, file: str, content: bytes) -> str:
    """A stranger's mail with one file; the link of the request that the client administrator gets for it."""
    house.send(mail_from(sender, subject=f"Facture de {sender}", files={file: content}), BOX, sender=sender)
    (request,) = house.wait_for(lambda: house.mails(GERANT, about=sender), "the request is written")
    text = request.get_body(("plain",)).get_content()
    (link,) = re.findall(r"^http\S+", text, re.M)
    assert link.startswith(house.url("/entreprises/4/acces-email/"))
    return link


def downloaded(page, file: str) -> tuple[str, str]:
    """Click the document's download: what the browser calls the file, and the SHA-256 of what it got."""
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Télécharger {file}").click()
    path = Path(download.value.path())
    return download.value.suggested_filename, sha256(path.read_bytes()).hexdigest()


def test_from_the_mail_to_the_download_and_the_panel(house, visit):
    sender, content = "facture@bois-neuf.example", pdf("Facture 0042")

    # A stranger writes: the sender hears « en attente », the client administrator is asked.
    link = arrives(house, sender, "facture-0042.pdf", content)
    (pending,) = house.wait_for(lambda: house.mails(sender), "the sender is told")
    assert pending["Subject"] == f"Votre envoi est en attente : Facture de {sender}"
    assert (pending["Auto-Submitted"], pending["Return-Path"]) == ("auto-replied", "<>")

    # The link asks for the login, then shows who, what and whether it is proved; it decides nothing.
    page = visit()
    page.goto(link)
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    log_in(page, GERANT)
    expect(page).to_have_url(link)
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", level=1, name=sender)).to_be_visible()
    expect(main.get_by_role("heading", name=f"Facture de {sender}")).to_be_visible()
    expect(main.get_by_text("facture-0042.pdf")).to_be_visible()
    expect(main.get_by_text("expéditeur authentifié", exact=True)).to_be_visible()
    assert house.value(STATUS_OF, sender) == "pending"

    # A click decides: the document is in the box, byte for byte, and the sender is told.
    main.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.get_by_role("status").filter(has_text=f"{sender} : 1 document classé.")).to_be_visible()
    assert house.value(STATUS_OF, sender) == "authorised"
    page.get_by_role("link", name="Box", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Box")).to_be_visible()
    assert downloaded(page, "facture-0042.pdf") == ("facture-0042.pdf", sha256(content).hexdigest())
    _, confirmation = house.wait_for(
        lambda: len(told := house.mails(sender)) == 2 and told, "the sender gets the confirmation"
    )
    assert confirmation["Subject"] == f"Vos documents sont transmis : Facture de {sender}"

    # The panel shows what was sent, and each step of it.
    page.get_by_role("link", name="E-mails envoyés").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", name="E-mails envoyés")).to_be_visible()
    subject = confirmation["Subject"]
    row = panel.get_by_role("row").filter(has_text=subject)
    expect(row).to_contain_text("Envoyé")
    expect(panel.get_by_role("row").filter(has_text=pending["Subject"])).to_contain_text("Envoyé")
    row.get_by_role("link", name="+ Détails").click()
    expect(panel.get_by_role("heading", name=subject)).to_be_visible()
    steps = panel.get_by_role("region", name="Étapes").get_by_role("listitem")
    expect(steps).to_have_text([re.compile("Envoyé"), re.compile("En file")])

    # The provider's posts change what is shown.
    now = int(time.time())
    for number, (event, code, label) in enumerate(
        [("delivered", "delivered", "Délivré"), ("opened", "opened", "Ouvert")], start=1
    ):
        assert house.post_brevo(confirmation["Message-ID"], sender, event, now + number) == 200
        house.wait_for(
            lambda code=code: (
                house.rows("SELECT last_status FROM mailing_outgoingmail WHERE subject = ?", subject)
                == [(code,)]
            ),
            f"{event} is read",
        )
        page.goto(house.url("/entreprises/4/emails/"))
        expect(page.get_by_role("row").filter(has_text=subject)).to_contain_text(label)
    page.get_by_role("row").filter(has_text=subject).get_by_role("link", name="+ Détails").click()
    expect(steps).to_have_text([re.compile(word) for word in ("Ouvert", "Délivré", "Envoyé", "En file")])


def test_of_two_deciders_at_once_one_wins_and_the_other_is_told(house, visit):
    sender = "devis@deux-mains.example"
    link = arrives(house, sender, "devis.pdf", pdf("Devis"))
    claire, gerant = visit(), visit()
    for page, login in ((claire, "claire@martin.example"), (gerant, GERANT)):
        page.goto(link)
        log_in(page, login)
        expect(page.get_by_role("heading", level=1, name=sender)).to_be_visible()

    gerant.get_by_role("button", name="Accepter", exact=True).click()
    expect(gerant.get_by_role("status").filter(has_text="1 document classé")).to_be_visible()
    claire.get_by_role("button", name="Accepter", exact=True).click()
    expect(claire.get_by_role("alert")).to_have_text(f"{sender} : déjà traité par Marc Roux (Autorisée).")
    filed = house.rows("SELECT name FROM documents_document WHERE name = 'devis.pdf'")
    assert filed == [("devis.pdf",)]


def test_without_javascript(house, visit):
    sender, content = "releve@sans-script.example", pdf("Relevé".encode("ascii", "ignore").decode())
    page = visit(java_script_enabled=False)
    page.goto(arrives(house, sender, "releve-sans-script.pdf", content))
    log_in(page, GERANT)
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.get_by_text(f"{sender} : 1 document classé.")).to_be_visible()
    page.get_by_role("link", name="Box", exact=True).click()
    assert downloaded(page, "releve-sans-script.pdf") == (
        "releve-sans-script.pdf",
        sha256(content).hexdigest(),
    )
    page.get_by_role("link", name="E-mails envoyés").click()
    row = page.get_by_role("row").filter(has_text=f"Vos documents sont transmis : Facture de {sender}")
    row.get_by_role("link", name="+ Détails").click()
    expect(page.get_by_role("heading", name="Étapes")).to_be_visible()


def test_whoever_follows_the_link_without_login_decides_nothing(house, visit):
    """T14: scanners fetch links, with scripts and without, and try other verbs."""
    sender = "scanner@liens.example"
    link = arrives(house, sender, "lien.pdf", pdf("Lien"))
    path = link.removeprefix(house.url(""))
    answers = {
        (method, house.request(method, path + end)[0])
        for end in ("", "accepter/")
        for method in ("GET", "HEAD", "OPTIONS")
        for _ in range(100)
    }
    assert answers == {("GET", 302), ("HEAD", 302), ("OPTIONS", 302)}
    assert house.request("POST", f"{path}accepter/")[0] == 403
    page = visit()
    page.goto(link)
    expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
    assert house.value(STATUS_OF, sender) == "pending"
