"""What a refusal means (T2 and the note above it): by its enhanced status (RFC 3463), else by its words.

One reading for whoever brings the refusal: a provider's event, a delivery report, the SMTP dialogue.
"""

import re
from dataclasses import dataclass
from typing import Literal

from mailing.models import Cause, MailStatus, Nature

ENHANCED_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])(?:(4)[2-5]|(5)[0-7])\d(?=[ \-#:;)]|$)")
# Mail servers say « nothing more to say » with these; then their words count.
VAGUE = ("0.0", "3.0", "5.0", "2.0", "4.0", "1.0")
DOMAIN_GONE = ("1.2", "1.10", "4.4", "4.310")
TOO_BIG = ("2.3", "3.4")

FULL = re.compile(
    r"mailbox.{0,30}\bfull|full mailbox|(?:over|exceed\w*)\W.{0,25}\b(?:quota|storage)|quota.{0,20}(?:exceed|excede)|"
    r"insufficient (?:system )?storage|mailbox size limit|bo[iî]te.{0,15}pleine|too much mail data|over ?quota|"
    r"not enough (?:storage|disk) space|disk quota|account is full|mailfolder is full|out of quota",
    re.IGNORECASE,
)
BLOCKED = re.compile(
    r"black ?-?list|block ?-?list|blacklisted|\bspam\b|\bbanned\b|\bdnsbl\b|\brbl\b|spamhaus|policy (?:reasons|violation)|"
    r"unsolicited|unwanted (?:mail|messages)|reputation|\bdmarc\b|"
    r"relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed))|"
    r"blocked (?:by|using|for|because)|unacceptable content|reverse dns|\bspf\b|rdns",
    re.IGNORECASE,
)
NO_DOMAIN = re.compile(
    r"host (?:or domain name )?(?:unknown|not found(?!,? try again))|unknown host|no such (?:domain|host)|"
    r"domain (?:does not exist|not found|"
    r"is not valid)|nxdomain|unrouteable|unroutable|couldn't find any host|null mx|does(?: not|n't) accept (?:e?mail|smtp)|"
    r"name or service not known|bad destination host|illegal host/domain|no mx record|domain is not reachable|"
    r"not accepting network messages",
    re.IGNORECASE,
)
NO_ADDRESS = re.compile(
    r"(?:user|recipient|mailbox|account|address|alias|destinat\w+)\b.{0,80}?"
    r"(?:unknown|not (?:be )?found|does(?:n't| not) exist|not exist|invalid|unavailable|not listed|no longer|"
    r"not (?:a )?(?:known|valid|registered)|disabled|inactive|not local)|"
    r"(?:unknown|invalid|no such|bad|non-?existent|not a valid|undefined) (?:local )?(?:[\w-]+ )?"
    r"(?:user|recipient|mailbox|account|address|name|local.part)|no mailbox (?:here )?by that name|user not known|"
    r"no such (?:user|person|recipient)|unknown user|not our customer|destinataire inconnu|adresse inconnue|"
    r"does not have an account|has moved|is not a valid mailbox|can't find .{0,60}address",
    re.IGNORECASE,
)
MAY_PASS = re.compile(
    r"tim(?:ed|e) ?-?out|connection (?:refused|reset|lost|timed|closed)|no route to host|too long|retry time|expired|"
    r"try (?:again|later)|temporar|too many|rate (?:limit|exceed)|at a rate|gr[ae]y.?list|queue|"
    r"could not be delivered for|could not be reached|unreachable|loop|try reconnecting|deferr|"
    r"unable to (?:connect|contact|make)|too fast|internal (?:system|server) error",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Meaning:
    """One of the twelve statuses, how sure we are of it, and why."""

    code: MailStatus
    nature: Nature = Nature.OBSERVED
    cause: Cause | Literal[""] = ""


def bounce(said: MailStatus, reason: str) -> Meaning:
    """A refusal from the recipient's side, from the words that came with it.

    In the order of T2's note: x.2.2 a full mailbox, 5.7.x blocked, 5.1.x a bad address or domain, then 4.x.x; else
    what the words say, and where they say nothing `said`, with an unknown cause.
    """
    found = [match.groups() for match in ENHANCED_STATUS.finditer(reason)]
    statuses = [(kind, subject, f"{subject}.{detail}") for kind, subject, detail in found]
    places = {place for _kind, _subject, place in statuses}
    refused = {(subject, place) for kind, subject, place in statuses if kind == "5" and place not in VAGUE}
    if "2.2" in places:
        return Meaning(MailStatus.SOFT_BOUNCED, cause=Cause.MAILBOX_FULL)
    if any(subject == "7" for subject, _place in refused):
        return Meaning(MailStatus.BLOCKED, cause=Cause.MAILBOX_BLOCKED)
    if any(place in DOMAIN_GONE for _subject, place in refused):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.DOMAIN)
    if any(subject == "1" for subject, _place in refused):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.ADDRESS)
    for kind, subject, place in statuses:
        if kind == "4":
            return Meaning(MailStatus.SOFT_BOUNCED, cause=passing_cause(subject, place, reason))
    if places & set(TOO_BIG) and said == MailStatus.SOFT_BOUNCED:
        return Meaning(said, cause=Cause.CONTENT)
    return by_words(said, reason)


def by_words(said: MailStatus, reason: str) -> Meaning:
    """A refusal without a status that says anything: what mail servers write in its place."""
    reason = " ".join(reason.split())
    reply = REPLY_CODE.search(reason)
    if reply and reply[1]:
        return Meaning(MailStatus.SOFT_BOUNCED, cause=passing_cause("", "", reason))
    if FULL.search(reason):
        return Meaning(MailStatus.SOFT_BOUNCED, cause=Cause.MAILBOX_FULL)
    if BLOCKED.search(reason):
        return Meaning(MailStatus.BLOCKED, cause=Cause.MAILBOX_BLOCKED)
    if NO_DOMAIN.search(reason):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.DOMAIN)
    if NO_ADDRESS.search(reason):
        return Meaning(MailStatus.HARD_BOUNCED, cause=Cause.ADDRESS)
    if MAY_PASS.search(reason):
        return Meaning(MailStatus.SOFT_BOUNCED, cause=Cause.OFFLINE)
    return Meaning(said, cause=Cause.UNKNOWN)


def passing_cause(subject: str, place: str, reason: str) -> Cause:
    """The cause of S2-09 for a status 4.x.x."""
    if FULL.search(reason):
        return Cause.MAILBOX_FULL
    if place in TOO_BIG:
        return Cause.CONTENT
    if subject == "7":
        return Cause.FILTERING
    return Cause.OFFLINE if subject in ("3", "4") else Cause.UNKNOWN


def deferral(reason: str) -> Meaning:
    """A delivery that is tried again: « Retardée », with the cause that the words give (S2-18)."""
    read = bounce(MailStatus.SOFT_BOUNCED, reason)
    cause = read.cause if read.code == MailStatus.SOFT_BOUNCED else Cause.FILTERING
    return Meaning(MailStatus.DEFERRED, cause="" if cause == Cause.UNKNOWN else cause)
