"""What each provider's events mean (T2), read from the raw event: Anymail's normalised type merges soft and hard bounces."""

import re
from dataclasses import dataclass

from mailing.models import Cause, MailStatus, Nature

BREVO = {
    "request": MailStatus.SENT,
    "delivered": MailStatus.DELIVERED,
    "soft_bounce": MailStatus.SOFT_BOUNCED,
    "hard_bounce": MailStatus.HARD_BOUNCED,
    "click": MailStatus.CLICKED,
    "opened": MailStatus.OPENED,
    "unique_opened": MailStatus.OPENED,
    "proxy_open": MailStatus.OPENED,
    "unique_proxy_open": MailStatus.OPENED,
    "spam": MailStatus.COMPLAINED,
    "complaint": MailStatus.COMPLAINED,
    "blocked": MailStatus.BLOCKED,
    "invalid_email": MailStatus.INVALID,
    "unsubscribe": MailStatus.UNSUBSCRIBED,
    "unsubscribed": MailStatus.UNSUBSCRIBED,
    "deferred": MailStatus.DEFERRED,
    "error": MailStatus.ERROR,
}
BREVO_MACHINES = ("proxy_open", "unique_proxy_open")  # Apple Mail fetches every picture: nobody has read it

ENHANCED_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True)
class Meaning:
    code: MailStatus
    nature: Nature = Nature.OBSERVED
    cause: Cause | str = ""


def brevo(event: dict) -> Meaning | None:
    """What a Brevo event means, or None for one that says nothing of a mail (`list_addition` …).

    Source: https://developers.brevo.com/docs/transactional-webhooks; T2 and its note.
    """
    code = BREVO.get(str(event.get("event")))
    if code is None:
        return None
    nature = Nature.MACHINE if event["event"] in BREVO_MACHINES else Nature.OBSERVED
    if code in (MailStatus.SOFT_BOUNCED, MailStatus.HARD_BOUNCED):
        return bounce(code, str(event.get("reason") or ""))
    return Meaning(code, nature)


def bounce(said: MailStatus, reason: str) -> Meaning:
    """A refusal from the recipient's side, by its enhanced status (RFC 3463) where the reason has one.

    In the order of T2's note: x.2.2 a full mailbox, 5.7.x blocked, 5.1.x a bad address or domain; else what the
    provider said, with an unknown cause.
    """
    found = ENHANCED_STATUS.search(reason)
    kind, subject, detail = found.groups() if found else ("", "", "")
    if (subject, detail) == ("2", "2"):
        return Meaning(MailStatus.SOFT_BOUNCED, cause=Cause.MAILBOX_FULL)
    if (kind, subject) == ("5", "7"):
        return Meaning(MailStatus.BLOCKED, cause=Cause.MAILBOX_BLOCKED)
    if (kind, subject, detail) in (("5", "1", "2"), ("5", "4", "4")):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.DOMAIN)
    if (kind, subject) == ("5", "1"):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.ADDRESS)
    if kind == "4":
        return Meaning(MailStatus.SOFT_BOUNCED, cause=Cause.OFFLINE if subject == "4" else Cause.UNKNOWN)
    return Meaning(said, cause=Cause.UNKNOWN)
