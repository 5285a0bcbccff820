"""The doorbell of this floor: notifications that become mails, and follow them; and its clocks: what the firm is told."""

from celery import shared_task
from django.utils import timezone

from notifications.automatic import letters
from notifications.automatic.sweep import sweep
from notifications.queue import following, leaving
from portal.bell import answer


@shared_task(name="notifications")
def notifications():
    following.settle()
    following.look_again()
    answer(leaving.claim, leaving.leave)


@shared_task(name="announcements")
def announcements():
    sweep()
    letters.send_soon(timezone.now())


@shared_task(name="digests")
def digests():
    letters.send_of_the_day(timezone.now())
