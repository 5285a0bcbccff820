"""From the row to the `.eml`: once, cleaned, retried, resent (D-30)."""

import email
from datetime import timedelta
from email.policy import default

import pytest
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import delivery, outbox
from mailing.tasks import outbox as send_all
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


def written(folder):
    return [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))
    ]


def only(kind):
    return OutgoingMail.objects.get(kind=kind)


def test_a_mail_is_one_eml_with_both_parts(cast, mail_folder):
    arrive(mail_from("facture@bois.example"))
    send_all()
    message = next(m for m in written(mail_folder) if m["To"] == "facture@bois.example")
    assert message["From"] == "Cabinet Martin <contact@martin.example>"
    assert message["Subject"] == "Votre envoi est en attente : Facture"
    assert message["Message-ID"] == only(MailKind.PENDING).message_id
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Courriers indésirables" in message.get_body(("plain",)).get_content()


def test_an_answer_is_marked_and_has_a_null_return_path(cast, mail_folder):
    arrive(mail_from("facture@bois.example"))
    send_all()
    marks = {m["To"]: (m["Auto-Submitted"], m["Return-Path"]) for m in written(mail_folder)}
    assert marks == {
        "facture@bois.example": ("auto-replied", "<>"),
        "Marc Roux <gerant@moimeme.example>": ("auto-generated", "<contact@martin.example>"),
    }


def test_answers_name_the_address_written_to_never_the_company(cast, mail_folder):
    arrive(mail_from("facture@bois.example"))
    send_all()
    answer = next(m for m in written(mail_folder) if m["To"] == "facture@bois.example")
    assert (
        "Moi Même" in answer.as_string(),
        "4.box@martin" in answer.get_body(("plain",)).get_content(),
    ) == (False, True)


def test_sending_again_after_a_crash_is_the_same_file_with_the_same_bytes(cast, mail_folder):
    arrive(mail_from("facture@bois.example"))
    send_all()
    before = {path.name: path.read_bytes() for path in mail_folder.iterdir()}
    OutgoingMail.objects.update(status=OutboxStatus.SENDING, next_attempt_at=timezone.now())
    send_all()
    assert {path.name: path.read_bytes() for path in mail_folder.iterdir()} == before


def test_a_claimed_mail_is_nobody_elses_until_its_lease_is_over(cast):
    arrive(mail_from("facture@bois.example"))
    claims = [OutgoingMail.objects.claim(lease=timedelta(minutes=1)) for _ in range(3)]
    assert [claim is not None for claim in claims] == [True, True, False]
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert OutgoingMail.objects.claim(lease=timedelta(minutes=1)).attempts == 2


def test_a_late_worker_whose_lease_ran_out_does_nothing(cast, mail_folder):
    arrive(mail_from("facture@bois.example"))
    late = OutgoingMail.objects.claim(lease=timedelta(0))
    OutgoingMail.objects.filter(pk=late.pk).update(attempts=2)
    delivery.send(late)
    assert not mail_folder.exists()


def test_failure_is_retried_with_a_pause_then_error_then_resent_by_a_person(cast, mail_folder, client):
    arrive(mail_from("facture@bois.example"))
    OutgoingMail.objects.exclude(kind=MailKind.PENDING).delete()
    mail_folder.write_text("a file where the folder should be")
    for attempt in range(1, 6):
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
        send_all()
        assert only(MailKind.PENDING).attempts == attempt
        assert (only(MailKind.PENDING).next_attempt_at > timezone.now()) is True
    mail = only(MailKind.PENDING)
    assert (mail.status, mail.last_status, mail.events.count()) == (OutboxStatus.ERROR, MailStatus.ERROR, 5)

    mail_folder.unlink()
    client.force_login(cast.claire)
    assert client.post(f"/emails/{mail.pk}/renvoyer/").status_code == 302
    send_all()
    assert (only(MailKind.PENDING).status, only(MailKind.PENDING).last_status) == (
        OutboxStatus.SENT,
        MailStatus.SENT,
    )


def test_what_is_said_once_is_refused_a_second_time(cast):
    arrive(mail_from("facture@bois.example"))
    arrive(mail_from("facture@bois.example", subject="deux"))
    assert OutgoingMail.objects.filter(kind=MailKind.PENDING).count() == 1


@pytest.mark.parametrize(
    "subject",
    ["a\r\nBcc: evil@attaque.example", "a\x0bBcc: x", "a\x00b", "a\u2028b"],
    ids=["CRLF", "VT", "NUL", "LS"],
)
def test_a_subject_cannot_add_a_header(cast, mail_folder, subject):
    mail = outbox.post(
        MailKind.IMPOSSIBLE,
        "approvals/email/impossible",
        to_email="facture@bois.example",
        firm=cast.martin,
        context={"mail": {"subject": subject, "address": {"address": "x"}}, "attachments": []},
    )
    assert [character for character in mail.subject if not character.isprintable()] == []
    send_all()
    assert written(mail_folder)[0]["Bcc"] is None


@pytest.mark.parametrize(
    "sender", ["facture@un-nom-de-fournisseur-vraiment-tres-long-pour-une-ligne.example", "a@b.example"]
)
def test_a_folded_subject_is_read_as_it_was_written(cast, mail_folder, sender):
    arrive(mail_from(sender, subject="é" * 60))
    send_all()
    subjects = {mail.subject for mail in OutgoingMail.objects.all()}
    assert {message["Subject"] for message in written(mail_folder)} == subjects


@pytest.mark.parametrize(
    "to", ["x@y.example <a@b.example>", "a@b.example, c@d.example", "a@b.example\n", "personne", ""]
)
def test_a_recipient_is_exactly_one_address(cast, to):
    with pytest.raises(outbox.BadRecipient):
        outbox.post(MailKind.PENDING, "approvals/email/pending", to_email=to, firm=cast.martin, context={})
    assert OutgoingMail.objects.count() == 0


def test_markup_in_a_mail_is_text(cast, mail_folder):
    arrive(mail_from("facture@bois.example", subject="<script>alert(1)</script> {{ settings }}"))
    send_all()
    html = next(m for m in written(mail_folder) if "bois" in m["To"]).get_body(("html",)).get_content()
    assert ("<script>" in html, "&lt;script&gt;" in html, "{{ settings }}" in html) == (False, True, True)
