"""What could not be handled is a failed task: nothing is lost, a person sees it and can retry."""

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
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


def retry_task(task: FailedTask, *, by: User) -> bool:
    """The same for a task of the worklist; where nothing is tried again, `by` is told why."""
    if task.is_open and task.about and retry(task.about, by=by):
        return True
    if not tell_closed(task) and not (task.about and task.about.has_failed()):
        told.tell(
            _("« %(task)s » : il n’y a plus rien à relancer, clôturez la tâche.") % {"task": task.title}
        )
    return False


def tell_closed(task: FailedTask) -> bool:
    """Where `task` is closed meanwhile, say who was faster."""
    task.refresh_from_db(fields=["status", "closed_by", "owner"])
    if task.is_open:
        return False
    who = task.closed_by or _("l’administrateur du déploiement")
    told.tell(_("« %(task)s » : %(name)s l’a déjà traitée.") % {"task": task.title, "name": who})
    return True


@transaction.atomic
def done(task: FailedTask, *, by: User) -> bool:
    """A person says that nothing more is to be done; False where the task was closed before, which is told."""
    closed = close(FailedTask.objects.open().filter(pk=task.pk), TaskStatus.DONE, by) == 1
    if not closed:
        tell_closed(task)
    return closed


def reopen(task: FailedTask, *, by: User) -> bool:
    """« Rouvrir » : what was closed by hand is to be done again.

    False where it is not closed, or where the same thing has failed again since, which has a task of its own.
    """
    try:
        with transaction.atomic():
            fields = {"closed_at": None, "closed_by": None}
            if not FailedTask.objects.move(task.pk, old=TaskStatus.DONE, new=TaskStatus.OPEN, **fields):
                return False
            record(task, "reopened", _("%(name)s rouvre : %(task)s") % {"name": by, "task": task.title}, by)
    except IntegrityError:
        told.tell(_("« %(task)s » est déjà à traiter.") % {"task": task.title})
        return False
    return True


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
            who = by or _("l’administrateur du déploiement")
            record(task, status.value, text[status] % {"name": who, "task": task.title}, by)
    return closed


def record(task: FailedTask, verb: str, text: str, by: User | None) -> None:
    history.record(task, verb, text, company=task.company, firm=task.firm, by=by, internal=True)
