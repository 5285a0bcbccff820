"""Mailgun's and Postmark's posts, read by the raw event; signed, secret, duplicated, of another's mail (T2, T24 to T27)."""

import json

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailEvent, MailStatus, OutboxStatus, OutgoingMail, WebhookPost
from mailing.tasks import events as read_posts
from mailing.tests import payloads
from mailing.tests.payloads import mailgun, mailgun_status, postmark, postmark_bounce
from portal.models import FailedTask

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.ANYMAIL = {
        **settings.ANYMAIL,
        "WEBHOOK_SECRET": [payloads.SECRET],
        "MAILGUN_WEBHOOK_SIGNING_KEY": payloads.SIGNING_KEY,
    }


def sent_by(provider, provider_id, firm):
    return OutgoingMail.objects.create(
        firm=firm,
        kind=MailKind.APPROVAL_REQUEST,
        from_email="contact@martin.example",
        to_email="gerant@bois.example",
        subject="Demande",
        status=OutboxStatus.SENT,
        provider=provider,
        provider_id=provider_id,
        sent_at=timezone.now(),
    )


@pytest.fixture
def by_mailgun(cast):
    return sent_by("mailgun", "<20261121143207.1.ABC@envois.martin.example>", cast.martin)


@pytest.fixture
def by_postmark(cast):
    return sent_by("postmark", "883953f4-6105-42a2-a16a-77a8eac79483", cast.martin)


@pytest.fixture
def post(client):
    def post(provider, body, secret=payloads.SECRET):
        path = reverse(f"mailing:{provider}")
        return client.post(path, body, content_type="application/json", headers=payloads.headers(secret))

    return post


def said(mail):
    """The steps that the provider told, and the status that follows."""
    read_posts()
    mail.refresh_from_db()
    return [(step.code, step.cause, step.nature) for step in mail.events.all()], mail.last_status


def failed(severity, reason, **status):
    return {"severity": severity, "reason": reason, **mailgun_status(**status)}


NEVER = "permanent"
LATER = "temporary"


@pytest.mark.parametrize(
    ("name", "more", "code", "cause", "nature"),
    [
        ("delivered", mailgun_status(250, "", "OK"), "delivered", "", "observed"),
        ("opened", {"client-info": {"client-type": "browser", "bot": ""}}, "opened", "", "observed"),
        ("opened", {"client-info": {"client-type": "browser", "bot": "apple"}}, "opened", "", "machine"),
        ("opened", {"client-info": {"client-type": "robot"}}, "opened", "", "machine"),
        ("clicked", {"url": "https://a.example/", "client-info": {}}, "clicked", "", "observed"),
        ("clicked", {"client-info": {"user-agent": "BarracudaCentral/1.0"}}, "clicked", "", "machine"),
        ("complained", {}, "complained", "", "observed"),
        ("unsubscribed", {}, "unsubscribed", "", "observed"),
        ("rejected", {"reject": {"reason": "Sandbox"}}, "blocked", "", "observed"),
        ("failed", failed(NEVER, "suppress-bounce", code=605), "blocked", "", "observed"),
        ("failed", failed(NEVER, "suppress-complaint", code=607), "blocked", "", "observed"),
        ("failed", failed(NEVER, "suppress-unsubscribe", code=606), "unsubscribed", "", "observed"),
        (
            "failed",
            failed(NEVER, "bounce", code=550, enhanced="5.1.1"),
            "hard_bounced",
            "address",
            "observed",
        ),
        ("failed", failed(NEVER, "bounce", code=550, enhanced="5.1.2"), "hard_bounced", "domain", "observed"),
        (
            "failed",
            failed(NEVER, "bounce", code=552, enhanced="5.2.2"),
            "soft_bounced",
            "mailbox_full",
            "observed",
        ),
        (
            "failed",
            failed(NEVER, "bounce", code=554, enhanced="5.7.1"),
            "blocked",
            "mailbox_blocked",
            "observed",
        ),
        ("failed", failed(NEVER, "bounce", code=550, message="no"), "hard_bounced", "unknown", "observed"),
        (
            "failed",
            failed(LATER, "generic", code=452, enhanced="4.2.2"),
            "deferred",
            "mailbox_full",
            "observed",
        ),
        ("failed", failed(LATER, "generic", code=421, message="try later"), "deferred", "", "observed"),
        ("failed", failed(LATER, "generic", code=451, enhanced="4.7.1"), "deferred", "filtering", "observed"),
        ("failed", failed(NEVER, "old", code=602, message="Too old"), "soft_bounced", "unknown", "observed"),
    ],
)
def test_each_event_of_mailgun(by_mailgun, post, name, more, code, cause, nature):
    assert post("mailgun", mailgun(by_mailgun, name, **more)).status_code == 200
    steps, status = said(by_mailgun)
    assert (steps, status) == ([(code, cause, nature)], "" if nature == "machine" else code)


@pytest.mark.parametrize(
    ("body", "code", "cause"),
    [
        (lambda m: postmark(m, "Delivery", Details="250 OK"), "delivered", ""),
        (lambda m: postmark(m, "Open", FirstOpen=True, UserAgent="Mozilla/5.0"), "opened", ""),
        (
            lambda m: postmark(m, "Click", OriginalLink="https://a.example/", ClickLocation="HTML"),
            "clicked",
            "",
        ),
        (lambda m: postmark_bounce(m, "HardBounce", "smtp;550 5.1.1 unknown"), "hard_bounced", "address"),
        (lambda m: postmark_bounce(m, "HardBounce", "smtp;550 5.7.1 policy"), "blocked", "mailbox_blocked"),
        (lambda m: postmark_bounce(m, "SoftBounce", "smtp;552 5.2.2 full"), "soft_bounced", "mailbox_full"),
        (lambda m: postmark_bounce(m, "SoftBounce"), "soft_bounced", "unknown"),
        (lambda m: postmark_bounce(m, "VirusNotification"), "hard_bounced", "unknown"),
        (lambda m: postmark_bounce(m, "Transient", "smtp;421 4.4.2 lost"), "deferred", "offline"),
        (lambda m: postmark_bounce(m, "DnsError"), "deferred", ""),
        (lambda m: postmark_bounce(m, "Blocked"), "blocked", ""),
        (lambda m: postmark_bounce(m, "DMARCPolicy"), "blocked", ""),
        (lambda m: postmark_bounce(m, "ManuallyDeactivated"), "blocked", ""),
        (lambda m: postmark_bounce(m, "BadEmailAddress"), "invalid", "address"),
        (lambda m: postmark_bounce(m, "SpamNotification"), "complained", ""),
        (lambda m: postmark_bounce(m, "SpamComplaint", record="SpamComplaint"), "complained", ""),
        (lambda m: postmark_bounce(m, "Unsubscribe"), "unsubscribed", ""),
        (lambda m: postmark_bounce(m, "SMTPApiError"), "error", ""),
        (
            lambda m: postmark(
                m, "SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression"
            ),
            "unsubscribed",
            "",
        ),
        (
            lambda m: postmark(m, "SubscriptionChange", SuppressSending=True, SuppressionReason="HardBounce"),
            "hard_bounced",
            "unknown",
        ),
    ],
)
def test_each_event_of_postmark(by_postmark, post, body, code, cause):
    assert post("postmark", body(by_postmark)).status_code == 200
    assert said(by_postmark) == ([(code, cause, "observed")], code)


@pytest.mark.parametrize(
    "body",
    [
        lambda m: postmark_bounce(m, "AutoResponder"),
        lambda m: postmark_bounce(m, "AddressChange"),
        lambda m: postmark(m, "SubscriptionChange", SuppressSending=False, SuppressionReason=None),
        lambda m: postmark(m, "Nouveau"),
    ],
)
def test_what_says_nothing_of_a_mail_is_left(by_postmark, post, body):
    assert post("postmark", body(by_postmark)).status_code == 200
    assert said(by_postmark) == ([], "")


def test_an_event_counts_once_by_its_id_or_by_what_it_says(by_mailgun, by_postmark, post):
    for token in (None, "un-autre-jeton"):  # signed anew at another try
        post("mailgun", mailgun(by_mailgun, "delivered", token=token))
    post("mailgun", mailgun(by_mailgun, "opened", second=1))
    post("mailgun", mailgun(by_mailgun, "opened", second=2))
    for number in (42, 42, 43):
        post("postmark", postmark_bounce(by_postmark, "SoftBounce", number=number))
    for _again in range(3):
        post("postmark", postmark(by_postmark, "Delivery"))
    read_posts()
    assert [step.code for step in by_mailgun.events.all()] == ["delivered", "opened", "opened"]
    assert sorted(step.code for step in by_postmark.events.all()) == [
        "delivered",
        "soft_bounced",
        "soft_bounced",
    ]


@pytest.mark.parametrize(
    ("provider", "secret", "key"),
    [
        ("mailgun", "webhook:faux", payloads.SIGNING_KEY),
        ("mailgun", payloads.SECRET, "une autre cle"),
        ("postmark", "webhook:faux", ""),
        ("postmark", "", ""),
    ],
)
def test_a_forged_post_is_refused_and_nothing_is_stored(by_mailgun, post, provider, secret, key):
    body = (
        mailgun(by_mailgun, "failed", key=key) if provider == "mailgun" else postmark(by_mailgun, "Delivery")
    )
    assert post(provider, body, secret).status_code == 401
    assert WebhookPost.objects.count() == 0


def test_without_a_key_nobody_can_sign(by_mailgun, post, settings):
    settings.ANYMAIL = {**settings.ANYMAIL, "MAILGUN_WEBHOOK_SIGNING_KEY": ""}
    assert post("mailgun", mailgun(by_mailgun, "failed", key="")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"[" * 100_000, b'{"signature": 4}', b'{"signature": {"token": "\xc3\xa9"}}'],
)
def test_nonsense_has_no_signature(cast, post, body):
    assert post("mailgun", body).status_code == 401


def test_too_much_is_413(cast, post):
    assert post("postmark", b"x" * (1024 * 1024 + 1)).status_code == 413
    assert post("postmark", b"x" * (5 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(("provider", "status"), [("mailgun", 503), ("postmark", 503), ("brevo", 429)])
def test_where_it_cannot_be_stored_the_provider_is_told_to_come_again(by_mailgun, post, provider, status):
    def is_down(execute, sql, *rest):
        if "mailing_webhookpost" in sql:
            raise DatabaseError("down")
        return execute(sql, *rest)

    bodies = {"mailgun": mailgun(by_mailgun, "delivered"), "postmark": postmark(by_mailgun, "Delivery")}
    with connection.execute_wrapper(is_down):
        body = bodies.get(provider) or payloads.brevo(by_mailgun, "delivered")
        assert post(provider, body).status_code == status


def test_an_event_for_a_mail_of_another_provider_changes_nothing_and_alarms(by_mailgun, post, cast, client):
    for _again in range(2):
        post("postmark", postmark_bounce(by_mailgun, "HardBounce", "550 5.1.1"))
    assert said(by_mailgun) == ([], "")
    [task] = FailedTask.objects.all()
    assert (task.title, task.firm) == ("Événement d’un autre prestataire", cast.martin)
    assert (
        task.reason
        == "postmark annonce un événement pour un e-mail parti par « mailgun » ; rien n’est changé"
    )
    client.force_login(cast.admin)
    assert task.title in client.get("/taches/").content.decode()


def test_an_event_with_our_key_is_matched_though_the_acceptance_was_never_heard(by_mailgun, post):
    """The provider accepted and our connection broke: the second attempt has another name there."""
    body = json.loads(mailgun(by_mailgun, "delivered"))
    body["event-data"]["message"]["headers"]["message-id"] = "inconnu@envois.martin.example"
    post("mailgun", json.dumps(body))
    assert said(by_mailgun)[1] == MailStatus.DELIVERED


@pytest.mark.parametrize(("odd", "kept"), [("\0", "\ufffd"), ("\ud83d", "?"), ("\U0001f600", "\U0001f600")])
def test_what_a_database_refuses_is_replaced_in_a_payload(by_postmark, post, odd, kept):
    post("postmark", postmark_bounce(by_postmark, "SoftBounce", f"452 4.2.2 {odd} full"))
    assert said(by_postmark)[1] == MailStatus.SOFT_BOUNCED
    step = MailEvent.objects.get()
    assert (step.detail, step.payload["Details"]) == (f"452 4.2.2 {kept} full",) * 2


def test_an_id_that_a_database_refuses_belongs_to_nobody(by_postmark, post):
    by_postmark.provider_id = "\0"
    post("postmark", postmark(by_postmark, "Delivery", Metadata={}))
    read_posts()
    assert [(post.status, post.error) for post in WebhookPost.objects.all()] == [("handled", "")]


@pytest.mark.parametrize("provider", ["brevo", "mailgun", "postmark"])
def test_no_provider_ever_meets_a_403(by_postmark, provider):
    """Postmark would stop for good."""
    browser = Client(enforce_csrf_checks=True)
    path = reverse(f"mailing:{provider}")
    bodies = {"mailgun": mailgun(by_postmark, "delivered"), "postmark": postmark(by_postmark, "Delivery")}
    body = bodies.get(provider) or payloads.brevo(by_postmark, "delivered")
    answers = [
        browser.post(path, body, content_type="application/json", headers=headers).status_code
        for headers in (payloads.headers(), payloads.headers("a:b"), {})
    ]
    assert answers == [200, 401, 401]


def test_a_personal_link_that_was_clicked_is_not_kept(by_mailgun, post):
    """A provider that rewrites links tells in full what was clicked (D-30b)."""
    link = "http://localhost:8000/connexion/nouveau/1-secret-de-la-personne/"
    post("mailgun", mailgun(by_mailgun, "clicked", url=link))
    assert said(by_mailgun)[1] == MailStatus.CLICKED
    step, kept = MailEvent.objects.get(), WebhookPost.objects.get()
    assert step.detail == "http://localhost:8000/connexion/nouveau/…"
    assert ["secret" in text for text in (step.payload_text, bytes(kept.body).decode())] == [False, False]


def test_late_hard_bounce_after_delivery_is_shown(by_postmark, post):
    post("postmark", postmark(by_postmark, "Delivery"))
    post("postmark", postmark_bounce(by_postmark, "HardBounce", "550 5.1.1 gone"))
    assert said(by_postmark)[1] == MailStatus.HARD_BOUNCED
