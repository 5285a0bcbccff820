"""The clock of this floor."""

from celery import shared_task

from documents.ged import archives


@shared_task(name="archives")
def forget_archives():
    archives.expire()
