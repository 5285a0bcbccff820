"""What a person does about notifications: cancel, send again, « Notification forcée » (S3-34, S3-35, S3-39)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.models import OutboxStatus, OutgoingMail
from notifications.models import Hold, Notification, NotificationStatus
from notifications.queue.asking import release
from portal import failures, history
from portal.models import User
from portal.models.failed_task import TaskStatus


@dataclass(frozen=True)
class Resent:
    """How many leave, or wait for « Synchroniser »; `held` with why each other one stays, in French."""

    count: int
    held: tuple[str, ...] = ()


@transaction.atomic
def cancel(rows: Iterable[Notification], *, by: User) -> list[Notification]:
    """En attente → Annulé; those that were. A mail that has not left yet is cancelled with its notifications."""
    cancelled = []
    for row in rows:
        mail = row.mail
        if mail is not None and not withdrawn(mail):
            continue
        gone = {"cancelled_at": timezone.now(), "cancelled_by": by, "hold": Hold.NONE, "is_released": False}
        waiting = NotificationStatus.WAITING
        if Notification.objects.move_row(row, old=waiting, new=NotificationStatus.CANCELLED, **gone):
            cancelled.append(row)
            record(row, "cancelled", _("%(by)s annule la notification « %(title)s »"), by)
    return cancelled


def withdrawn(mail: OutgoingMail) -> bool:
    """Is `mail`, which tells of a notification, out of the outbox by this, or already? One that names others too stays."""
    if mail.notifications.filter(status=NotificationStatus.WAITING).count() > 1:
        return False
    for status in (OutboxStatus.QUEUED, OutboxStatus.ERROR):
        if OutgoingMail.objects.move(mail.pk, old=status, new=OutboxStatus.CANCELLED):
            failures.close(failures.open_tasks(mail), TaskStatus.DONE, None)
            return True
    return False


@transaction.atomic
def resend(rows: Sequence[Notification], *, by: User, is_forced: bool = False) -> Resent:
    """« Renvoyer » (S3-35, S3-39): what waits is tried again, to the address as it is now; what was sent or cancelled is
    told again by what it is about, as the grid counts now. Without « Notification forcée » nobody hears twice of a thing.

    With « Synchronisation automatique » they leave at once, else with the next « Synchroniser ».
    """
    released, held = 0, []
    again = defaultdict[Any, list[Notification]](list)
    for row in rows:
        if row.status == NotificationStatus.WAITING:
            released += try_again(row, by=by, is_forced=is_forced)
        elif row.about is None or not hasattr(type(row.about), "tell_again"):
            held.append(_("« %(title)s » ne se renvoie pas d’ici") % {"title": row.title})
        elif row.status == NotificationStatus.SENT and not is_forced:
            held.append(_("« %(title)s » : %(hold)s") % {"title": row.title, "hold": Hold.ALREADY_TOLD.label})
        else:
            again[type(row.about)].append(row)
    for model, found in again.items():
        things = {row.about_id: row.about for row in found}
        made = model.tell_again(list(things.values()), by=by, is_forced=is_forced)
        released += sum(not row.hold for row in made)
        held += [
            _("« %(title)s » : %(hold)s") % {"title": row.title, "hold": Hold(row.hold).label}
            for row in made
            if row.hold
        ]
    return Resent(released, tuple(held))


def try_again(row: Notification, *, by: User, is_forced: bool) -> bool:
    """Let a row leave that waits; the mail that could not leave is given up for a new one."""
    if row.mail is not None and (row.hold not in (Hold.FAILED, Hold.BLOCKED) or not withdrawn(row.mail)):
        return False
    mine = Notification.objects.filter(pk=row.pk, status=NotificationStatus.WAITING, mail=row.mail_id)
    if not mine.update(mail=None, asked_by=by, is_forced=row.is_forced or is_forced):
        return False
    failures.close(failures.open_tasks(row), TaskStatus.RETRIED, by)
    leaves_now = row.firm.publishes_by_itself
    if leaves_now:
        release(Notification.objects.filter(pk=row.pk))
    else:
        Notification.objects.filter(pk=row.pk).update(hold=Hold.NONE, is_released=False)
    record(row, "resent", _("%(by)s relance la notification « %(title)s »"), by)
    return True


def record(row: Notification, verb: str, text: str, by: User) -> None:
    said = text % {"by": by, "title": row.title}
    history.record(row, verb, said, company=row.company, firm=row.firm, by=by, internal=True)
