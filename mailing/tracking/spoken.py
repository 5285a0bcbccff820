"""Reports that mail servers write in their own words, as people read them: pure functions of the text."""

import re

from mailing.models import MailStatus, Nature
from mailing.receiving.sender import clean_address
from mailing.tracking.refusals import Meaning, bounce, deferral

MAX_TEXT = 64 * 1024
# From here on the report repeats the mail that came back: its words are ours, not the server's.
ORIGINAL = re.compile(
    r"^[ \t>]*(?:-+ *(?:below this line is a copy|this is a copy of|original message|returned message|"
    r"the (?:header|body) of the original|(?:unsent|undelivered) message|message header|\d+ [a-z]* ?headers? of)|"
    r"-{3,} *(?:original|forwarded|returned|enclosed)|original message (?:follows|headers?)|"
    r"(?:your|the) (?:original )?message (?:headers? )?(?:follows|is as follows|below)|"
    r"received: (?:from|by|\(qmail)|return-path: *<|mime-version: *1\.0|dkim-signature:|"
    r"message-id: *<|x-mailer:|x-originating-ip:)",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
ABOUT_DELIVERY = re.compile(
    r"undeliver|deliver.{0,40}(?:fail|error|delay|status)|fail\w*.{0,30}(?:deliver|notice)|returned (?:mail|to sender)|"
    r"mail system error|bounce|are not member|notification message",
    re.IGNORECASE,
)
FINAL = re.compile(r"(?<![\d.])5(?:\d\d|\.\d+\.\d+)(?![\d.])")
DELAYED = re.compile(
    r"\(delay\)|delayed|delivery to the following recipients? has been delayed|will (?:be retried|retry|keep trying|"
    r"continue to)|this is (?:only )?a warning|no action is required|still (?:trying|being)",
    re.IGNORECASE,
)
COMPLAINT = re.compile(
    r"complaint about message from|abuse report|this is an email abuse report|"
    r"^(?:unsubscribe|désinscription|désabonnement)$|[\"']?notificationType[\"']? *: *[\"']complaint",
    re.IGNORECASE,
)
ARRIVED = re.compile(
    r"[\"']?notificationType[\"']? *: *[\"']delivery|successfully delivered|was delivered to", re.IGNORECASE
)


def meaning_of(subject: str, text: str, *, is_report: bool) -> Meaning | None:
    """What a report in free words means; None where it is none. What is read off words is « déduit ».

    `is_report`: its marks say that a mail server wrote it, in whatever language.
    """
    if COMPLAINT.search(subject) or COMPLAINT.search(text[:2000]):
        return Meaning(MailStatus.COMPLAINED, Nature.DEDUCED)
    if not (is_report or ABOUT_DELIVERY.search(subject)):
        return None  # a person may write « user unknown » too
    if ARRIVED.search(text[:4000]):
        return Meaning(MailStatus.DELIVERED, Nature.DEDUCED)
    if DELAYED.search(subject) or DELAYED.search(text):
        return Meaning(MailStatus.DEFERRED, Nature.DEDUCED, deferral(text).cause)
    said = MailStatus.HARD_BOUNCED if FINAL.search(text) else MailStatus.SOFT_BOUNCED
    refused = bounce(said, text)
    return Meaning(refused.code, Nature.DEDUCED, refused.cause)


def about(recipient: str, text: str) -> str:
    """The lines of `text` about `recipient`, up to the next address; all of it where it is not named."""
    lines = text.splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.lstrip(" \t<").lower().startswith(recipient)
    ]
    if not recipient or not starts:
        return text
    end = next(
        (
            number
            for number in range(starts[0] + 1, len(lines))
            if ADDRESS.match(lines[number].lstrip(" \t<"))
        ),
        len(lines),
    )
    return "\n".join(lines[starts[0] : end])


def before_the_original(text: str) -> str:
    """`text` up to where it repeats the mail that came back."""
    text = text[:MAX_TEXT]
    found = ORIGINAL.search(text)
    return text[: found.start()] if found else text


def addresses_in(text: str) -> list[str]:
    """The addresses that stand in `text`, in order, each once."""
    return list(dict.fromkeys(filter(None, map(clean_address, ADDRESS.findall(text)))))


def quoted(text: str) -> str:
    """The line that tells the reason, for people: the first with a code, else the first words."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    with_code = (line for line in lines if re.search(r"(?<![\d.])[45](?:\d\d\b|\.\d+\.\d+)", line))
    return next(with_code, " ".join(lines[:3]))[:500]
