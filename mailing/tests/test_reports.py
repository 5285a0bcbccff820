"""Reports that come to the signed return path: read for each recipient, believed only with our signature (D-35)."""

from datetime import timedelta
from time import process_time

import pytest
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import (
    Fate,
    InboundMail,
    MailEvent,
    MailStatus,
    OutboxStatus,
    OutgoingMail,
    RawMail,
    Suppression,
)
from mailing.tracking import reports, tokens
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def mail(cast):
    mail = OutgoingMail.objects.create(
        firm=cast.martin,
        company=cast.company,
        kind=MailKind.APPROVAL_REQUEST,
        from_email="contact@martin.example",
        to_email="gerant@moimeme.example",
        subject="Demande",
        status=OutboxStatus.SENT,
        provider="smtp",
    )
    mail.provider_id = mail.message_id
    mail.save()
    return mail


def report(*recipients, text="failed", returned=""):
    """A delivery report (RFC 3464) with one group of fields for each of `recipients`."""
    groups = "\r\n".join(f"{group}\r\n" for group in recipients)
    return (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\n\r\n{text}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\n{groups}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{returned}Subject: Demande\r\n\r\nBonjour\r\n--b--\r\n"
    ).encode()


def about(action, status, diagnostic="", to="gerant@moimeme.example"):
    lines = [f"Final-Recipient: rfc822; {to}", f"Action: {action}", f"Status: {status}"]
    return "\r\n".join(lines + ([f"Diagnostic-Code: smtp; {diagnostic}"] if diagnostic else []))


def complaint(path=""):
    return (
        "From: fbl@isp.example\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: abuse\r\nUser-Agent: ISP/1.0\r\nVersion: 1\r\n{path}"
        "Original-Rcpt-To: gerant@moimeme.example\r\n\r\n--b--\r\n"
    ).encode()


def after(mail):
    mail.refresh_from_db()
    return mail.last_status, [(step.cause, step.nature, step.source) for step in mail.events.all()]


@pytest.mark.parametrize(
    ("group", "code", "cause", "nature"),
    [
        (about("failed", "5.1.1", "550 5.1.1 unknown"), "hard_bounced", "address", "observed"),
        (about("failed", "5.1.2"), "hard_bounced", "domain", "observed"),
        (about("failed", "5.4.4"), "hard_bounced", "domain", "observed"),
        (about("failed", "5.2.2"), "soft_bounced", "mailbox_full", "observed"),
        (about("failed", "5.0.0", "552 5.2.2 full"), "soft_bounced", "mailbox_full", "observed"),
        (about("failed", "5.7.1", "550 5.1.1 unknown"), "blocked", "mailbox_blocked", "observed"),
        (about("failed", "4.4.7"), "soft_bounced", "offline", "observed"),
        (about("failed", "5.0.0"), "hard_bounced", "unknown", "observed"),
        (about("delayed", "4.2.2"), "deferred", "mailbox_full", "observed"),
        (about("delayed", "4.7.0"), "deferred", "filtering", "observed"),
        (about("delivered", "2.0.0"), "delivered", "", "observed"),
        (about("relayed", "2.0.0"), "delivered", "", "deduced"),
        (about("expanded", "2.0.0"), "delivered", "", "deduced"),
        (about("FAILED (permanent)", "5.1.1"), "hard_bounced", "address", "observed"),
    ],
)
def test_each_action_of_a_report(mail, group, code, cause, nature):
    log = arrive(report(group), tokens.return_path(mail), envelope_from="")
    assert after(mail) == (code, [(cause, nature, "report")])
    assert (log.fate, log.rule) == (Fate.IGNORED, "R0a")
    assert log.note.startswith(f"rapport de remise lu : {MailStatus(code).label}")
    assert log.note.endswith("– gerant@moimeme.example")


def test_the_raw_report_is_linked_not_copied(mail, cast, client):
    log = arrive(report(about("failed", "5.1.1")), tokens.return_path(mail))
    step = mail.events.get()
    assert step.payload == {"inbound_mail": log.pk, "raw": log.raw.key, "sha256": log.raw.sha256}
    client.force_login(cast.admin)
    page = client.get(f"/emails/etapes/{step.pk}/").content.decode()
    assert f"/activite/{log.pk}/" in page
    assert client.get(f"/activite/{log.pk}/brut/").status_code == 200


def test_the_same_report_twice_counts_once(mail):
    for _again in range(2):
        arrive(report(about("failed", "5.1.1")), tokens.return_path(mail))
        RawMail.objects.update(
            created_at=timezone.now() - timedelta(hours=1)
        )  # beyond the ten minutes of D-19
    assert (InboundMail.objects.count(), mail.events.count()) == (2, 1)


def test_each_recipient_of_a_report_is_a_step(mail):
    groups = (
        about("failed", "5.1.1", to="a@moimeme.example"),
        about("delivered", "2.0.0", to="b@moimeme.example"),
    )
    arrive(report(*groups), tokens.return_path(mail))
    assert [(step.code, step.recipient) for step in mail.events.order_by("pk")] == [
        ("hard_bounced", "a@moimeme.example"),
        ("delivered", "b@moimeme.example"),
    ]


def forged(path):
    local, _, domain = path.partition("@")
    last = "a" if local[-1] != "a" else "b"
    return {
        "none": f"rebond+jeton@{domain}",
        "another signature": f"{local[:-1]}{last}@{domain}",
        "no signature": f"{local[:33]}@{domain}",
        "too long": f"{local}a@{domain}",
        "letters of no alphabet": f"rebond+{'1' * 52}@{domain}",
        "not ASCII": f"rebond+{'é' * 52}@{domain}",
    }


@pytest.mark.parametrize("how", forged("rebond+x@y"))
def test_a_forged_bounce_changes_nothing_and_is_shown(mail, cast, client, how):
    log = arrive(report(about("failed", "5.1.1")), forged(tokens.return_path(mail))[how])
    assert after(mail) == ("", [])
    assert (log.note, Suppression.objects.count(), MailEvent.objects.count()) == (
        "rebond non authentifié : rien n’est changé",
        0,
        0,
    )
    client.force_login(cast.admin)
    assert "Rebond non authentifié" in client.get(f"/activite/{log.pk}/").content.decode()


def test_a_token_of_another_purpose_is_no_signature(mail):
    token = tokens.unsubscribe_url(mail).split("/")[-2]
    arrive(report(about("failed", "5.1.1")), f"rebond+{token}@martin.depot.localhost")
    assert after(mail) == ("", [])


def test_a_return_path_holds_in_other_letters_and_under_a_former_key(mail, settings):
    path = tokens.return_path(mail)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "une clé nouvelle"
    assert tokens.return_path(mail) != path
    assert tokens.key_of_return_path(path.upper()) == mail.key


@pytest.mark.parametrize(
    "raw",
    [
        b"Auto-Submitted: auto-replied\r\n" + mail_from("gerant@moimeme.example", subject="Absent"),
        mail_from("gerant@moimeme.example", subject="Re: Demande", files={}),
        b"From: a@b.example\r\nSubject: x\r\n\r\nUser unknown, mailbox full, 550 5.1.1\r\n",
        b"no mail at all",
    ],
    ids=["absence", "answer", "words", "noise"],
)
def test_what_is_no_report_changes_nothing(mail, raw):
    log = arrive(raw, tokens.return_path(mail))
    assert (after(mail), log.fate) == (("", []), Fate.IGNORED)
    assert "rapport de remise lu" not in log.note


def test_a_complaint_is_spam_and_stops_what_follows(mail, cast):
    arrive(complaint(), tokens.return_path(mail))
    assert after(mail) == (MailStatus.COMPLAINED, [("", "observed", "report")])
    assert [(s.address, s.reason, s.firm) for s in Suppression.objects.all()] == [
        (mail.to_email, "complaint", cast.martin)
    ]


def test_a_complaint_that_comes_to_one_address_for_all_names_the_return_path(mail):
    path = f"Original-Mail-From: <{tokens.return_path(mail)}>\r\n"
    log = arrive(complaint(path), "rebond+plaintes@martin.depot.localhost")
    assert after(mail)[0] == MailStatus.COMPLAINED
    assert log.note == "rapport de remise lu : Spam – gerant@moimeme.example"


def test_a_report_that_returns_the_mail_names_the_return_path(mail):
    returned = f"Return-Path: <{tokens.return_path(mail)}>\r\n"
    arrive(report(about("failed", "5.1.1"), returned=returned), "rebond+x@martin.depot.localhost")
    assert after(mail)[0] == MailStatus.HARD_BOUNCED


def test_not_spam_is_no_complaint(mail):
    arrive(complaint().replace(b"abuse", b"not-spam"), tokens.return_path(mail))
    assert after(mail) == ("", [])


def test_a_report_in_free_words_is_deduced(mail):
    raw = (
        b"From: MAILER-DAEMON@qmail.example\r\nSubject: failure notice\r\n\r\n"
        b"Hi. This is the qmail-send program.\r\n\r\n<gerant@moimeme.example>:\r\n"
        b"192.0.2.1 does not like recipient.\r\nRemote host said: 550 sorry, no mailbox here by that name\r\n"
        b"Giving up.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <x@y.example>\r\n"
    )
    arrive(raw, tokens.return_path(mail))
    assert after(mail) == (MailStatus.HARD_BOUNCED, [("address", "deduced", "report")])


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * 100_000,
        report(*[about("failed", "5.1.1", to=f"{n}@a.example") for n in range(5000)]),
        report("Final-Recipient: rfc822; " + "<" * 100_000),
        report(about("failed", "5.1.1", "x" * 300_000)),
        b"From: MAILER-DAEMON@a.example\r\nSubject: failure notice\r\n\r\n" + b"user " * 60_000,
        b"From: MAILER-DAEMON@a.example\r\nSubject: failure notice\r\n\r\n" + b"<a@b.example>:\r\n" * 20_000,
    ],
    ids=["noise", "5000 recipients", "brackets", "long words", "user user", "addresses"],
)
def test_a_bomb_is_read_within_limits(raw):
    start = process_time()
    assert len(reports.read(raw).outcomes) <= reports.MAX_RECIPIENTS
    assert process_time() - start < 5
