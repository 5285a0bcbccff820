"""The doorbell of this floor: notifications that become mails, and follow them."""

from celery import shared_task

from notifications.queue import following, leaving
from portal.bell import answer


@shared_task(name="notifications")
def notifications():
    following.settle()
    answer(leaving.claim, leaving.leave)
