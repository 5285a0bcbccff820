"""The doorbell of mail in, and the clocks: of the requests that nobody answers, of the files that nobody imports."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from approvals.access import delivery
from approvals.directory.importing import stories as imports
from approvals.senders import intake, overdue
from mailing.models import InboundMail
from portal.bell import answer
from portal.moves import Handful

LEASE = timedelta(seconds=45)
NEEDED = timedelta(seconds=30)  # of the lease, to begin with a mail: the worst bomb takes ten (F17)


@shared_task(name="inbound")
def inbound():
    with Handful(InboundMail.objects.with_address(), LEASE, NEEDED) as handful:
        answer(handful.next, intake.process)


@shared_task(name="overdue")
def overdue_requests():
    overdue.chase_all(timezone.now())


@shared_task(name="imports_forgotten")
def imports_forgotten():
    imports.forget(timezone.now())


@shared_task(name="letters")
def letters_that_expire():
    delivery.expire()
