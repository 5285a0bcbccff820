"""The doorbells of this floor: mails to send, posts to read, domains to check, PDFs to look at; what is done at night."""

from datetime import timedelta
from functools import partial

from celery import shared_task

from mailing.domains import stories
from mailing.models import InboundMail, OutgoingMail, SendingDomain, WebhookPost
from mailing.receiving.retention import forget
from mailing.receiving.sweep import sweep_orphans
from mailing.sending import delivery
from mailing.tracking import suppressions, webhooks
from mailing.tracking.events import match_late
from portal.bell import answer, ring
from portal.files.soundness import look_closer
from portal.moves import Handful


@shared_task(name="outbox")
def outbox():
    mails = suppressions.looked_up(OutgoingMail.objects.select_related("firm"))
    with delivery.Carrier() as carrier, Handful(mails, delivery.LEASE, delivery.NEEDED) as handful:
        if answer(handful.next, carrier.send):
            ring("notifications")  # they follow their mails


@shared_task(name="events")
def events():
    answer(partial(WebhookPost.objects.claim, lease=timedelta(seconds=60)), webhooks.handle)
    match_late()
    look_closer(at_all=not InboundMail.objects.due().exists())  # what people wait for comes first


@shared_task(name="domains")
def domains():
    answer(partial(SendingDomain.objects.claim, lease=timedelta(seconds=90)), stories.check)


@shared_task(name="domains_nightly")
def domains_nightly():
    stories.nightly()


@shared_task(name="orphans")
def orphans():
    sweep_orphans()


@shared_task(name="retention")
def retention():
    forget()
