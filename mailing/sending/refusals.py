"""What an attempt met that did not end in acceptance: is it over, and which of the twelve statuses is it (T2)?"""

import re
from dataclasses import dataclass
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused

from mailing.models import Cause, MailStatus
from mailing.tracking.refusals import Meaning, bounce, deferral

# The server wants something of us, not of the recipient: a login, a command that it does not know.
ABOUT_US = (500, 501, 502, 503, 504, 530, 534, 535, 538)
# The same request would meet the same answer.
SAME_AGAIN = (400, 413, 422)
ABOUT_RECIPIENT = re.compile(
    r"(?:'to'|\bto\b|recipient|email).{0,60}(?:not (?:a )?valid|invalid|malformed)|(?:not (?:a )?valid|invalid).{0,60}"
    r"(?:'to'|recipient)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Failure:
    """`is_final`: no further attempt, for the answer would be the same. `meaning`: the event that it is."""

    meaning: Meaning
    is_final: bool = False
    said: str = ""  # the server's own words, where it said any

    @property
    def is_about_recipient(self) -> bool:
        """Somebody has refused the recipient or the content; else something is wrong with our sending."""
        return self.meaning.code != MailStatus.ERROR


def read(error: Exception) -> Failure:
    """What `error`, raised by whatever carries mail, means. What is not known may pass: it is tried again."""
    match error:
        case SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return _dialogue(code, words, at_recipient=True)
        case SMTPDataError():
            return _dialogue(error.smtp_code, error.smtp_error, at_recipient=False)
        case SMTPResponseException() if 400 <= error.smtp_code < 500:
            return _dialogue(error.smtp_code, error.smtp_error, at_recipient=False)
        case AnymailRecipientsRefused():
            return _refused_by_provider(error)
        case AnymailAPIError() if error.status_code in SAME_AGAIN:
            is_address = ABOUT_RECIPIENT.search(str(error))
            meaning = (
                Meaning(MailStatus.INVALID, cause=Cause.ADDRESS) if is_address else Meaning(MailStatus.ERROR)
            )
            return Failure(meaning, is_final=True)
    return Failure(Meaning(MailStatus.ERROR))


def _dialogue(code: int, words: bytes | str, *, at_recipient: bool) -> Failure:
    """A reply of an SMTP server (RFC 5321, 4.2): 4xx may pass, 5xx will not.

    A bad address that is refused at RCPT was refused at submission: « E-mail non-valide » (S2-16).
    """
    reply = f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    if 400 <= code < 500:
        return Failure(deferral(reply), said=reply)
    if not 500 <= code < 600 or code in ABOUT_US:
        return Failure(Meaning(MailStatus.ERROR), said=reply)
    meaning = bounce(MailStatus.HARD_BOUNCED, reply)
    if at_recipient and meaning.code == MailStatus.HARD_BOUNCED and meaning.cause != Cause.UNKNOWN:
        meaning = Meaning(MailStatus.INVALID, cause=meaning.cause)
    return Failure(meaning, is_final=True, said=reply)


def _refused_by_provider(error: AnymailRecipientsRefused) -> Failure:
    """The provider did not try: it calls the address invalid, or has it on a list of its own."""
    status = getattr(error.email_message, "anymail_status", None)
    if status is not None and status.status == {"invalid"}:
        return Failure(Meaning(MailStatus.INVALID, cause=Cause.ADDRESS), is_final=True)
    return Failure(Meaning(MailStatus.BLOCKED), is_final=True)
