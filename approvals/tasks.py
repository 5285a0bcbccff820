"""The doorbell of mail in, and the clock of the requests that nobody answers."""

from datetime import timedelta
from functools import partial

from celery import shared_task
from django.utils import timezone

from approvals.senders import intake, overdue
from mailing.models import InboundMail
from portal.bell import answer

LEASE = timedelta(seconds=45)


@shared_task(name="inbound")
def inbound():
    answer(partial(InboundMail.objects.with_address().claim, lease=LEASE), intake.process)


@shared_task(name="overdue")
def overdue_requests():
    overdue.chase_all(timezone.now())
