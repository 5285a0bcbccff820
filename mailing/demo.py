"""The mails of the demonstration leave, and Brevo's posts tell what became of them, through the real webhook."""

import base64
import json

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailing.domains import stories
from mailing.models import OutboxStatus, OutgoingMail, WebhookPost
from mailing.sending import delivery
from mailing.tracking import webhooks
from portal.models import Firm

STORIES = (
    ("request", "delivered", "opened", "click"),
    ("request", "delivered", "unique_proxy_open"),
    ("request", "deferred", "delivered", "opened"),
    ("request", "soft_bounce"),
    ("request", "hard_bounce"),
    ("request", "delivered", "spam"),
    ("request", "blocked"),
    ("request", "invalid_email"),
    ("request", "delivered", "unsubscribed"),
    ("request", "deferred"),
    ("request", "error"),
    ("request", "delivered"),
)
REASONS = {
    "soft_bounce": "452 4.2.2 mailbox full",
    "hard_bounce": "550 5.1.1 user unknown",
    "deferred": "421 4.7.0 try again later",
    "blocked": "550 5.7.1 blocked",
}


FIRMS = ("martin", "peeters")


def load() -> None:
    for firm in Firm.objects.filter(slug__in=FIRMS):
        for domain in stories.domains_of(firm):
            stories.vouch(firm, domain)
    mails = list(OutgoingMail.objects.filter(status=OutboxStatus.QUEUED).order_by("pk"))
    while mail := OutgoingMail.objects.claim(lease=delivery.LEASE):
        delivery.send(mail)
    mails = [OutgoingMail.objects.get(pk=mail.pk) for mail in mails]
    for mail, story in zip(mails, STORIES, strict=False):
        for number, event in enumerate(story):
            post_brevo(mail, event, number)
    for post in WebhookPost.objects.order_by("pk"):
        webhooks.handle(post)


def post_brevo(mail: OutgoingMail, event: str, number: int) -> None:
    """One event as Brevo posts it: https://developers.brevo.com/docs/transactional-webhooks."""
    payload = {
        "event": event,
        "email": mail.to_email,
        "message-id": mail.message_id,
        "subject": mail.subject,
        "ts_epoch": int(timezone.now().timestamp() * 1000) + number * 1000,
        "reason": REASONS.get(event, ""),
    }
    if event == "click":
        payload["link"] = f"{settings.SITE_URL}/"
    secret = base64.b64encode(settings.WEBHOOK_SECRET.split(",")[0].encode()).decode()
    answer = Client().post(
        reverse("mailing:brevo"),
        json.dumps(payload),
        content_type="application/json",
        headers={"host": settings.ALLOWED_HOSTS[0], "authorization": f"Basic {secret}"},
        secure=settings.SITE_URL.startswith("https://"),
    )
    if answer.status_code != 200:
        raise RuntimeError(f"the webhook answered {answer.status_code}")
