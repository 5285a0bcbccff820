"""What became of the mails tells what became of the notifications: nothing is said of one but by its mail (D-44)."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from notifications.models import Hold, Notification, NotificationStatus


def settle() -> None:
    """Bring all rows whose mail is written up to date with it: « Envoyé », held, on its way again, or cancelled.

    What is to be done is read first: a look that finds nothing takes no lock (SQLite has one writer at a time).
    """
    written = Notification.objects.filter(status=NotificationStatus.WAITING, mail__isnull=False)
    for status, last_status, hold in written.values_list(
        "mail__status", "mail__last_status", "hold"
    ).distinct():
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
