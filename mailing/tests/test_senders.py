"""From whom a mail leaves, from the settings to the `.eml`, and what its row keeps of the choice (S1-03 to S1-08)."""

import email
from email.policy import default

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailing.kinds import MailKind
from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import outbox
from mailing.tasks import outbox as send_all
from portal.models import ClientGroup, Company, FailedTask
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


@pytest.fixture
def leave(cast, mail_folder):
    """Posts a mail of a kind about a company and lets it leave: the message as it left."""

    def leave(kind, company=cast.company):
        outbox.post(
            kind,
            "approvals/email/password_changed",
            to_email="client@moimeme.example",
            firm=cast.martin,
            company=company,
            context={"user": cast.gerant},
        )
        send_all()
        [file] = mail_folder.glob(f"*-{kind}-*.eml")
        return email.message_from_bytes(file.read_bytes(), policy=default)

    return leave


def settle(thing, **fields):
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.save()


def test_in_the_name_of_the_gestionnaire(cast, leave):
    settle(cast.company, manager=cast.claire.staff)
    message = leave(MailKind.WELCOME)
    assert message["From"] == "Claire Dupont – Cabinet Martin <claire@martin.example>"
    assert (message["Return-Path"], message["Reply-To"]) == ("<claire@martin.example>", None)


def test_else_the_group_else_the_functional_address_else_that_of_communication(cast, leave):
    group = ClientGroup.objects.create(firm=cast.martin, name="Sud", email="sud@martin.example")
    settle(cast.company, manager=None, group=group)
    settle(cast.martin, functional_email="noreply@martin.example", functional_is_unread=True)
    assert leave(MailKind.WELCOME)["From"] == "Cabinet Martin <sud@martin.example>"
    settle(group, email="")
    assert leave(MailKind.ACCESS, Company.objects.get(pk=cast.company.pk))["From"] == (
        "Cabinet Martin <noreply@martin.example>"
    )
    settle(cast.martin, functional_email="")
    assert leave(MailKind.INVOICE)["From"] == "Cabinet Martin <contact@martin.example>"


def test_a_document_is_announced_from_the_address_of_notification_and_answered_elsewhere(cast, leave):
    settle(cast.martin, notification_from="noreply@martin.example", reply_to="accueil@martin.example")
    message = leave(MailKind.DOCUMENT)
    assert (message["From"], message["Reply-To"]) == (
        "Cabinet Martin <noreply@martin.example>",
        "accueil@martin.example",
    )


def test_the_gate_answers_and_asks_from_the_address_of_notification(cast, mail_folder):
    settle(cast.martin, notification_from="noreply@martin.example")
    settle(cast.company, manager=cast.claire.staff)
    arrive(mail_from("facture@bois.example"))
    send_all()
    assert {email.message_from_bytes(path.read_bytes())["From"] for path in mail_folder.glob("*.eml")} == {
        "Cabinet Martin <noreply@martin.example>"
    }


def test_security_leaves_from_the_deployment(cast, leave, settings):
    settings.DEFAULT_FROM_EMAIL = "portail@depot.example"
    settle(cast.martin, notification_from="noreply@martin.example")
    assert leave(MailKind.PASSWORD_CHANGED)["From"] == "Cabinet Martin <portail@depot.example>"


def test_the_row_keeps_the_path(cast, leave):
    leave(MailKind.WELCOME)
    kept = OutgoingMail.objects.get().choice
    assert (kept["branch"], kept["error"]) == ("communication", "")
    assert [(step["branch"], step["turn"]) for step in kept["steps"]] == [
        ("manager", "passed"),
        ("group", "passed"),
        ("functional", "passed"),
        ("communication", "taken"),
    ]


def test_without_any_address_the_mail_stays_in_error_until_there_is_one(cast, mail_folder, client):
    """Like D-32: never from elsewhere, shown at once, and sent again once the firm has put it right."""
    settle(cast.martin, communication_email="")
    arrive(mail_from("facture@bois.example"))
    OutgoingMail.objects.exclude(kind=MailKind.PENDING).delete()
    send_all()
    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.last_status) == (OutboxStatus.ERROR, MailStatus.ERROR)
    assert (mail.events.get().detail, FailedTask.objects.get(about_id=mail.pk).reason) == (
        mail.choice["error"],
    ) * 2
    assert mail_folder.exists() is False

    client.force_login(cast.claire)
    client.post(f"/emails/{mail.pk}/renvoyer/")
    send_all()
    assert OutgoingMail.objects.get().status == OutboxStatus.ERROR

    settle(cast.martin, communication_email="contact@martin.example")
    client.post(f"/emails/{mail.pk}/renvoyer/")
    send_all()
    mail.refresh_from_db()
    assert (mail.status, mail.last_status, mail.from_email, mail.choice["branch"]) == (
        OutboxStatus.SENT,
        MailStatus.SENT,
        "contact@martin.example",
        "communication",
    )
    assert FailedTask.objects.open().filter(about_id=mail.pk).count() == 0


def test_a_batch_about_one_company_looks_at_it_once(cast):
    settle(cast.company, manager=cast.claire.staff)
    company = Company.objects.get(pk=cast.company.pk)

    def queries(kind):
        with CaptureQueriesContext(connection) as captured:
            outbox.sender_of(kind, cast.martin, company)
        return len(captured)

    assert [queries(kind) for kind in (MailKind.PENDING, MailKind.WELCOME, MailKind.INVOICE)] == [0, 1, 0]


def test_pourquoi_cette_adresse_is_told_to_the_firm_alone(cast, client):
    """The path names the firm's own addresses and people; a client reads who wrote, not how that was settled."""
    arrive(mail_from("facture@bois.example"))
    mail = OutgoingMail.objects.get(to_email=cast.gerant.email)
    shown = {}
    for role in ("claire", "gerant"):
        client.force_login(getattr(cast, role))
        page = client.get(f"/emails/{mail.pk}/").content.decode()
        shown[role] = ("Pourquoi cette adresse ?" in page, "le cabinet n’en a pas" in page)
    assert shown == {"claire": (True, True), "gerant": (False, False)}


def test_a_mail_from_before_the_cascade_has_no_path(cast, client):
    arrive(mail_from("facture@bois.example"))
    OutgoingMail.objects.update(choice={})
    client.force_login(cast.claire)
    page = client.get(f"/emails/{OutgoingMail.objects.first().pk}/")
    assert (page.status_code, "Pourquoi cette adresse" in page.content.decode()) == (200, False)


def test_the_page_says_from_where_nothing_could_leave_and_where_answers_go(cast, leave, client):
    settle(cast.martin, notification_from="noreply@martin.example", reply_to="accueil@martin.example")
    leave(MailKind.DOCUMENT)
    settle(cast.martin, notification_from="", communication_email="")
    outbox.post(
        MailKind.INVOICE,
        "approvals/email/password_changed",
        to_email="client@moimeme.example",
        firm=cast.martin,
        company=cast.company,
        context={"user": cast.gerant},
    )
    client.force_login(cast.claire)
    notice, stuck = OutgoingMail.objects.order_by("pk")
    assert "<dd>accueil@martin.example</dd>" in client.get(f"/emails/{notice.pk}/").content.decode()
    page = client.get(f"/emails/{stuck.pk}/").content.decode()
    assert ("(aucune adresse)" in page, "Aucune adresse ne peut envoyer ce mail" in page) == (True, True)
