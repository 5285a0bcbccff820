"""What could not be handled is a failed task: nothing is lost, a person sees it and can retry."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import history, told
from portal.bell import ring
from portal.models import Company, FailedTask, Firm, User
from portal.models.failed_task import TaskStatus
from portal.moves import Queued


@transaction.atomic
def give_up(
    row: Queued, reason: str, *, title: str, firm: Firm | None, company: Company | None = None, **fields
) -> bool:
    """After the last attempt: `row` becomes failed, with `fields`, and a task says why; False where it moved meanwhile."""
    if not row.move_to_failed(**fields):
        return False
    report(row, reason, title=title, firm=firm, company=company)
    return True


def report(
    row: Queued, reason: str, *, title: str, firm: Firm | None, company: Company | None = None
) -> None:
    """Open a task about `row`, which itself is left as it is: something that a person must see."""
    _task, opened = FailedTask.objects.get_or_create(
        about_type=ContentType.objects.get_for_model(row),
        about_id=row.pk,
        status=TaskStatus.OPEN,
        defaults={"title": title[:200], "reason": reason[:500], "firm": firm, "company": company},
    )
    if opened:
        ring("events", task="announcements")


@transaction.atomic
def retry(row: Queued, *, by: User) -> bool:
    """A person tries a failed row again: it waits like a new one, and its task is closed.

    False where it is not failed, or where something stands in the way still, which is told.
    """
    if why := row.why_not_yet():
        told.tell(why)
        return False
    if not row.retry():
        return False
    close(open_tasks(row), TaskStatus.RETRIED, by)
    return True


@transaction.atomic
def done(task: FailedTask, *, by: User) -> bool:
    """A person says that nothing more is to be done; False where the task was closed before."""
    return close(FailedTask.objects.open().filter(pk=task.pk), TaskStatus.DONE, by) == 1


def open_tasks(row: Queued):
    return FailedTask.objects.open().filter(
        about_type=ContentType.objects.get_for_model(row), about_id=row.pk
    )


def close(tasks, status: TaskStatus, by: User | None) -> int:
    """`by` is None for the administrator of the deployment, who works by commands (D-03)."""
    text = {
        TaskStatus.RETRIED: _("%(name)s relance : %(task)s"),
        TaskStatus.DONE: _("%(name)s clôt : %(task)s"),
    }
    closed = 0
    for task in tasks:
        if FailedTask.objects.move(
            task.pk, old=TaskStatus.OPEN, new=status, closed_at=timezone.now(), closed_by=by
        ):
            closed += 1
            history.record(
                task,
                status.value,
                text[status] % {"name": by or _("l’administrateur du déploiement"), "task": task.title},
                company=task.company,
                firm=task.firm,
                by=by,
                internal=True,
            )
    return closed
