"""Mail out: written from a template, sent by two workers, each mail with its own status."""

from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings

from portal.bench import Figure, Measure, script

HERE = Path(__file__).parent / "contestants"
COUNT = "200"


def ours() -> AbstractContextManager[Measure]:
    return script(HERE / "portal_outbox.py", COUNT)


def notifications() -> AbstractContextManager[Measure]:
    return script(HERE / "notifications_queue.py", COUNT)


def post_office() -> AbstractContextManager[Measure]:
    return script(HERE / "post_office_queue.py", str(settings.DATA_DIR), COUNT)


FIGURES = (
    Figure(
        "outgoing, templated and tracked, 2 workers",
        "mails/s",
        ours,
        peer=post_office,
        reference="django-post_office: two processes queue, send_queued(processes=2) with a log row each, same backend",
        goal=1.3,
    ),
    Figure(
        "queue of notifications, 2 workers",
        "rows/s",
        notifications,
        peer=ours,
        reference="the bare outbox: as many mails written from a template and sent, by two processes",
        goal=0.8,
    ),
)
