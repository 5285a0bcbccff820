"""The doorbells of this floor, mails to send and provider posts to read; and what is done at night."""

from datetime import timedelta
from functools import partial

from celery import shared_task

from mailing.models import OutgoingMail, WebhookPost
from mailing.receiving.retention import forget
from mailing.receiving.sweep import sweep_orphans
from mailing.sending import delivery
from mailing.tracking import webhooks
from mailing.tracking.events import match_late
from portal.bell import answer


@shared_task(name="outbox")
def outbox():
    with delivery.Carrier() as carrier:
        mails = OutgoingMail.objects.select_related("firm")
        answer(partial(mails.claim, lease=delivery.LEASE), carrier.send)


@shared_task(name="events")
def events():
    answer(partial(WebhookPost.objects.claim, lease=timedelta(seconds=60)), webhooks.handle)
    match_late()


@shared_task(name="orphans")
def orphans():
    sweep_orphans()


@shared_task(name="retention")
def retention():
    forget()
