"""Generated stories of mails, their posts duplicated and shuffled: every status is what the oracle says (F06)."""

import base64
import json
import os
import random

import pytest

from mailing.kinds import MailKind
from mailing.models import MailEvent, OutboxStatus, OutgoingMail, WebhookPost
from mailing.models.tracking import PostStatus
from mailing.tasks import events as read_posts

pytestmark = pytest.mark.django_db

PARTS, STORIES = int(os.getenv("STORY_PARTS") or 1), 500
START = 1_795_267_927

# What may follow what, as providers tell it: a step, and the steps after it.
AFTER = {
    "request": ("deferred", "delivered", "soft_bounce", "hard_bounce", "blocked", "invalid_email", "error"),
    "deferred": ("deferred", "delivered", "soft_bounce", "hard_bounce"),
    "soft_bounce": ("delivered", "hard_bounce", "soft_bounce"),
    "delivered": ("opened", "unique_opened", "proxy_open", "click", "spam", "hard_bounce", "unsubscribed"),
    "opened": ("opened", "click", "unsubscribe", "complaint"),
    "unique_opened": ("opened", "click"),
    "proxy_open": ("unique_proxy_open", "opened"),
    "click": ("click", "unsubscribed", "spam"),
    "error": ("delivered",),
}
REASONS = {
    "soft_bounce": ("452 4.2.2 mailbox full", "550 5.7.1 policy", "451 4.3.0 try later", ""),
    "hard_bounce": ("550 5.1.1 user unknown", "552 5.2.2 mailbox full", "550 5.7.1 blocked", "550 5.4.4 no route"),
}  # fmt: skip

# The oracle: D-34 and T2 read once more, in other words than the product's.
LADDER = [
    "sent",
    "deferred",
    "soft_bounced",
    "error",
    "delivered",
    "opened",
    "clicked",
    "unsubscribed",
    "complained",
    "blocked",
    "invalid",
    "hard_bounced",
]
MEANS = {
    "request": "sent", "deferred": "deferred", "delivered": "delivered", "opened": "opened",
    "unique_opened": "opened", "click": "clicked", "spam": "complained", "complaint": "complained",
    "unsubscribe": "unsubscribed", "unsubscribed": "unsubscribed", "blocked": "blocked",
    "invalid_email": "invalid", "error": "error",
}  # fmt: skip


def meaning(event: dict) -> str:
    """What the oracle makes of one event; "" for a machine's."""
    name, reason = event["event"], event["reason"]
    if "proxy" in name:
        return ""
    if name in MEANS:
        return MEANS[name]
    if ".2.2" in reason:
        return "soft_bounced"
    if "5.7." in reason:
        return "blocked"
    if "4." in reason:
        return "soft_bounced" if " 4." in reason else "hard_bounced"
    return name + "d"


def story(dice: random.Random, message_id: str, to: str) -> list[dict]:
    """One to nine events of one mail, in the order in which they happened."""
    events, name = [], "request"
    for second in range(dice.randint(1, 9)):
        events.append(
            {
                "event": name,
                "email": to,
                "message-id": message_id,
                "ts_epoch": (START + second) * 1000,
                "reason": dice.choice(REASONS.get(name, ("",))),
            }
        )
        if name not in AFTER:
            break
        name = dice.choice(AFTER[name])
    return events


@pytest.mark.parametrize("part", range(PARTS))
def test_every_story_ends_as_the_oracle_says(client, settings, part):
    dice = random.Random(part)
    mails = [
        OutgoingMail(
            kind=MailKind.PENDING,
            from_email="contact@martin.example",
            to_email=f"client{number}@exemple.example",
            subject=f"Histoire {number}",
            status=OutboxStatus.SENT,
            provider="eml",
        )
        for number in range(STORIES)
    ]
    for mail in mails:
        mail.provider_id = mail.message_id
    OutgoingMail.objects.bulk_create(mails)
    stories = {mail.subject: story(dice, mail.provider_id, mail.to_email) for mail in mails}
    posts = [event for events in stories.values() for event in events]
    posts += dice.sample(posts, int(len(posts) * 0.4))
    dice.shuffle(posts)

    secret = base64.b64encode(settings.ANYMAIL["WEBHOOK_SECRET"][0].encode()).decode()
    headers = {"authorization": f"Basic {secret}"}
    answers = {
        client.post(
            "/webhooks/brevo/", json.dumps(post), content_type="application/json", headers=headers
        ).status_code
        for post in posts
    }
    assert answers == {200}
    while WebhookPost.objects.filter(status=PostStatus.RECEIVED).exists():
        read_posts()

    wanted = {
        subject: max(filter(None, map(meaning, events)), key=LADDER.index)
        for subject, events in stories.items()
    }
    assert dict(OutgoingMail.objects.values_list("subject", "last_status")) == wanted
    assert MailEvent.objects.count() == sum(map(len, stories.values()))
