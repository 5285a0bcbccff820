"""Brevo's posts: stored first, read later; duplicated, shuffled, early, forged (T24 to T27)."""

import base64
import json
import random
import uuid

import pytest
from django.urls import reverse

from mailing.models import MailEvent, MailStatus, Nature, OutgoingMail, WebhookPost
from mailing.models.tracking import PostStatus
from mailing.sending import delivery
from mailing.tasks import events as read_posts
from mailing.tracking.providers import BREVO
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def mail(cast):
    """A mail that has left by `.eml`."""
    arrive(mail_from("facture@bois.example"))
    mail = OutgoingMail.objects.get(to_email="facture@bois.example")
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    mail.refresh_from_db()
    return mail


@pytest.fixture
def post(client, settings):
    def post(payload, secret=None, path="mailing:brevo"):
        secret = settings.ANYMAIL["WEBHOOK_SECRET"][0] if secret is None else secret
        headers = {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
        body = payload if isinstance(payload, bytes) else json.dumps(payload)
        return client.post(reverse(path), body, content_type="application/json", headers=headers)

    return post


def event(mail, name, *, second=0, **more):
    return {
        "event": name,
        "email": mail.to_email,
        "id": 26224,
        "date": "2026-11-21 14:32:07",
        "ts": 1795267927 + second,
        "message-id": mail.provider_id,
        "ts_event": 1795267927 + second,
        "subject": mail.subject,
        "X-Mailin-custom": None,
        "sending_ip": "192.0.2.25",
        "ts_epoch": (1795267927 + second) * 1000,
        "tags": [],
        **more,
    }


def status(mail):
    mail.refresh_from_db()
    return mail.last_status


def test_eml_alone_gives_sent(mail):
    assert status(mail) == MailStatus.SENT
    assert [step.code for step in mail.events.all()] == [MailStatus.SENT]


@pytest.mark.parametrize(("name", "code"), sorted(BREVO.items()))
def test_each_event_of_brevo(mail, post, name, code):
    assert post(event(mail, name)).status_code == 200
    read_posts()
    step = mail.events.exclude(provider="").get()
    assert (step.code, step.nature) == (code, Nature.MACHINE if "proxy" in name else Nature.OBSERVED)
    assert step.payload["event"] == name


@pytest.mark.parametrize(
    ("name", "reason", "code", "cause"),
    [
        ("soft_bounce", "452 4.2.2 mailbox full", "soft_bounced", "mailbox_full"),
        ("hard_bounce", "552 5.2.2 mailbox full", "soft_bounced", "mailbox_full"),
        ("hard_bounce", "550 5.7.1 blocked by policy", "blocked", "mailbox_blocked"),
        ("soft_bounce", "550 5.7.1 blocked by policy", "blocked", "mailbox_blocked"),
        ("hard_bounce", "550 5.1.1 user unknown", "hard_bounced", "address"),
        ("hard_bounce", "550 5.1.2 no such domain", "hard_bounced", "domain"),
        ("hard_bounce", "550 5.4.4 unable to route", "hard_bounced", "domain"),
        ("soft_bounce", "", "soft_bounced", "unknown"),
        ("hard_bounce", "no such thing", "hard_bounced", "unknown"),
    ],
)
def test_cause_of_a_bounce(mail, post, name, reason, code, cause):
    post(event(mail, name, reason=reason))
    read_posts()
    step = mail.events.exclude(provider="").get()
    assert (step.code, step.cause) == (code, cause)


def test_stored_before_it_is_read(mail, post):
    post(event(mail, "delivered"))
    assert [(p.provider, p.status) for p in WebhookPost.objects.all()] == [("brevo", PostStatus.RECEIVED)]
    assert status(mail) == MailStatus.SENT
    read_posts()
    assert status(mail) == MailStatus.DELIVERED


def test_duplicated_and_shuffled_posts_end_the_same(mail, post):
    story = [
        event(mail, name, second=second)
        for second, name in enumerate(("request", "delivered", "opened", "click"))
    ]
    posts = story * 10
    random.Random(4).shuffle(posts)
    for payload in posts:
        assert post(payload).status_code == 200
    read_posts()
    assert status(mail) == MailStatus.CLICKED
    assert mail.events.exclude(provider="").count() == 4


def test_event_before_our_own_commit_is_matched_later(cast, post):
    arrive(mail_from("facture@bois.example"))
    mail = OutgoingMail.objects.get(to_email="facture@bois.example")
    mail.provider_id = mail.message_id
    post(event(mail, "delivered"))
    read_posts()
    assert MailEvent.objects.get().mail is None
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    read_posts()
    assert status(mail) == MailStatus.DELIVERED


def test_event_that_missed_its_mail_by_a_commit_is_matched_at_the_next_look(mail, post):
    """On PostgreSQL a post may be read while the sending is being committed: neither sees the other."""
    post(event(mail, "delivered"))
    read_posts()
    MailEvent.objects.exclude(provider="").update(mail=None)
    OutgoingMail.objects.update(last_status=MailStatus.SENT)
    read_posts()
    assert (status(mail), mail.events.count()) == (MailStatus.DELIVERED, 2)


def test_event_of_an_unknown_mail_is_kept_and_changes_nothing(mail, post):
    assert post(event(mail, "hard_bounce") | {"message-id": "<autre@exemple.test>"}).status_code == 200
    read_posts()
    assert MailEvent.objects.filter(mail=None).count() == 1
    assert status(mail) == MailStatus.SENT


def test_event_for_a_mail_sent_by_another_provider_changes_nothing(mail, post):
    OutgoingMail.objects.filter(pk=mail.pk).update(provider="mailgun")
    post(event(mail, "hard_bounce"))
    read_posts()
    assert status(mail) == MailStatus.SENT


@pytest.mark.parametrize("secret", ["", "webhook:faux", "autre:secret"])
def test_wrong_secret_is_refused_and_nothing_is_stored(mail, post, secret):
    assert post(event(mail, "hard_bounce"), secret=secret).status_code == 401
    assert WebhookPost.objects.count() == 0


def test_body_over_a_megabyte_is_413(mail, post):
    assert post(b'{"event": "' + b"x" * (1024 * 1024) + b'"}').status_code == 413
    assert WebhookPost.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"items": []}', b"\xff\xfe"])
def test_nonsense_is_kept_and_fails_visibly_without_stopping_the_others(mail, post, body):
    assert post(body).status_code == 200
    post(event(mail, "delivered"))
    read_posts()
    assert status(mail) == MailStatus.DELIVERED
    for _attempt in range(4):
        WebhookPost.objects.update(next_attempt_at=mail.created_at)
        read_posts()
    assert sorted(p.status for p in WebhookPost.objects.all()) == [PostStatus.FAILED, PostStatus.HANDLED]


def test_a_post_of_many_events_counts_each_once(mail, post):
    """Brevo's « batched » webhooks post lists."""
    story = [event(mail, name, second=n) for n, name in enumerate(("request", "delivered", "opened"))]
    post([*story, *story, event(mail, "list_addition")])
    post(story[:2])
    read_posts()
    assert status(mail) == MailStatus.OPENED
    assert mail.events.exclude(provider="").count() == 3


def test_one_bad_event_among_fifty_stops_no_other(mail, post):
    """T25: the 49 count, and the post keeps the bytes of all."""
    story = [event(mail, "opened", second=second) for second in range(49)]
    post([*story[:20], "no event", *story[20:]])
    read_posts()
    assert status(mail) == MailStatus.OPENED
    assert mail.events.exclude(provider="").count() == 49
    assert [p.status for p in WebhookPost.objects.all()] == [PostStatus.HANDLED]


def test_a_post_changes_the_mails_it_names_and_no_other(mail, post):
    """Events of two mails and of an unknown one in one post."""
    other = OutgoingMail.objects.exclude(pk=mail.pk).get()
    unknown = event(mail, "spam") | {"message-id": "<autre@exemple.test>"}
    post([event(mail, "delivered"), event(other, "hard_bounce"), unknown])
    read_posts()
    assert (status(mail), status(other)) == (MailStatus.DELIVERED, MailStatus.HARD_BOUNCED)
    assert MailEvent.objects.filter(mail=None).count() == 1


def test_event_that_says_nothing_of_a_mail_is_left(mail, post):
    post(event(mail, "list_addition"))
    read_posts()
    assert WebhookPost.objects.get().status == PostStatus.HANDLED
    assert mail.events.count() == 1


def test_a_payload_is_data(mail, post):
    post(event(mail, "click", link="javascript:alert(1)", reason=str(uuid.uuid4()) * 100))
    read_posts()
    assert status(mail) == MailStatus.CLICKED


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_heard(client, db, method):
    assert getattr(client, method)(reverse("mailing:brevo")).status_code == 405
