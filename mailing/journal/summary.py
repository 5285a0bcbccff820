"""What became of the mails of the last thirty days, in one line: « 64 envoyés · 61 délivrés · 1 rejeté »."""

from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from mailing.models import MailStatus

DAYS = 30
ARRIVED = (MailStatus.DELIVERED, MailStatus.OPENED, MailStatus.CLICKED, MailStatus.UNSUBSCRIBED)
REFUSED = (
    MailStatus.SOFT_BOUNCED,
    MailStatus.HARD_BOUNCED,
    MailStatus.BLOCKED,
    MailStatus.INVALID,
    MailStatus.COMPLAINED,
)


def summary(mails: QuerySet) -> list[str]:
    """The counts that are not zero, as words; one query. All that has left is « envoyé »."""
    lately = mails.filter(created_at__gt=timezone.now() - timedelta(days=DAYS)).exclude(last_status="")
    by_status = dict(lately.order_by().values_list("last_status").annotate(Count("pk")))

    def counted(*statuses: MailStatus) -> int:
        return sum(by_status.get(status, 0) for status in statuses)

    counts = (
        (sum(by_status.values()), lambda n: ngettext("%(n)s envoyé", "%(n)s envoyés", n)),
        (counted(*ARRIVED), lambda n: ngettext("%(n)s délivré", "%(n)s délivrés", n)),
        (counted(MailStatus.DEFERRED), lambda n: ngettext("%(n)s retardé", "%(n)s retardés", n)),
        (counted(*REFUSED), lambda n: ngettext("%(n)s rejeté", "%(n)s rejetés", n)),
        (counted(MailStatus.ERROR), lambda n: ngettext("%(n)s en erreur", "%(n)s en erreur", n)),
    )
    return [words(count) % {"n": count} for count, words in counts if count]
