"""What became of the mails tells what became of the notifications: nothing is said of one but by its mail (D-44)."""

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from notifications.models import Hold, Notification, NotificationStatus


def settle() -> None:
    """Bring all rows whose mail is written up to date with it: « Envoyé », held, on its way again, or cancelled."""
    written = Notification.objects.filter(status=NotificationStatus.WAITING, mail__isnull=False)
    if not written.exists():
        return
    sent_at = OutgoingMail.objects.filter(pk=OuterRef("mail")).values("sent_at")
    written.filter(mail__status=OutboxStatus.SENT).update(
        status=NotificationStatus.SENT, hold=Hold.NONE, sent_at=Subquery(sent_at)
    )
    stopped = written.filter(mail__status=OutboxStatus.ERROR)
    blocked = stopped.filter(mail__last_status=MailStatus.BLOCKED)
    blocked.exclude(hold=Hold.BLOCKED).update(hold=Hold.BLOCKED)
    stopped.exclude(mail__last_status=MailStatus.BLOCKED).exclude(hold=Hold.FAILED).update(hold=Hold.FAILED)
    on_its_way = (OutboxStatus.QUEUED, OutboxStatus.SENDING)
    written.filter(mail__status__in=on_its_way).exclude(hold=Hold.NONE).update(hold=Hold.NONE)
    written.filter(mail__status=OutboxStatus.CANCELLED).update(
        status=NotificationStatus.CANCELLED, hold=Hold.NONE, cancelled_at=timezone.now()
    )
