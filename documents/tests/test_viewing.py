"""A document opened in the portal counts as « ouvert » for the mails that told its reader of it (D-35, S2-13)."""

import pytest
from django.urls import reverse

from documents.models import Document, DocumentView
from mailing import tasks
from mailing.kinds import MailKind
from mailing.models import InboundAddress, MailStatus, OutgoingMail
from portal.testing import BOX, arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SCANNER = {"User-Agent": "python-requests/2.32"}


@pytest.fixture
def receipt(cast):
    """Compta's mail was filed, and the receipt has left."""
    InboundAddress.objects.filter(address=BOX).update(sends_receipt=True)
    arrive(mail_from(cast.compta.email))
    tasks.outbox()
    return OutgoingMail.objects.get(kind=MailKind.RECEIPT)


def doors():
    document = Document.objects.get()
    return [reverse(f"documents:{name}", args=[document.pk]) for name in ("document", "download")]


def steps(mail):
    mail.refresh_from_db()
    told = mail.events.order_by("pk").values_list("code", "source", "nature", "detail")
    return mail.last_status, list(told)[1:]


OPENED = ("opened", "portal", "observed", "document ouvert dans le portail")


@pytest.mark.parametrize("door", [0, 1])
def test_whoever_was_told_opens_it(client, cast, receipt, door):
    client.force_login(cast.compta)
    for _ in range(3):
        assert client.get(doors()[door], headers=READER).status_code == 200
    assert steps(receipt) == (MailStatus.OPENED, [OPENED])


def test_another_reader_says_nothing_about_the_mail(client, cast, receipt):
    for person in (cast.gerant, cast.claire):
        client.force_login(person)
        for door in doors():
            assert client.get(door, headers=READER).status_code == 200
    assert steps(receipt) == (MailStatus.SENT, [])


def test_a_head_or_a_machine_is_no_reader(client, cast, receipt):
    client.force_login(cast.compta)
    for door in doors():
        client.head(door, headers=READER)
        client.get(door, headers=SCANNER)
    assert steps(receipt) == (MailStatus.SENT, [])
    assert DocumentView.objects.count() == 0


def test_who_has_seen_it_is_written_once_for_each_and_never_for_staff(client, cast, receipt):
    firsts = []
    for person in (cast.compta, cast.gerant, cast.compta, cast.claire):
        client.force_login(person)
        client.get(doors()[1], headers=READER)
        firsts.append(DocumentView.objects.order_by("first_at").values_list("first_at", flat=True)[0])
    views = DocumentView.objects.order_by("first_at")
    assert [(view.user, view.last_at > view.first_at) for view in views] == [
        (cast.compta, True),
        (cast.gerant, False),
    ]
    assert len(set(firsts)) == 1
