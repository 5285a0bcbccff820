"""How long what came in is kept (D-22): bytes, then a line, then nothing; and never what waits or is filed."""

import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from approvals.models import SenderAddress
from approvals.senders import decisions
from approvals.unreadable import stories
from documents.models import Document
from mailing.models import Fate, InboundAttachment, InboundMail, RawMail
from mailing.receiving.retention import forget, kept_until, line_until
from mailing.receiving.sweep import sweep_orphans
from mailing.tasks import retention
from portal.celery import app
from portal.files.keep import path_of
from portal.models import StoredFile
from portal.testing import BOX, IMAGE, arrive, mail_from

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MONTH, YEAR = timedelta(seconds=1), timedelta(days=30), timedelta(days=365)
STRANGER = "facture@bois.example"
TWO_FROM = b"From: a@bois.example\r\nFrom: b@bois.example\r\nSubject: Deux\r\n\r\nbonjour"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("fate", Fate)
def test_what_is_kept_a_while_and_what_is_not(fate):
    a_while = {"nothing_to_file", "rejected", "blacklisted", "ignored", "unroutable"}
    wanted = NOW + MONTH if fate.value in a_while else None
    assert kept_until(fate, NOW, has_documents=True) == wanted
    assert kept_until(fate, NOW) == (NOW if fate == Fate.FILED else wanted)


def test_a_line_outlives_its_bytes_by_a_year():
    assert line_until(NOW) == NOW + YEAR


def refused(cast):
    """A stranger's mail whose files were kept while it waited, then refused."""
    mail = arrive(mail_from(STRANGER))
    decisions.refuse(SenderAddress.objects.get(), by=cast.gerant, seen="pending")
    mail.refresh_from_db()
    return mail


def paths_of(mail):
    return [path_of(key) for key in (mail.raw.key, *mail.attachments.values_list("file__key", flat=True))]


def test_a_rejected_mail_is_emptied_after_thirty_days_and_not_a_second_before(cast, clock):
    mail = refused(cast)
    paths = paths_of(mail)
    clock.move_to(NOW + MONTH - SECOND)
    assert (forget(), [path.exists() for path in paths]) == ((0, 0), [True, True])
    clock.move_to(NOW + MONTH)
    assert (forget(), [path.exists() for path in paths]) == ((1, 0), [False, False])
    mail.refresh_from_db()
    [attachment] = mail.attachments.all()
    line = (mail.sender, mail.subject, mail.envelope_to, mail.fate, mail.text, len(mail.raw.sha256))
    assert line == (STRANGER, "Facture", BOX, Fate.REJECTED, "", 64)
    assert (attachment.name, attachment.file, attachment.outcome) == ("facture.pdf", None, "effacé")
    assert StoredFile.objects.count() == 0
    assert forget() == (0, 0)


def test_the_thirty_days_begin_with_the_decision(cast, clock):
    mail = arrive(mail_from(STRANGER))
    clock.move_to(NOW + timedelta(days=20))
    decisions.refuse(SenderAddress.objects.get(), by=cast.gerant, seen="pending")
    clock.move_to(NOW + timedelta(days=50) - SECOND)
    assert forget() == (0, 0)
    clock.move_to(NOW + timedelta(days=50))
    assert forget() == (1, 0)
    mail.refresh_from_db()
    assert mail.emptied_at == NOW + timedelta(days=50)


def test_the_line_goes_a_year_later(cast, clock):
    refused(cast)
    clock.move_to(NOW + MONTH)
    forget()
    clock.move_to(NOW + MONTH + YEAR - SECOND)
    assert forget() == (0, 0)
    clock.move_to(NOW + MONTH + YEAR)
    assert forget() == (0, 1)
    counts = [model.objects.count() for model in (InboundMail, InboundAttachment, RawMail)]
    assert counts == [0, 0, 0]


def test_what_waits_and_what_is_unreadable_stays(cast, clock):
    held, unread = arrive(mail_from(STRANGER)), arrive(TWO_FROM)
    clock.move_to(NOW + 10 * YEAR)
    assert forget() == (0, 0)
    assert [path.exists() for mail in (held, unread) for path in paths_of(mail)] == [True] * 3


def test_unreadable_stays_until_a_person_puts_it_aside_then_thirty_days(cast, clock):
    mail = arrive(TWO_FROM)
    clock.move_to(NOW + YEAR)
    stories.put_aside(mail, by=cast.claire)
    clock.move_to(NOW + YEAR + MONTH - SECOND)
    assert forget() == (0, 0)
    clock.move_to(NOW + YEAR + MONTH)
    assert forget() == (1, 0)
    assert stories.read_again(mail, by=cast.claire) is False


def test_filed_stays_as_long_as_one_of_its_documents(cast, clock):
    mail = arrive(mail_from(cast.compta.email, files={"a.pdf": b"%PDF-1.4 a", "b.txt": b"bonjour"}))
    first, second = Document.objects.all()
    clock.move_to(NOW + 5 * YEAR)
    first.delete()
    assert (forget(), path_of(mail.raw.key).exists()) == ((0, 0), True)
    second.delete()
    assert (forget(), path_of(mail.raw.key).exists()) == ((1, 0), False)
    mail.refresh_from_db()
    assert (mail.fate, mail.text, StoredFile.objects.count()) == (Fate.FILED, "", 0)


def test_a_raw_mail_stays_for_its_other_recipient(cast, clock):
    first = arrive(mail_from(STRANGER), BOX, "claire.mes-documents@martin.depot.localhost")
    rejected = InboundMail.objects.get(company=None)
    assert (first.fate, rejected.fate, first.raw_id) == (Fate.HELD, Fate.REJECTED, rejected.raw_id)
    clock.move_to(NOW + MONTH)
    assert (forget(), path_of(first.raw.key).exists()) == ((1, 0), True)
    decisions.refuse(SenderAddress.objects.get(), by=cast.gerant, seen="pending")
    clock.move_to(NOW + 2 * MONTH)
    assert (forget(), path_of(first.raw.key).exists()) == ((1, 0), False)


def test_what_a_kill_left_between_commit_and_removal_is_swept(cast, clock):
    mail = refused(cast)
    paths = paths_of(mail)
    contents = [path.read_bytes() for path in paths]
    clock.move_to(NOW + MONTH)
    forget()
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
        os.utime(path, (0, 0))
    assert (sweep_orphans(), [path.exists() for path in paths]) == (2, [False, False])


def test_the_download_says_that_it_is_gone(client, cast, clock):
    mail = refused(cast)
    client.force_login(cast.gerant)
    assert client.get(f"/activite/{mail.pk}/brut/").status_code == 200
    assert "jusqu’au 31 mars 2026" in client.get(f"/activite/{mail.pk}/").content.decode()
    clock.move_to(NOW + MONTH)
    forget()
    client.force_login(cast.gerant)
    gone = client.get(f"/activite/{mail.pk}/brut/")
    assert (gone.status_code, "effacés le 31 mars 2026" in gone.content.decode()) == (410, True)
    assert client.get(f"/activite/{mail.pk}/html/").status_code == 410
    page = client.get(f"/activite/{mail.pk}/").content.decode()
    assert ("effacés le 31 mars 2026" in page, f"/activite/{mail.pk}/brut/" in page) == (True, False)


def test_it_is_rung_every_night(cast, clock):
    refused(cast)
    clock.move_to(NOW + MONTH)
    assert "retention" in {entry["task"] for entry in app.conf.beat_schedule.values()}
    retention()
    assert InboundMail.objects.get().emptied_at == NOW + MONTH


@pytest.mark.parametrize("space", [BOX, IMAGE])
def test_nothing_young_is_touched(cast, space):
    arrive(mail_from(STRANGER, to=space), space)
    refusal = SenderAddress.objects.get()
    decisions.blacklist(refusal, by=cast.gerant, seen="pending")
    assert forget() == (0, 0)
