"""Rows « En attente »: written with what they tell of, in the caller's transaction."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from mailing.models import OutgoingMail
from notifications.defaults import own_of
from notifications.models import Hold, Notification, Reader, TemplateKind
from notifications.models.notification import NotificationQuerySet
from notifications.queue.examining import examine
from portal.bell import ring
from portal.models import Employee, User


def ask(rows: Sequence[Notification]) -> None:
    """Lay `rows` into the queue. What is known to hold one is written on it; the others leave once the firm's time for
    gathering several in one mail is over. What a person asks for by hand leaves at once, or with « Synchroniser » where the
    firm publishes nothing by itself. Of an occasion that was told before nothing is written.
    """
    if not rows:
        return
    now = timezone.now()
    for row, found in zip(rows, examine(rows), strict=True):
        by_hand = row.asked_by_id is not None
        row.hold = found.hold
        row.is_released = not found.hold and (row.firm.publishes_by_itself or not by_hand)
        row.next_attempt_at = now if by_hand else now + timedelta(minutes=row.firm.grouping_minutes)
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    ring(Notification.QUEUE)


def note(
    mail: OutgoingMail,
    *,
    about: Model,
    person: User,
    employee: Employee | None,
    title: str,
    kind: TemplateKind,
) -> Notification:
    """The row of a `mail` that was written at once, as those about accesses are (S3-33): it follows it like any other."""
    assert mail.firm is not None
    assert mail.company is not None
    reader = Reader.EMPLOYEE if employee else Reader.CLIENT
    return Notification.objects.create(
        firm=mail.firm,
        company=mail.company,
        employee=employee,
        about=about,
        person=person,
        title=title[:255],
        template_kind=kind,
        template=own_of(mail.firm, reader, kind),
        occasion=timezone.now(),
        mail=mail,
        sent_to=mail.to_email,
    )


def release(rows: NotificationQuerySet) -> int:
    """Let all of `rows` leave that wait, now; what stops one is asked again. How many there are."""
    waiting = rows.waiting().exclude(hold=Hold.NONE, is_released=True, next_attempt_at__lte=timezone.now())
    count = waiting.update(hold=Hold.NONE, is_released=True, attempts=0, next_attempt_at=timezone.now())
    if count:
        ring(Notification.QUEUE)
    return count


def hasten(rows: NotificationQuerySet) -> int:
    """Of `rows`, those that only wait for others to join them leave now."""
    return release(rows.filter(is_released=True, hold=Hold.NONE))
