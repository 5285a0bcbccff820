"""Reports about mails that the portal sent, read from their raw bytes: pure, with limits, never raises.

Delivery reports (RFC 3464), abuse reports (RFC 5965), and what mail servers write that follow neither: there the words
tell, and a library (flufl.bounce) has a second look at whom they concern.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes

from flufl.bounce import scan_message

from mailing.models import Cause, MailStatus, Nature
from mailing.receiving.headers import decode_bytes, end_of_headers, fields, one_line
from mailing.receiving.loops import Marks, marks_of
from mailing.receiving.sender import clean_address
from mailing.receiving.skeleton import MAX_HEADER_BYTES, Unreadable
from mailing.receiving.structure import Budget, Leaf, leaves_of
from mailing.tracking import spoken
from mailing.tracking.refusals import Meaning, bounce, deferral

logger = logging.getLogger(__name__)

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
ARRIVED = {
    "delivered": Nature.OBSERVED,
    "relayed": Nature.DEDUCED,  # handed to a server that reports no more (RFC 3464, 2.3.3)
    "expanded": Nature.DEDUCED,  # arrived at a list
}
NO_COMPLAINTS = ("not-spam",)
MAX_RECIPIENTS = 100
MAX_SECOND_LOOK = 256 * 1024


@dataclass(frozen=True)
class Outcome:
    """What became of the mail for one recipient; `said` are the words of the report."""

    recipient: str
    meaning: Meaning
    said: str = ""


@dataclass(frozen=True)
class Report:
    """`outcomes` is empty for what reports nothing, such as an absence. `paths`: the return paths of the mail that the
    report speaks of, as it gives them. `marks`: those of the report itself."""

    outcomes: tuple[Outcome, ...] = ()
    paths: tuple[str, ...] = ()
    marks: Marks = Marks()


def read(raw: bytes) -> Report:
    """What a report says, for each recipient. Time and memory are bounded by its size (T48)."""
    end, _body = end_of_headers(raw, 0, min(len(raw), MAX_HEADER_BYTES))
    top = fields(raw[:end])
    try:
        leaves = leaves_of(raw, Budget())
        marks = marks_of(top, {leaf.type for leaf in leaves})
        return Report(tuple(_outcomes(raw, leaves, marks))[:MAX_RECIPIENTS], tuple(_paths(leaves)), marks)
    except Unreadable:
        return Report(marks=marks_of(top))
    except Exception:
        # The mail is kept and shown; a report that breaks its reader must not break the intake.
        logger.exception("a report could not be read")
        return Report(marks=marks_of(top))


def _outcomes(raw: bytes, leaves: list[Leaf], marks: Marks) -> Iterator[Outcome]:
    feedback = [leaf for leaf in leaves if leaf.type == "message/feedback-report"]
    statuses = [leaf for leaf in leaves if leaf.type in STATUS_TYPES]
    if feedback:
        yield from _complaints(feedback[0])
        return
    if marks.is_auto_reply and not marks.is_report:  # many servers mark their reports as replies
        return
    statuses = statuses or [leaf for leaf in leaves if b"\nfinal-recipient:" in leaf.content.lower()]
    found = [outcome for leaf in statuses for outcome in _by_recipient(leaf, leaves)]
    yield from found or _by_words(raw, leaves, marks)


def _complaints(leaf: Leaf) -> Iterator[Outcome]:
    """An abuse report (RFC 5965): whoever got the mail has called it spam."""
    values = dict(_groups(leaf.content, one=True)[0])
    if values.get("feedback-type", "").lower() in NO_COMPLAINTS:
        return
    recipient = _address(values.get("original-rcpt-to", "") or values.get("removal-recipient", ""))
    said = " ".join(filter(None, (values.get("feedback-type", ""), values.get("user-agent", ""))))
    yield Outcome(recipient, Meaning(MailStatus.COMPLAINED), said)


def _by_recipient(leaf: Leaf, leaves: list[Leaf]) -> Iterator[Outcome]:
    """One outcome for each group of fields about a recipient (RFC 3464, 2.3)."""
    for values in _groups(leaf.content):
        if not values.keys() & {"final-recipient", "original-recipient", "action", "status"}:
            continue
        recipient = _address(values.get("original-recipient", "")) or _address(
            values.get("final-recipient", "")
        )
        yield Outcome(recipient, *_meaning(values, leaves, recipient))


def _meaning(values: dict[str, str], leaves: list[Leaf], recipient: str) -> tuple[Meaning, str]:
    action = values.get("action", "").lower().split("(")[0].split(";")[0].strip()
    status, diagnostic = values.get("status", ""), values.get("diagnostic-code", "")
    said = " ".join(filter(None, (status, diagnostic)))
    if action in ARRIVED or (status.startswith("2.") and action not in ("failed", "delayed")):
        return Meaning(MailStatus.DELIVERED, ARRIVED.get(action, Nature.OBSERVED)), said
    if action == "delayed":
        return deferral(said), said
    read = bounce(MailStatus.HARD_BOUNCED, said)
    if read.cause == Cause.UNKNOWN:
        # The fields do not say why: the text for people may.
        words = spoken.about(recipient, spoken.before_the_original(_text(leaves)))
        told = bounce(read.code, f"{said}\n{words}")
        read = Meaning(told.code, Nature.DEDUCED, told.cause) if told.cause != Cause.UNKNOWN else read
    return read, said


def _by_words(raw: bytes, leaves: list[Leaf], marks: Marks) -> Iterator[Outcome]:
    """A report that follows no standard: its words say what happened, and to whom."""
    text = spoken.before_the_original(_text(leaves))
    subject = next(
        (value for name, value in fields(raw[:MAX_HEADER_BYTES]) if name.lower() == "subject"), b""
    )
    is_report = marks.is_report or any(leaf.type in RETURNED_TYPES for leaf in leaves)
    recipients = _second_look(raw) or spoken.addresses_in(text)[:1] or [""]
    for recipient in recipients:
        words = spoken.about(recipient, text) if len(recipients) > 1 else text
        meaning = spoken.meaning_of(one_line(decode_bytes(subject)), words, is_report=is_report)
        if meaning:
            yield Outcome(recipient, meaning, spoken.quoted(words))


def _second_look(raw: bytes) -> list[str]:
    """Whom flufl.bounce finds in a report; its opinion on the failure is not asked."""
    try:
        found = scan_message(message_from_bytes(raw[:MAX_SECOND_LOOK]))
    except Exception:
        return []
    return sorted({address for each in found if (address := _address(decode_bytes(each)))})


def _groups(content: bytes, one: bool = False) -> list[dict[str, str]]:
    """The groups of fields of a report part, names in lower case; as one where `one` is asked for."""
    blocks = [content] if one else re.split(rb"(?:\r?\n[ \t]*){2,}|\r{2,}", content.strip())
    groups = []
    for block in blocks[: MAX_RECIPIENTS + 1]:
        values: dict[str, str] = {}
        for name, value in fields(block):
            values.setdefault(name.strip().lower(), one_line(decode_bytes(value))[:2000])
        groups.append(values)
    return groups


def _address(value: str) -> str:
    """The address of a field such as `rfc822; <x@y.example>`; "" where there is none."""
    bare = value.rpartition(";")[2].split(" (")[0].strip().strip("<>").strip()
    return clean_address(bare) or ""


def _text(leaves: list[Leaf]) -> str:
    """What a report says to people: its texts, without the parts that it returns."""
    return "\n".join(
        decode_bytes(leaf.content[:MAX_SECOND_LOOK], leaf.charset)
        for leaf in leaves
        if leaf.type.startswith("text/") and leaf.type not in RETURNED_TYPES
    )


def _paths(leaves: list[Leaf]) -> Iterator[str]:
    """The return paths that a report names: an abuse report comes to one address for all mails."""
    for leaf in leaves:
        if leaf.type in RETURNED_TYPES:
            end, _body = end_of_headers(leaf.content, 0, min(len(leaf.content), MAX_HEADER_BYTES))
            found = [value for name, value in fields(leaf.content[:end]) if name.lower() == "return-path"]
        elif leaf.type == "message/feedback-report":
            found = [value for name, value in fields(leaf.content) if name.lower() == "original-mail-from"]
        else:
            continue
        yield from filter(None, (_address(decode_bytes(value[:400])) for value in found))
