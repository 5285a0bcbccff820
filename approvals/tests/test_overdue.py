"""Requests that nobody answers (D-13): reminder, the firm's administrators, the end; each once, whatever rings."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from approvals.models import AddressStatus, Chased, SenderAddress
from approvals.senders import decisions, intake
from approvals.tasks import overdue_requests
from mailing.kinds import MailKind
from mailing.models import Fate, OutgoingMail
from portal.models import HistoryEntry
from portal.testing import arrive, mail_from, receive

STRANGER = "facture@bois.example"
CLAIRES = "claire.mes-documents@martin.depot.localhost"

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def after():
    """Let so many days and seconds pass since now, and ring the hourly clock."""
    start = timezone.now()

    def after(days, seconds=0):
        with time_machine.travel(start + timedelta(days=days, seconds=seconds), tick=False):
            overdue_requests()

    return after


def told(kind):
    return sorted(mail.to_email for mail in OutgoingMail.objects.filter(kind=kind))


def the_address():
    return SenderAddress.objects.get()


def test_reminder_at_day_two_once(cast, after):
    arrive(mail_from(STRANGER))
    after(1, 86_000)
    assert (told(MailKind.APPROVAL_REMINDER), the_address().chased) == ([], Chased.NO)
    after(2, 60)
    after(2, 61)
    after(4)
    assert (told(MailKind.APPROVAL_REMINDER), the_address().chased) == ([cast.gerant.email], Chased.REMINDED)
    assert HistoryEntry.objects.of(the_address()).filter(verb="reminded").count() == 1


def test_administrators_of_the_firm_are_asked_at_day_five(cast, after):
    arrive(mail_from(STRANGER))
    after(2, 60)
    after(5, 60)
    after(6)
    assert told(MailKind.APPROVAL_REMINDER) == [cast.admin.email, cast.gerant.email]
    assert the_address().chased == Chased.ESCALATED
    escalation = OutgoingMail.objects.get(to_email=cast.admin.email)
    assert "revient aux administrateurs du cabinet" in escalation.text


def test_after_thirty_days_the_request_is_closed_and_the_sender_is_told(cast, after):
    mail = arrive(mail_from(STRANGER))
    after(30, 60)
    after(31)
    mail.refresh_from_db()
    address = the_address()
    assert (mail.fate, mail.note) == (Fate.REJECTED, "sans réponse pendant trente jours")
    assert (address.status, address.reason, address.decided_by) == (
        AddressStatus.REFUSED,
        "sans réponse",
        None,
    )
    assert (told(MailKind.EXPIRY), told(MailKind.APPROVAL_REMINDER)) == ([STRANGER], [])


def test_an_expired_address_may_ask_again_a_day_later(cast, after):
    arrive(mail_from(STRANGER))
    after(30, 60)
    with time_machine.travel(timezone.now() + timedelta(days=31, hours=2)):
        mail = arrive(mail_from(STRANGER, subject="encore"))
        assert (mail.rule, mail.fate, the_address().status) == ("R7", Fate.HELD, AddressStatus.PENDING)


def test_whoever_is_unproved_is_not_told(cast, after):
    mail = arrive(mail_from(STRANGER), local=False)
    after(30, 60)
    mail.refresh_from_db()
    assert (mail.fate, told(MailKind.EXPIRY)) == (Fate.REJECTED, [])


def test_a_request_is_as_old_as_its_first_mail(cast, after):
    arrive(mail_from(STRANGER, subject="un"))
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=23)):
        arrive(mail_from(STRANGER, subject="deux"))
    after(2, 60)
    assert told(MailKind.APPROVAL_REMINDER) == [cast.gerant.email]


def test_a_decided_request_is_left_alone(cast, after):
    arrive(mail_from(STRANGER))
    decisions.accept(the_address(), by=cast.gerant, seen=AddressStatus.PENDING)
    after(30, 60)
    assert (told(MailKind.APPROVAL_REMINDER), the_address().status) == ([], AddressStatus.AUTHORISED)


def test_unproved_mails_of_an_authorised_address_end_and_it_stays_authorised(cast, after):
    arrive(mail_from(STRANGER))
    decisions.accept(the_address(), by=cast.gerant, seen=AddressStatus.PENDING)
    unproved = arrive(mail_from(STRANGER, subject="deux"), local=False)
    after(2, 60)
    after(30, 60)
    unproved.refresh_from_db()
    assert (unproved.fate, the_address().status) == (Fate.REJECTED, AddressStatus.AUTHORISED)
    assert told(MailKind.APPROVAL_REMINDER) == [cast.gerant.email]


def test_a_mail_to_mes_documents_that_its_owner_does_not_look_at_ends(cast, after):
    mail = arrive(mail_from(cast.claire.email), CLAIRES, local=False)
    after(29, 86_000)
    mail.refresh_from_db()
    assert mail.fate == Fate.HELD
    after(30, 60)
    mail.refresh_from_db()
    assert mail.fate == Fate.REJECTED


def test_one_request_that_cannot_be_chased_stops_no_other(cast, after):
    """An address that no mail can be written to: the outbox refuses it, and the other is reminded."""
    arrive(mail_from(STRANGER))
    (twin,) = receive(mail_from("autre@bois.example"), "4.box@peeters.depot.localhost")
    intake.process(twin)
    cast.patron.__class__.objects.filter(pk=cast.patron.pk).update(email="pas une adresse")
    after(2, 60)
    assert told(MailKind.APPROVAL_REMINDER) == [cast.gerant.email]
