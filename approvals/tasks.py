"""The doorbell of mail in."""

from datetime import timedelta
from functools import partial

from celery import shared_task

from approvals.senders import intake
from mailing.models import InboundMail
from portal.bell import answer

LEASE = timedelta(seconds=45)


@shared_task(name="inbound")
def inbound():
    answer(partial(InboundMail.objects.with_address().claim, lease=LEASE), intake.process)
