"""An address that is not prepared: « Erreur » at once, told to whoever made the gesture, sent again once it is right."""

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from approvals.models import SenderAddress
from mailing.domains import stories
from mailing.kinds import MailKind
from mailing.models import (
    Answer,
    DomainCheck,
    DomainTurn,
    MailStatus,
    OutboxStatus,
    OutgoingMail,
    SendingDomain,
)
from mailing.sending.preflight import unprepared
from portal.models import FailedTask
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SENTENCE = (
    "L’adresse contact@martin.example n’est pas correctement préparée pour le portail : l’e-mail n’est pas parti. "
    "{} « Renvoyer » le fait partir une fois le domaine en ordre."
)
PAGE = "Un administrateur du cabinet trouve sous « Paramètres », « Domaines », la page à donner au partenaire informatique."
SUPPORT = "Écrivez au support (aide@portail.example), qui contacte le partenaire informatique du cabinet."


@pytest.fixture(autouse=True)
def mail_leaves(settings):
    settings.MAIL_OUT = "smtp"


def answered(firm, answer, domain="martin.example"):
    """DNS has said this of the domain of `firm`."""
    stories.add(firm, [domain])
    row = SendingDomain.objects.get(firm=firm, domain=domain)
    SendingDomain.objects.filter(pk=row.pk).update(status=DomainTurn.CHECKED)
    for kind in ("spf", "dkim", "dmarc"):
        values = {
            "answer": answer,
            "settled": answer,
            "settled_at": timezone.now(),
            "reason": "dit par le DNS",
        }
        DomainCheck.objects.update_or_create(domain=row, kind=kind, defaults=values)
    return row


def accept(client, cast):
    """The client administrator accepts a sender, who is to get a confirmation."""
    arrive(mail_from("facture@bois.example"))
    address = SenderAddress.objects.get(address="facture@bois.example")
    client.force_login(cast.gerant)
    return client.post(f"/entreprises/4/acces-email/{address.pk}/accepter/", {"seen": address.status})


def confirmation():
    return OutgoingMail.objects.get(kind=MailKind.CONFIRMATION)


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request) if message.level_tag == "error"]


@pytest.mark.parametrize(("support", "help_"), [("", PAGE), ("aide@portail.example", SUPPORT)])
def test_the_mail_is_an_error_and_whoever_made_the_gesture_is_told_once(
    client, cast, settings, support, help_
):
    settings.SUPPORT_EMAIL = support
    answered(cast.martin, Answer.NO)
    answer = accept(client, cast)
    assert told(answer) == [SENTENCE.format(help_)]
    mail = confirmation()
    assert (mail.status, mail.last_status, mail.from_email) == (
        OutboxStatus.ERROR,
        MailStatus.ERROR,
        "contact@martin.example",
    )
    assert list(mail.events.values_list("code", "detail")) == [("error", SENTENCE.format(help_))]
    task = FailedTask.objects.get(about_id=mail.pk)
    assert (task.title, task.reason) == (
        "E-mail non envoyé à facture@bois.example",
        SENTENCE.format(help_),
    )


def test_what_a_worker_writes_is_an_error_too_and_nobody_is_told(cast):
    answered(cast.martin, Answer.NO)
    arrive(mail_from("facture@bois.example"))
    assert set(OutgoingMail.objects.values_list("kind", "status")) == {
        ("approval_request", "error"),
        ("pending", "error"),
    }


@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNKNOWN])
def test_only_a_check_that_fails_by_answer_blocks(client, cast, answer):
    answered(cast.martin, answer)
    assert told(accept(client, cast)) == []
    assert confirmation().status == OutboxStatus.QUEUED


def test_a_domain_that_was_never_looked_at_does_not_block_and_is_asked_about(client, cast):
    accept(client, cast)
    assert confirmation().status == OutboxStatus.QUEUED
    assert list(SendingDomain.objects.values_list("domain", "status")) == [("martin.example", "waiting")]


def test_where_nothing_leaves_the_machine_every_domain_is_prepared(client, cast, settings):
    settings.MAIL_OUT = "eml"
    answered(cast.martin, Answer.NO)
    accept(client, cast)
    assert confirmation().status == OutboxStatus.QUEUED


def test_a_verdict_is_about_one_firm_s_domain(client, cast):
    answered(cast.peeters, Answer.NO)
    answered(cast.martin, Answer.NO, "autre.example")
    answered(cast.martin, Answer.YES)
    accept(client, cast)
    assert confirmation().status == OutboxStatus.QUEUED


def test_security_mails_leave_from_the_deployment_and_are_never_blocked(client, cast):
    answered(cast.martin, Answer.NO)
    client.post("/connexion/oubli/", {"email": cast.claire.email})
    mail = OutgoingMail.objects.get(kind=MailKind.PASSWORD_RESET)
    assert (mail.status, mail.from_email) == (OutboxStatus.QUEUED, "portail@depot.localhost")


@pytest.mark.parametrize("door", ["/emails/{mail}/renvoyer/", "/taches/{task}/relancer/"])
def test_it_is_sent_again_once_the_domain_is_right_and_not_before(client, cast, door):
    answered(cast.martin, Answer.NO)
    accept(client, cast)
    mail = confirmation()
    task = FailedTask.objects.get(about_id=mail.pk)
    path = door.format(mail=mail.pk, task=task.pk)
    client.cookies.clear()
    client.force_login(cast.hugo)
    answer = client.post(path)
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [SENTENCE.format(PAGE)]
    assert confirmation().status == OutboxStatus.ERROR
    answered(cast.martin, Answer.YES)
    client.post(path)
    task.refresh_from_db()
    assert (confirmation().status, task.status) == (OutboxStatus.QUEUED, "retried")


def test_all_addresses_of_a_firm_that_may_not_send(cast, settings):
    cast.martin.functional_email = "noreply@autre.example"
    answered(cast.martin, Answer.NO)
    answered(cast.martin, Answer.UNKNOWN, "autre.example")
    why = "SPF : dit par le DNS ; DKIM : dit par le DNS ; DMARC : dit par le DNS"
    people = ("contact", "admin", "claire", "hugo")
    assert unprepared(cast.martin) == {f"{name}@martin.example": why for name in people}
    settings.MAIL_OUT = "eml"
    assert unprepared(cast.martin) == {}


def test_the_page_of_a_mail_in_error_says_why(client, cast):
    answered(cast.martin, Answer.NO)
    accept(client, cast)
    page = client.get(f"/emails/{confirmation().pk}/").content.decode()
    assert SENTENCE.format(PAGE) in page
