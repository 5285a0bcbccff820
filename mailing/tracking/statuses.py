"""The status of a mail: a pure function of the set of its events (D-34). The order of arrival and the clock play no part."""

from collections.abc import Iterable

from mailing.models import MailEvent, MailStatus, Nature, Source

# Lowest first. An error has two places: our own attempt before acceptance, and the provider's word after it.
ATTEMPT_FAILED = "attempt_failed"
RANKS = {
    code: rank
    for rank, code in enumerate(
        (
            ATTEMPT_FAILED,
            MailStatus.SENT,
            MailStatus.DEFERRED,
            MailStatus.SOFT_BOUNCED,
            MailStatus.ERROR,
            MailStatus.DELIVERED,
            MailStatus.OPENED,
            MailStatus.CLICKED,
            MailStatus.UNSUBSCRIBED,
            MailStatus.COMPLAINED,
            MailStatus.BLOCKED,
            MailStatus.INVALID,
            MailStatus.HARD_BOUNCED,
        )
    )
}


def rank(event: MailEvent) -> int:
    if event.code == MailStatus.ERROR and event.source == Source.PORTAL:
        return RANKS[ATTEMPT_FAILED]
    return RANKS[event.status]


def status_of(events: Iterable[MailEvent]) -> MailStatus | None:
    """The highest status among `events`, those of machines left out; None before the first."""
    counted = [event for event in events if event.nature != Nature.MACHINE]
    return max(counted, key=rank).status if counted else None
