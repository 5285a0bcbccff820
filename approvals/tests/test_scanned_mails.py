"""Files of a mail are shown to ClamAV before anything is decided; without its verdict the mail waits (T41)."""

import pytest

from approvals.senders import intake
from approvals.tasks import LEASE
from documents.models import Document
from mailing.models import Fate, InboundMail
from portal.files.scanning import ScannerDown
from portal.models import FailedTask
from portal.testing import arrive, mail_from, pdf, receive
from portal.tests.clamd import EICAR, clamd, eicar_zip

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def scanner(settings):
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        yield server


def left_out(mail):
    return {attachment.name: attachment.left_out for attachment in mail.attachments.all()}


def test_what_is_found_is_left_out_and_the_others_go_on(cast, scanner):
    files = {"facture.pdf": pdf(), "note.txt": EICAR, "archive.zip": eicar_zip()}
    mail = arrive(mail_from(cast.compta.email, files=files))
    assert (mail.fate, [document.name for document in Document.objects.all()]) == (
        Fate.FILED,
        ["facture.pdf"],
    )
    reason = "Contenu interdit (Eicar-Test-Signature)."
    assert left_out(mail) == {"facture.pdf": "", "note.txt": reason, "archive.zip": reason}
    assert mail.attachments.filter(file=None).count() == 2


def test_a_forwarded_message_hides_nothing(cast, scanner):
    inner = mail_from("autre@bois.example", files={"note.txt": EICAR, "facture.pdf": pdf()})
    mail = arrive(mail_from(cast.compta.email, files={"transfert.eml": inner}))
    assert [document.name for document in Document.objects.all()] == ["facture.pdf"]
    assert left_out(mail)["note.txt"] == "Contenu interdit (Eicar-Test-Signature)."


def test_a_mail_with_nothing_else_has_no_document(cast, scanner):
    mail = arrive(mail_from("inconnu@bois.example", files={"note.txt": EICAR}))
    assert (mail.fate, Document.objects.count()) == (Fate.NOTHING_TO_FILE, 0)


def test_what_is_left_out_anyway_is_not_shown_to_it(cast, scanner):
    arrive(mail_from(cast.compta.email, files={"facture.pdf": pdf(), "a.exe": b"MZ" + bytes(200)}))
    assert scanner.seen == [pdf()]


def test_without_a_verdict_the_mail_waits_and_is_read_later(cast, settings):
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    [mail] = receive(mail_from(cast.compta.email))
    claimed = InboundMail.objects.claim(lease=LEASE)
    with pytest.raises(ScannerDown):
        intake.process(claimed)
    mail.refresh_from_db()
    assert (mail.fate, mail.attempts, mail.attachments.count()) == (Fate.RECEIVED, 1, 0)
    assert (InboundMail.objects.claim(lease=LEASE), Document.objects.count()) == (None, 0)

    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        InboundMail.objects.update(next_attempt_at=mail.received_at)
        intake.process(InboundMail.objects.claim(lease=LEASE))
    mail.refresh_from_db()
    assert (mail.fate, Document.objects.count()) == (Fate.FILED, 1)


def test_after_the_last_attempt_it_is_parked_with_that_reason_and_can_be_retried(client, cast, settings):
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    [mail] = receive(mail_from(cast.compta.email))
    for _attempt in range(5):
        InboundMail.objects.update(next_attempt_at=mail.received_at)
        with pytest.raises(ScannerDown):
            intake.process(InboundMail.objects.claim(lease=LEASE))
    mail.refresh_from_db()
    reason = "l’antivirus du portail ne répond pas"
    assert (mail.fate, mail.note, FailedTask.objects.get().reason) == (Fate.UNREADABLE, reason, reason)

    settings.CLAMAV_SOCKET = ""
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/reessayer/")
    intake.process(InboundMail.objects.claim(lease=LEASE))
    mail.refresh_from_db()
    assert mail.fate == Fate.FILED
