"""What the gate writes to senders and deciders, and how seldom (D-17, T19, T20)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from approvals.models import AddressStatus, SenderAddress
from approvals.senders import decisions, mails
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import Fate, InboundAddress, InboundMail, OutgoingMail
from mailing.sending import delivery
from mailing.tasks import outbox as send_all
from notifications import answers
from portal.testing import BOX, IMAGE, arrive, mail_from

STRANGER = "facture@bois.example"
CLAIRES = "claire.mes-documents@martin.depot.localhost"
HUGOS = "hugo.mes-documents@martin.depot.localhost"

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def told():
    return sorted(OutgoingMail.objects.values_list("kind", "to_email"))


def wants_receipt(address):
    InboundAddress.objects.filter(address=address).update(sends_receipt=True)


def retire(address):
    InboundAddress.objects.filter(address=address).update(retired_at=timezone.now())


# Receipt and « adresse inconnue »


def test_a_space_sends_receipts_only_where_it_wants_to(cast):
    wants_receipt(BOX)
    arrive(mail_from(cast.compta.email))
    assert told() == [(MailKind.RECEIPT, cast.compta.email)]
    OutgoingMail.objects.all().delete()
    arrive(mail_from(cast.compta.email), IMAGE)
    assert told() == []


def test_mes_documents_may_send_a_receipt_too(cast):
    wants_receipt(CLAIRES)
    arrive(mail_from(cast.claire.email), CLAIRES)
    assert told() == [(MailKind.RECEIPT, cast.claire.email)]


def test_one_receipt_a_day(cast):
    wants_receipt(BOX)
    for number in range(3):
        arrive(mail_from(cast.compta.email, subject=f"envoi {number}"))
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1)):
        arrive(mail_from(cast.compta.email, subject="le lendemain"))
    assert told() == [(MailKind.RECEIPT, cast.compta.email)] * 2
    assert Document.objects.count() == 4


def test_a_retired_address_is_unknown_and_says_so_to_whoever_is_proved(cast):
    retire(BOX)
    mail = arrive(mail_from(cast.compta.email))
    assert (mail.fate, mail.rule, told()) == (
        Fate.UNROUTABLE,
        "R1",
        [(MailKind.UNKNOWN_ADDRESS, cast.compta.email)],
    )
    answer = OutgoingMail.objects.get()
    assert (BOX in answer.text, "Moi Même" in answer.text) == (True, False)


def test_a_retired_address_says_nothing_to_the_unproved(cast):
    retire(BOX)
    assert arrive(mail_from(cast.compta.email), local=False).fate == Fate.UNROUTABLE
    assert told() == []


# Caps


def test_two_hundred_mails_of_one_pending_sender_are_one_request_and_one_answer(cast):
    for number in range(200):
        arrive(mail_from(STRANGER, subject=f"envoi {number}"))
    assert told() == [(MailKind.APPROVAL_REQUEST, cast.gerant.email), (MailKind.PENDING, STRANGER)]
    assert InboundMail.objects.waiting().count() == 200


def test_a_sender_who_answers_its_own_en_attente_changes_nothing(cast):
    arrive(mail_from(STRANGER))
    before = told()
    mail = arrive(mail_from(STRANGER, subject="Re: Votre envoi est en attente", files={}))
    assert (mail.fate, told(), SenderAddress.objects.get().status) == (
        Fate.NOTHING_TO_FILE,
        before,
        AddressStatus.PENDING,
    )


def test_four_automatic_answers_a_day_to_one_address_over_the_whole_portal(cast):
    for to in (BOX, "4.box@peeters.depot.localhost", CLAIRES, HUGOS):
        arrive(mail_from(STRANGER), to)
    assert OutgoingMail.objects.filter(to_email=STRANGER).count() == 4
    arrive(mail_from(STRANGER), "gerant.mes-documents@martin.depot.localhost")
    assert OutgoingMail.objects.filter(to_email=STRANGER).count() == 4


def test_a_confirmation_follows_a_decision_and_is_not_capped(cast):
    for to in (BOX, "4.box@peeters.depot.localhost", CLAIRES, HUGOS):
        arrive(mail_from(STRANGER), to)
    address = SenderAddress.objects.get(company=cast.company)
    decisions.accept(address, by=cast.gerant, seen=AddressStatus.PENDING)
    assert OutgoingMail.objects.filter(kind=MailKind.CONFIRMATION, to_email=STRANGER).count() == 1


def test_many_unknown_senders_are_announced_one_by_one_then_in_one_mail(cast):
    for number in range(mails.REQUESTS_A_DAY + 5):
        arrive(mail_from(f"inconnu{number}@flot.example"))
    to_gerant = OutgoingMail.objects.filter(to_email=cast.gerant.email)
    assert to_gerant.filter(kind=MailKind.APPROVAL_REQUEST).count() == mails.REQUESTS_A_DAY
    assert to_gerant.filter(kind=MailKind.APPROVAL_FLOOD).count() == 1
    assert SenderAddress.objects.waiting().count() == mails.REQUESTS_A_DAY + 5


def test_a_firm_writes_so_many_automatic_answers_a_day_and_no_more(cast, monkeypatch):
    monkeypatch.setattr(answers, "DAILY_ANSWERS_OF_A_FIRM", 3)
    for number in range(6):
        arrive(mail_from(f"inconnu{number}@flot.example"))
    arrive(mail_from("patient@flot.example"), "4.box@peeters.depot.localhost")
    answered = OutgoingMail.objects.filter(kind=MailKind.PENDING)
    assert sorted(answered.values_list("firm__slug", flat=True)) == ["martin"] * 3 + ["peeters"]


# Loops


def test_two_portals_that_face_each_other_stop_at_once(cast, settings, tmp_path):
    """Our answer comes back as a mail to the box, as a second portal would send it: nobody answers it (T20)."""
    settings.DATA_DIR = tmp_path
    arrive(mail_from(STRANGER))
    send_all()
    answer = OutgoingMail.objects.get(kind=MailKind.PENDING)
    before = OutgoingMail.objects.count()
    back = arrive(delivery.compose(answer).message().as_bytes())
    assert (back.fate, back.rule, OutgoingMail.objects.count()) == (Fate.IGNORED, "R0a", before)


def test_an_absence_notice_that_answers_a_request_is_ignored(cast):
    arrive(mail_from(STRANGER))
    before = told()
    away = mail_from(cast.gerant.email, subject="Absence du bureau", files={}, Auto_Submitted="auto-replied")
    assert (arrive(away).fate, told()) == (Fate.IGNORED, before)


@pytest.mark.parametrize("kind", MailKind)
def test_every_answer_is_marked_and_bounces_nowhere(cast, kind):
    """Whatever answers a mail says auto-replied, with a null return path (D-17)."""
    arrive(mail_from(STRANGER))
    mail = OutgoingMail.objects.get(kind=MailKind.PENDING)
    mail.kind = kind
    message = delivery.compose(mail)
    marks = {True: ("auto-replied", ""), False: ("auto-generated", "contact@martin.example")}
    assert (message.message()["Auto-Submitted"], message.envelope_from) == marks[kind.is_answer]
