"""What a person does about notifications: cancel, send again, « Notification forcée » (S3-34, S3-35, S3-39)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.models import OutboxStatus, OutgoingMail
from notifications.models import Hold, Notification, NotificationStatus
from notifications.queue.asking import release
from notifications.queue.examining import NEEDED, examine
from portal import failures, history
from portal.models import User
from portal.models.failed_task import TaskStatus


@dataclass(frozen=True)
class Resent:
    """How many leave, or wait for « Synchroniser »; `held` with why each other one stays, in French."""

    count: int
    held: tuple[str, ...] = ()


@transaction.atomic
def cancel(rows: Sequence[Notification], *, by: User) -> list[Notification]:
    """En attente → Annulé; those that were. A mail that has not left yet is cancelled with its notifications, unless it
    tells of others too."""
    keys, cancelled = {row.pk for row in rows}, []
    for row in rows:
        if row.mail is not None and not withdrawn(row.mail, keys):
            continue
        gone = {"cancelled_at": timezone.now(), "cancelled_by": by, "hold": Hold.NONE, "is_released": False}
        waiting = NotificationStatus.WAITING
        if Notification.objects.move_row(row, old=waiting, new=NotificationStatus.CANCELLED, **gone):
            cancelled.append(row)
            record(row, "cancelled", _("%(by)s annule la notification « %(title)s »"), by)
    return cancelled


def withdrawn(mail: OutgoingMail, keys: Collection[int] | QuerySet) -> bool:
    """Is `mail`, which told of no other notification than `keys`, out of the outbox by this, or already?"""
    others = mail.notifications.filter(status=NotificationStatus.WAITING).exclude(pk__in=keys)
    if others.exists():
        return False
    for status in (OutboxStatus.QUEUED, OutboxStatus.ERROR):
        if OutgoingMail.objects.move(mail.pk, old=status, new=OutboxStatus.CANCELLED):
            failures.close(failures.open_tasks(mail), TaskStatus.DONE, None)
            return True
    return OutgoingMail.objects.filter(pk=mail.pk, status=OutboxStatus.CANCELLED).exists()


@transaction.atomic
def resend(rows: Sequence[Notification], *, by: User, is_forced: bool = False) -> Resent:
    """« Renvoyer » (S3-35, S3-39): what waits is tried again, to the address as it is now; what was sent or cancelled is
    told again by what it is about, as the grid counts now. Without « Notification forcée » nobody hears twice of a thing.

    With « Synchronisation automatique » they leave at once, else with the next « Synchroniser ».
    """
    held, tried = [], set[int]()
    again = defaultdict[Any, list[Notification]](list)
    for row in rows:
        if why := why_not_resent(row, is_forced=is_forced):
            held.append(said(row.title, why))
        elif row.status == NotificationStatus.WAITING:
            tried |= try_again(row, by=by, is_forced=is_forced)
        else:
            again[type(row.about)].append(row)
    made = list(
        Notification.objects.filter(pk__in=tried).select_related(*NEEDED, "about_type").order_by("pk")
    )
    for one, found in zip(made, examine(made), strict=True):
        one.hold = found.hold
    for model, others in again.items():
        things = {row.about_id: row.about for row in others}
        made += model.tell_again(list(things.values()), by=by, is_forced=is_forced)
    return outcome(made, held)


def is_of_an_access(row: Notification) -> bool:
    """It announces an access, by a text of its own: the grid of accesses writes it again."""
    return not row.link_target


def is_on_its_way(row: Notification) -> bool:
    """Its mail is written and may leave at any moment."""
    is_stopped = row.hold in (Hold.FAILED, Hold.BLOCKED)
    return row.status == NotificationStatus.WAITING and row.mail_id is not None and not is_stopped


def why_not_resent(row: Notification, *, is_forced: bool) -> str:
    """Why « Renvoyer » leaves `row` as it is, in French; "" where it does not."""
    if is_of_an_access(row):
        return _("se renvoie depuis « Droits d’accès »")
    if is_on_its_way(row):
        return _("déjà en cours d’envoi")
    if row.status == NotificationStatus.WAITING:
        return ""
    if row.about is None or not hasattr(type(row.about), "tell_again"):
        return _("ne se renvoie pas d’ici")
    return str(Hold.ALREADY_TOLD.label) if row.status == NotificationStatus.SENT and not is_forced else ""


def outcome(made: Sequence[Notification], held: Sequence[str]) -> Resent:
    """Of rows that were tried again or written anew, beside what was left as it is."""
    stay = [said(row.title, Hold(row.hold).label) for row in made if row.hold]
    return Resent(len(made) - len(stay), (*held, *stay))


def said(title: str, why: object) -> str:
    return _("« %(title)s » : %(why)s") % {"title": title, "why": why}


def try_again(row: Notification, *, by: User, is_forced: bool) -> set[int]:
    """Let a row leave that waits, by key; a mail that could not leave is given up, and all that it told of leaves anew."""
    mine = Notification.objects.filter(status=NotificationStatus.WAITING)
    if row.mail is None:
        mine = mine.filter(pk=row.pk, mail=None)
    else:
        mine = mine.filter(mail=row.mail_id)
        if not withdrawn(row.mail, mine.values("pk")):
            return set()
    keys = set(mine.select_for_update().values_list("pk", flat=True))
    ours = Notification.objects.filter(pk__in=keys)
    ours.update(mail=None, asked_by=by, hold=Hold.NONE, is_released=False)
    if is_forced:
        ours.update(is_forced=True)
    if row.firm.publishes_by_itself:
        release(ours)
    for one in ours:
        failures.close(failures.open_tasks(one), TaskStatus.RETRIED, by)
        record(one, "resent", _("%(by)s relance la notification « %(title)s »"), by)
    return keys


def record(row: Notification, verb: str, text: str, by: User) -> None:
    said = text % {"by": by, "title": row.title}
    history.record(row, verb, said, company=row.company, firm=row.firm, by=by, internal=True)
