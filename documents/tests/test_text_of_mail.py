"""A mail without attachment as a PDF of its text: an option of the space, off at first (D-20, T55)."""

import pytest

from documents.models import Document
from mailing.models import Fate, InboundAddress
from portal.files import pdf
from portal.files.keep import path_of
from portal.models import HistoryEntry
from portal.testing import BOX, arrive, mail_from
from portal.testing import pdf as one_page

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLAIRES = "claire.mes-documents@martin.depot.localhost"


@pytest.fixture
def wanted(cast):
    InboundAddress.objects.update(files_text=True)


def text_of(document):
    return pdf.text(path_of(document.file.key)).text


def mail(sender, subject="Facture 12/2026", text="Bonjour,\nvoici <b>tout</b>.\n", extra=b""):
    raw = mail_from(sender, subject=subject, files={})
    return extra + raw.replace(b"Bonjour,\r\nvoici nos documents.\r\n", text.replace("\n", "\r\n").encode())


def test_off_at_first_and_then_nothing_is_filed(cast):
    received = arrive(mail(cast.compta.email))
    assert (received.fate, Document.objects.count()) == (Fate.NOTHING_TO_FILE, 0)


def test_on_the_mail_has_one_file(cast, wanted):
    received = arrive(mail(cast.compta.email))
    document = Document.objects.get()
    assert (received.fate, document.name, document.file.type) == (Fate.FILED, "Facture 12-2026.pdf", pdf.PDF)
    text = text_of(document)
    told = ("Facture 12/2026", "compta@moimeme.example", BOX, "Bonjour,", "voici <b>tout</b>.")
    assert [words for words in told if words not in text] == []
    assert [a.name for a in received.attachments.all()] == ["Facture 12-2026.pdf"]


def test_it_is_held_and_accepted_like_any_file(cast, wanted, client):
    received = arrive(mail("inconnu@bois.example"))
    assert (received.fate, received.attachments.get().file is not None) == (Fate.HELD, True)
    client.force_login(cast.gerant)
    address = cast.company.sender_addresses.get()
    client.post(f"/entreprises/4/acces-email/{address.pk}/accepter/", {"seen": "pending"})
    assert [document.name for document in Document.objects.all()] == ["Facture 12-2026.pdf"]


def test_a_mail_with_a_file_is_filed_as_before(cast, wanted):
    arrive(mail_from(cast.compta.email, files={"a.pdf": one_page()}))
    assert [document.name for document in Document.objects.all()] == ["a.pdf"]


def test_a_file_that_is_refused_is_no_reason_to_file_the_text(cast, wanted):
    received = arrive(mail_from(cast.compta.email, files={"a.exe": b"MZ" + bytes(200)}))
    assert (received.fate, Document.objects.count()) == (Fate.NOTHING_TO_FILE, 0)


def test_an_empty_mail_is_nothing(cast, wanted):
    assert arrive(mail(cast.compta.email, text="\n \n")).fate == Fate.NOTHING_TO_FILE


@pytest.mark.parametrize(
    ("subject", "name"), [("", "Message.pdf"), ("../../etc/pass", "..-..-etc-pass.pdf"), ("CON", "_CON.pdf")]
)
def test_the_name_comes_from_the_subject(cast, wanted, subject, name):
    arrive(mail(cast.compta.email, subject=subject))
    assert [document.name for document in Document.objects.all()] == [name.lstrip(".")]


HOSTILE = """<img src="http://127.0.0.1:9/x"><link rel=attachment href="file:///etc/passwd">
<style>@import url(file:///etc/passwd); @page {size: 1px}</style><script>1</script>&#x3c;b&#x3e;
{{ 7 }} {% load x %} \u202e\u0000"""


def test_nothing_in_the_text_is_more_than_text(cast, wanted):
    arrive(mail(cast.compta.email, text=HOSTILE, subject="<h1>&amp; {{ x }}"))
    text = text_of(Document.objects.get())
    told = (
        '<img src="http://127.0.0.1:9/x">',
        "@import url(file:///etc/passwd)",
        "&#x3c;b&#x3e;",
        "<h1>&amp; {{ x }}",
    )
    assert [words for words in told if words not in text] == []


def test_a_long_text_is_cut_and_says_so(cast, wanted):
    arrive(mail(cast.compta.email, text="mot " * 40_000))
    assert "Texte coupé ici" in text_of(Document.objects.get())


def test_where_no_pdf_can_be_made_the_text_itself_is_filed(cast, wanted, monkeypatch):
    monkeypatch.setattr(pdf, "WRITING", pdf.Limits(memory=80 * 1024 * 1024))
    arrive(mail(cast.compta.email))
    document = Document.objects.get()
    assert (document.name, document.file.type) == ("Facture 12-2026.txt", "text/plain")
    assert "voici <b>tout</b>." in path_of(document.file.key).read_text()


def test_no_pdf_is_made_of_what_would_not_be_kept(cast, wanted, monkeypatch):
    made, run = [], pdf.run

    def watch(*given, **named):
        made.append(given)
        return run(*given, **named)

    monkeypatch.setattr(pdf, "run", watch)
    assert arrive(mail("autre@bois.example"), CLAIRES).fate == Fate.REJECTED
    assert arrive(mail(cast.compta.email, extra=b"Auto-Submitted: auto-replied\r\n")).fate == Fate.IGNORED
    assert made == []
    assert (arrive(mail(cast.compta.email)).fate, len(made)) == (Fate.FILED, 1)


# The option on the screen


@pytest.mark.parametrize(
    ("role", "code"), [("admin", 302), ("hugo", 302), ("gerant", 302), ("compta", 404), ("lea", 404)]
)
def test_staff_and_client_administrators_set_it(client, cast, role, code):
    client.force_login(getattr(cast, role))
    answer = client.post("/entreprises/4/box/options/", {"files_text": "on"})
    on = sorted(InboundAddress.objects.filter(files_text=True).values_list("address", flat=True))
    assert (answer.status_code, on) == (code, [BOX] if code == 302 else [])


def test_it_is_written_down_once_and_can_be_taken_back(client, cast):
    client.force_login(cast.gerant)
    for value in ({"files_text": "on"}, {"files_text": "on"}, {}):
        client.post("/entreprises/4/box/options/", value)
    assert [entry.text for entry in HistoryEntry.objects.order_by("pk")] == [
        "Marc Roux fait classer dans Box le texte des mails sans pièce jointe",
        "Marc Roux ne fait plus classer dans Box le texte des mails sans pièce jointe",
    ]
    assert InboundAddress.objects.filter(files_text=True).count() == 0


def test_the_owner_sets_it_for_mes_documents(client, cast):
    client.force_login(cast.claire)
    client.post("/mes-documents/options/", {"files_text": "on"})
    assert list(InboundAddress.objects.filter(files_text=True).values_list("address", flat=True)) == [CLAIRES]


def test_both_options_are_set_together(client, cast):
    client.force_login(cast.claire)
    client.post("/entreprises/4/image/options/", {"files_text": "on", "sends_receipt": "on"})
    client.post("/entreprises/4/image/options/", {"sends_receipt": "on"})
    found = InboundAddress.objects.filter(sends_receipt=True).values_list("space", "files_text")
    assert list(found) == [("image", False)]
    assert [entry.text for entry in HistoryEntry.objects.order_by("pk")] == [
        "Claire Dupont fait classer dans Image le texte des mails sans pièce jointe",
        "Claire Dupont fait envoyer un accusé de réception pour Image",
        "Claire Dupont ne fait plus classer dans Image le texte des mails sans pièce jointe",
    ]
