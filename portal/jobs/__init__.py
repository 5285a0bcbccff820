"""Long work that a person asked for: laid down as a row, done by a worker a handful at a time, watched from any page.

Each floor declares its kinds of work in its own `jobs.py`, as `WORKS`; portal collects them. What a handful of items
changes and the count that says so are one transaction: killed and taken up again, no item is done twice or left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from time import monotonic, sleep
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from portal import failures
from portal.bell import ANSWER_SECONDS, ring
from portal.models import Firm, Job, JobStatus, User

LEASE = timedelta(seconds=120)
# Between two handfuls others write: SQLite has one writer at a time, and lets whoever waits look every 0.1 s at most.
PAUSE_SECONDS = 0.12
REPORT_LINES = 500  # what a person may still read; the count goes on


@dataclass(frozen=True)
class Work:
    """A kind of long work.

    `write(job, items, made)` does a handful of items within the transaction that counts them, and returns lines for the
    report, in French. What takes time without the database (pages, files) is `make(job, items)`, before that
    transaction; it may run twice for the same items. `end(job)` is called once all are done, in the last transaction.
    """

    kind: str
    write: Callable[[Job, list, Any], Sequence[str]]
    make: Callable[[Job, list], Any] = lambda job, items: None
    end: Callable[[Job], Sequence[str]] = lambda job: ()
    at_once: int = 25


@cache
def works() -> dict[str, Work]:
    """All kinds of work by name: the `WORKS` of the installed apps' `jobs` modules, this one left out."""
    modules = [
        import_module(f"{app.name}.jobs")
        for app in apps.get_app_configs()
        if app.name != "portal" and module_has_submodule(app.module, "jobs")
    ]
    return {work.kind: work for module in modules for work in module.WORKS}


def start(work: Work, title: str, items: Sequence, *, firm: Firm, by: User, **asked) -> Job:
    """Lay down work on `items` (ids or choices that JSON holds, never a secret), in the caller's transaction."""
    job = Job.objects.create(
        firm=firm,
        by=by,
        kind=work.kind,
        title=title[:200],
        asked={**asked, "items": list(items)},
        total=len(items),
    )
    ring(Job.QUEUE)
    return job


def go_on(job: Job) -> None:
    """Work on a claimed row until it is over, stopped, or the worker's turn is; then the row is free for the next turn."""
    work, until = works()[job.kind], monotonic() + ANSWER_SECONDS
    try:
        while not job.is_over and step(work, job):
            if monotonic() > until:
                job.mine().update(attempts=0, next_attempt_at=timezone.now())
                ring(Job.QUEUE)
                return
            sleep(PAUSE_SECONDS)
    except Exception as error:
        if job.is_last_attempt:
            failures.give_up(job, str(error) or type(error).__name__, title=job.title, firm=job.firm)
        else:
            job.later()
        raise


def step(work: Work, job: Job) -> bool:
    """Do the next handful of `job`; False where the row is ours no more, or was stopped."""
    items = job.asked["items"][job.done : job.done + work.at_once]
    made = work.make(job, items)
    before = job.done
    with transaction.atomic():
        is_over = before + len(items) >= job.total
        ours = job.mine().filter(done=before, status=JobStatus.RUNNING)
        # First the claim on these items, under the row's lock: whoever comes second writes nothing.
        if not ours.update(done=before + len(items), next_attempt_at=timezone.now() + LEASE):
            job.refresh_from_db()
            return False
        report = [*job.report, *work.write(job, items, made)]
        if is_over:
            report += work.end(job)
        job.done, job.report = before + len(items), report[:REPORT_LINES]
        if is_over:
            job.status, job.ended_at = JobStatus.DONE, timezone.now()
        job.save(update_fields=["report", "status", "ended_at"])
    return True


@transaction.atomic
def stop(job: Job) -> bool:
    """A person stops it: what is done stays done; False where it is over already."""
    for status in Job.WAITING:
        if Job.objects.move(job.pk, old=status, new=JobStatus.CANCELLED, ended_at=timezone.now()):
            return True
    return False
