"""What became of the mails tells what became of the notifications: nothing is said of one but by its mail (D-44)."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from notifications.models import Hold, Notification, NotificationStatus
from notifications.queue.asking import release
from notifications.queue.examining import NEEDED, examine

LEFT_ALONE = timedelta(minutes=1)  # most mails leave within seconds
MOST = 500  # notifications looked at again at once


def settle() -> None:
    """Bring all rows whose mail is written up to date with it: « Envoyé », held, on its way again, or cancelled.

    What is to be done is read first: a look that finds nothing takes no lock (SQLite has one writer at a time).
    """
    written = Notification.objects.filter(status=NotificationStatus.WAITING, mail__isnull=False)
    stands = written.order_by().values_list("mail__status", "mail__last_status", "hold")
    for status, last_status, hold in stands.distinct():
        fields = become(OutboxStatus(status), last_status)
        if fields.get("status") or fields["hold"] != hold:
            alike = {"mail__status": status, "mail__last_status": last_status, "hold": hold}
            written.filter(**alike).update(**fields)


def become(status: OutboxStatus, last_status: str) -> dict[str, Any]:
    """The fields of a notification whose mail stands so."""
    match status:
        case OutboxStatus.SENT:
            sent_at = OutgoingMail.objects.filter(pk=OuterRef("mail")).values("sent_at")
            return {"status": NotificationStatus.SENT, "hold": Hold.NONE, "sent_at": Subquery(sent_at)}
        case OutboxStatus.CANCELLED:
            return {
                "status": NotificationStatus.CANCELLED,
                "hold": Hold.NONE,
                "cancelled_at": timezone.now(),
            }
        case OutboxStatus.ERROR:
            return {"hold": Hold.BLOCKED if last_status == MailStatus.BLOCKED else Hold.FAILED}
    return {"hold": Hold.NONE}


def look_again() -> None:
    """What happened since a mail was written that has not left yet: it is taken back where one of its notifications is
    held now, and the others leave in a new one."""
    late = timezone.now() - LEFT_ALONE
    rows = Notification.objects.filter(
        status=NotificationStatus.WAITING, mail__status=OutboxStatus.QUEUED, mail__created_at__lt=late
    ).exclude(link_target="")  # an access is announced by its own room
    written = list(rows.select_related(*NEEDED, "about_type", "mail").order_by("pk")[:MOST])
    if not written:
        return
    held = {row.pk: found.hold for row, found in zip(written, examine(written), strict=True) if found.hold}
    for mail in {row.mail for row in written if row.mail and row.pk in held}:
        take_back(mail, held)


@transaction.atomic
def take_back(mail: OutgoingMail, held: dict[int, Hold]) -> None:
    if not OutgoingMail.objects.move(mail.pk, old=OutboxStatus.QUEUED, new=OutboxStatus.CANCELLED):
        return
    keys = set(mail.notifications.filter(status=NotificationStatus.WAITING).values_list("pk", flat=True))
    Notification.objects.filter(pk__in=keys).update(mail=None, is_released=False)
    for pk in keys & held.keys():
        Notification.objects.filter(pk=pk).update(hold=held[pk])
    release(Notification.objects.filter(pk__in=keys - held.keys()))
