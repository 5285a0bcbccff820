"""Celery: a doorbell and a clock. No task carries data, no result is kept."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

import portal.bell  # noqa: F401  (registers the folder transport)

SWEEP_SECONDS = 10
ANNOUNCE_SECONDS = 60

app = Celery("portal")
app.autodiscover_tasks()

if settings.REDIS_URL:
    app.conf.broker_url = settings.REDIS_URL
    app.conf.broker_transport_options = {
        "visibility_timeout": 600,
        "socket_connect_timeout": 1,
        "socket_timeout": 1,
    }
else:
    folder = settings.DATA_DIR / "bell"
    for name in ("messages", "taken", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    app.conf.broker_url = "folder://localhost"
    app.conf.broker_transport_options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "processed_folder": str(folder / "taken"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }

QUEUES = ("inbound", "outbox", "events", "domains", "jobs", "notifications")

app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=120,
    task_soft_time_limit=90,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="inbound",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={
        **{
            queue: {
                "task": queue,
                "schedule": SWEEP_SECONDS,
                "options": {"queue": queue, "expires": SWEEP_SECONDS},
            }
            for queue in QUEUES
        },
        "orphans": {
            "task": "orphans",
            "schedule": crontab(hour=3, minute=17),
            "options": {"queue": "events"},
        },
        "domains_nightly": {
            "task": "domains_nightly",
            "schedule": crontab(hour=2, minute=43),
            "options": {"queue": "domains"},
        },
        "overdue": {"task": "overdue", "schedule": crontab(minute=7), "options": {"queue": "inbound"}},
        "imports_forgotten": {
            "task": "imports_forgotten",
            "schedule": crontab(minute=37),
            "options": {"queue": "events"},
        },
        "announcements": {
            "task": "announcements",
            "schedule": ANNOUNCE_SECONDS,
            "options": {"queue": "events", "expires": ANNOUNCE_SECONDS},
        },
        # Hourly, though a mail leaves once a day: whatever was down this morning is made good within the hour.
        "digests": {"task": "digests", "schedule": crontab(minute=1), "options": {"queue": "events"}},
        "archives": {"task": "archives", "schedule": crontab(minute="*/10"), "options": {"queue": "events"}},
        "letters": {"task": "letters", "schedule": crontab(minute="*/5"), "options": {"queue": "events"}},
        "retention": {
            "task": "retention",
            "schedule": crontab(hour=2, minute=17),
            "options": {"queue": "events"},
        },
    },
)


@setup_logging.connect
def keep_django_logging(**kwargs):
    """Django has configured logging already; Celery is not to do it again."""
