"""From the outbox's rows to whatever carries mail: `.eml` files, SMTP, or a provider through Anymail.

queued → sending (lease) → sent, or back to queued with a pause, or error after five attempts or a refusal that is meant;
error at once where no address may send it. A mail whose lease ran out is sent again with the same Message-ID.
"""

import contextlib
import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from email.header import Header
from email.utils import format_datetime, formataddr
from time import sleep

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.models import (
    Cause,
    MailStatus,
    Nature,
    OutboxStatus,
    OutgoingMail,
    Secret,
    Source,
    Suppression,
)
from mailing.sending import outbox, preflight, refusals
from mailing.tracking import events, suppressions, tokens
from mailing.tracking.links import measured
from mailing.tracking.refusals import Meaning
from portal import failures
from portal.faults import fault
from portal.login.links import password_reset_link, welcome_link
from portal.statements import insert

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
ASK_AGAIN_SECONDS = 0.5
NEEDED = timedelta(seconds=40)  # of the lease, to begin with a mail: the network may take EMAIL_TIMEOUT twice


class NotAccepted(Exception):
    """The provider answered, and nothing in its answer says that it took the mail."""


class Carrier:
    """What carries the mails of one turn: one connection for all of them, opened for the first and after it broke."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None

    def __enter__(self) -> "Carrier":
        return self

    def __exit__(self, *failure) -> None:
        self.close()

    def send(self, mail: OutgoingMail) -> None:
        """Hand a claimed mail over, unless its address is suppressed.

        What may pass is tried again with a pause, and after five attempts is « Erreur »; a refusal that is meant is the
        mail's status at once.
        """
        if not is_ours(mail):
            return
        fault("after_claim")
        if mail.choice.get("error") and (error := outbox.choose_again(mail)):
            preflight.stop(mail, error)
            return
        if stopped := suppressions.stopping(mail):
            block(mail, stopped)
            return
        message = compose(mail)
        try:
            self.carry(message)
        except Exception as error:
            self.close()
            if give_back(mail, error).is_final:
                return
            raise
        fault("after_accept")
        self.note(mail, provider_id_of(message, mail))

    def note(self, mail: OutgoingMail, provider_id: str) -> None:
        """Write that `mail` has left. Nothing else knows it: a database that is busy or away is asked again as long as
        the lease runs; after it the mail is sent a second time, with the same key."""
        while True:
            try:
                accepted(mail, provider_id)
                return
            except OperationalError:
                if not mail.is_held:
                    raise
                logger.warning("mail %s has left, and its row cannot be written yet", mail.pk)
                connection.close_if_unusable_or_obsolete()
                sleep(ASK_AGAIN_SECONDS)

    def carry(self, message: "RowMessage") -> None:
        if self.connection is None:
            self.connection = get_connection()
            self.connection.open()
        self.connection.send_messages([message])
        status = getattr(message, "anymail_status", None)
        if status is not None and status.status == {"unknown"}:
            raise NotAccepted(_("la réponse du prestataire ne dit pas si l’e-mail est accepté"))

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # what was accepted is accepted
                connection.close()


def send(mail: OutgoingMail) -> None:
    """Hand one claimed mail over, on a connection of its own: a turn of `Carrier` for a single mail."""
    with Carrier() as carrier:
        carrier.send(mail)


def is_ours(mail: OutgoingMail) -> bool:
    """Is our claim still the last? The lease says so, or else the count of attempts."""
    return mail.is_held or mail.mine().filter(status=OutboxStatus.SENDING).exists()


class RowMessage(EmailMultiAlternatives):
    """A row of the outbox as a message: the same bytes at each attempt, so the MIME boundary is the row's too."""

    row: OutgoingMail
    track_opens: bool
    track_clicks: bool
    metadata: dict[str, str]

    @property
    def envelope_from(self) -> str:
        """Where a bounce goes: nowhere for an answer, which must not be answered (D-17).

        By SMTP to the mail's own signed address, where the portal reads it (D-35); a provider reads its bounces itself.
        """
        if self.row.kind_of.is_answer:
            return ""
        return tokens.return_path(self.row) if settings.MAIL_OUT == "smtp" else self.row.from_email

    def message(self):
        subject = self.subject
        self.subject = encoded_words(
            subject
        )  # the standard library takes longer for one than for all the rest
        try:
            message = super().message()
            message.set_boundary(f"={self.row.key.hex}=")
            # Django folds as if the field's name took no room; a first line left empty is a space to some readers.
            message.replace_header("Subject", Header(self.subject, header_name="Subject"))
        finally:
            self.subject = subject
        return message


WORD_BYTES = 42  # of a word of a header, 68 characters of base64: 78 with the field's name (RFC 5322, 2.1.1)


def encoded_words(text: str) -> str:
    """`text`, one line, as a header may say it: what is not ASCII in words of RFC 2047, none of which cuts a letter."""
    if text.isascii():
        return text
    words, word = [], b""
    for letter in text:
        piece = letter.encode()
        if len(word) + len(piece) > WORD_BYTES:
            words.append(word)
            word = b""
        word += piece
    return " ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in [*words, word])


def compose(mail: OutgoingMail) -> RowMessage:
    """The message of a row, with our own Message-ID and the row's date."""
    headers = {
        "Message-ID": mail.message_id,
        "Date": format_datetime(mail.created_at),
        "Auto-Submitted": "auto-replied" if mail.kind_of.is_answer else "auto-generated",
        **OF_PROVIDERS.get(settings.MAIL_OUT, lambda mail: {})(mail),
    }
    if mail.kind_of.is_optional:
        headers["List-Unsubscribe"] = f"<{tokens.unsubscribe_url(mail)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = RowMessage(
        subject=mail.subject,
        body=filled(mail, mail.text),
        from_email=formataddr((mail.from_name, mail.from_email)),
        to=[formataddr((mail.to_name, mail.to_email))],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    message.attach_alternative(measured(mail) if mail.is_measured else filled(mail, mail.html), "text/html")
    message.row = mail
    if settings.MAIL_OUT in BY_MESSAGE:
        message.track_opens = message.track_clicks = False
    if settings.MAIL_OUT in ("brevo", "mailgun", "postmark"):
        message.metadata = {
            "key": mail.key.hex
        }  # comes back with each event, even of an acceptance we never heard of
    return message


# How each provider is told that a second attempt is the same mail. Brevo remembers a key for 15 minutes
# (https://developers.brevo.com/changelog/2021/11/10); Postmark replaces a Message-ID unless it is told to keep it.
OF_PROVIDERS: dict[str, Callable[[OutgoingMail], dict[str, str]]] = {
    "brevo": lambda mail: {"Idempotency-Key": str(mail.key)},
    "postmark": lambda mail: {"X-PM-KeepID": "true"},
}
BY_MESSAGE = (
    "mailgun",
    "postmark",
)  # where tracking is turned off mail by mail; with Brevo, in its account (D-35)

LINKS = {Secret.PASSWORD_RESET: password_reset_link, Secret.WELCOME: welcome_link}


def filled(mail: OutgoingMail, text: str) -> str:
    """`text` with its personal link, derived from the person and the row's creation, and kept nowhere (D-30b).

    None for an address that was the person's when the mail was written, and is not any more.
    """
    if not mail.secret or mail.person is None or mail.person.email != mail.to_email:
        return text
    return text.replace(mail.mark, LINKS[Secret(mail.secret)](mail.person, mail.created_at))


def provider_id_of(message: RowMessage, mail: OutgoingMail) -> str:
    """What the provider calls this mail in its events; without a provider, our own Message-ID."""
    status = getattr(message, "anymail_status", None)
    return str(status.message_id) if status and status.message_id else mail.message_id


def accepted(mail: OutgoingMail, provider_id: str) -> None:
    """sending → sent, with its first event.

    Where this event is the only one, the status follows without a look at the others; a measured mail may have been
    opened before we heard that it was accepted. What a provider posted before this commit waits as an event of
    nobody's, which `events.match_late` finds at the next look (T26).
    """
    is_first = not mail.last_status and not mail.is_measured
    sent = events.event_of(
        mail,
        MailStatus.SENT,
        source=Source.PORTAL,
        detail=_("remis à : %(out)s") % {"out": settings.MAIL_OUT},
    )
    with transaction.atomic():
        moved = OutgoingMail.objects.move_row(
            mail,
            old=OutboxStatus.SENDING,
            new=OutboxStatus.SENT,
            provider=settings.MAIL_OUT,
            provider_id=provider_id,
            sent_at=timezone.now(),
            last_status=mail.last_status or MailStatus.SENT,
        )
        if not moved:
            return
        insert(sent)  # only the one winner of the move writes it
        if not is_first:
            events.settle([mail.pk])


@transaction.atomic
def block(mail: OutgoingMail, stopped: Suppression) -> None:
    """sending → error: the firm writes to this address no more (D-36); « Renvoyer » asks again once that is lifted."""
    if mail.move_to_failed():
        detail = _("adresse supprimée des envois du cabinet : %(reason)s") % {"reason": stopped.badge.label}
        events.observe(mail, MailStatus.BLOCKED, source=Source.PORTAL, nature=Nature.DEDUCED, detail=detail)


@transaction.atomic
def give_back(mail: OutgoingMail, error: Exception) -> refusals.Failure:
    """sending → queued with a pause, or error after the last attempt or a refusal that is meant; what it was.

    The mail's page says what happened. A refused recipient is a fact about the recipient; all else that stops a mail
    for good is a failed task.
    """
    logger.warning("mail %s, attempt %s: %s", mail.pk, mail.attempts, type(error).__name__)
    failure = refusals.read(error)
    meaning = failure.meaning
    detail = _("essai %(number)s : %(error)s") % {
        "number": mail.attempts,
        "error": failure.said or str(error) or type(error).__name__,
    }
    if failure.is_final and failure.is_about_recipient:
        mail.move_to_failed()
    elif failure.is_final or mail.is_last_attempt:
        title = _("E-mail non envoyé à %(to)s") % {"to": mail.to_email}
        failures.give_up(mail, detail, title=title, firm=mail.firm, company=mail.company)
        if meaning.code == MailStatus.DEFERRED:  # T2: « Rejeté temporairement » when given up
            meaning = Meaning(MailStatus.SOFT_BOUNCED, cause=meaning.cause or Cause.UNKNOWN)
    elif OutgoingMail.objects.move(mail.pk, old=OutboxStatus.SENDING, new=OutboxStatus.QUEUED):
        mail.later()
    events.observe(mail, meaning.code, source=Source.PORTAL, cause=meaning.cause, detail=detail)
    return failure
