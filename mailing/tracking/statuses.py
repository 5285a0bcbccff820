"""The status of a mail: a pure function of the set of its events (D-34). The order of arrival and the clock play no part."""

from collections.abc import Iterable

from mailing.models import MailEvent, MailStatus, Nature, Source

# What our own attempts met before a server took the mail: it counts as long as none has.
OF_AN_ATTEMPT = (
    MailStatus.DEFERRED,
    MailStatus.SOFT_BOUNCED,
    MailStatus.BLOCKED,
    MailStatus.INVALID,
    MailStatus.HARD_BOUNCED,
)

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
    """The highest status among `events`, those of machines left out; None before the first.

    A mail that was refused at first and accepted later has not been refused: where the set holds our « Envoyé », what
    our own attempts met does not count.
    """
    counted = [event for event in events if event.nature != Nature.MACHINE]
    if any(event.code == MailStatus.SENT and event.source == Source.PORTAL for event in counted):
        counted = [e for e in counted if not (e.source == Source.PORTAL and e.code in OF_AN_ATTEMPT)]
    return max(counted, key=rank).status if counted else None
