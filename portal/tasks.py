"""The doorbell of this floor: long work that people asked for."""

from functools import partial

from celery import shared_task

from portal import jobs as long_work
from portal.bell import answer
from portal.models import Job


@shared_task(name="jobs")
def jobs():
    answer(partial(Job.objects.select_related("firm", "by").claim, lease=long_work.LEASE), long_work.go_on)
