"""From the outbox's rows to whatever carries mail: `.eml` files, SMTP, or a provider through Anymail.

queued → sending (lease) → sent, or back to queued with a pause, or error after five attempts; error at once where no
address may send it. A mail whose lease ran out is sent again with the same Message-ID.
"""

import logging
from datetime import timedelta
from email.header import Header
from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.models import MailEvent, MailStatus, OutboxStatus, OutgoingMail, Secret, Source
from mailing.sending import outbox, preflight
from mailing.tracking import events
from portal import failures
from portal.faults import fault
from portal.login.links import password_reset_link

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)


def send(mail: OutgoingMail) -> None:
    """Hand a claimed mail over; whatever fails is tried again with a pause, and after five attempts is « Erreur »."""
    if not is_ours(mail):
        return
    fault("after_claim")
    if mail.choice.get("error") and (error := outbox.choose_again(mail)):
        preflight.stop(mail, error)
        return
    message = compose(mail)
    try:
        get_connection().send_messages([message])
    except Exception as error:
        give_back(mail, error)
        raise
    fault("after_accept")
    accepted(mail, provider_id_of(message, mail))


def is_ours(mail: OutgoingMail) -> bool:
    """Is our claim still the last? The count of attempts tells."""
    return mail.mine().filter(status=OutboxStatus.SENDING).exists()


class RowMessage(EmailMultiAlternatives):
    """A row of the outbox as a message: the same bytes at each attempt, so the MIME boundary is the row's too."""

    row: OutgoingMail

    @property
    def envelope_from(self) -> str:
        """Where a bounce goes: nowhere for an answer, which must not be answered (D-17)."""
        return "" if self.row.kind_of.is_answer else self.row.from_email

    def message(self):
        message = super().message()
        message.set_boundary(f"={self.row.key.hex}=")
        # Django folds as if the field's name took no room; a first line left empty is a space to some readers.
        message.replace_header("Subject", Header(self.subject, header_name="Subject"))
        return message


def compose(mail: OutgoingMail) -> RowMessage:
    """The message of a row, with our own Message-ID and the row's date."""
    headers = {
        "Message-ID": mail.message_id,
        "Date": format_datetime(mail.created_at),
        "Auto-Submitted": "auto-replied" if mail.kind_of.is_answer else "auto-generated",
    }
    message = RowMessage(
        subject=mail.subject,
        body=filled(mail, mail.text),
        from_email=formataddr((mail.from_name, mail.from_email)),
        to=[formataddr((mail.to_name, mail.to_email))],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    message.attach_alternative(filled(mail, mail.html), "text/html")
    message.row = mail
    return message


LINKS = {Secret.PASSWORD_RESET: password_reset_link}


def filled(mail: OutgoingMail, text: str) -> str:
    """`text` with its personal link, derived from the person and the row's creation, and kept nowhere (D-30b)."""
    if not mail.secret or mail.person is None:
        return text
    return text.replace(mail.mark, LINKS[Secret(mail.secret)](mail.person, mail.created_at))


def provider_id_of(message: RowMessage, mail: OutgoingMail) -> str:
    """What the provider calls this mail in its events; without a provider, our own Message-ID."""
    status = getattr(message, "anymail_status", None)
    return str(status.message_id) if status and status.message_id else mail.message_id


@transaction.atomic
def accepted(mail: OutgoingMail, provider_id: str) -> None:
    """sending → sent, with its first event; events that came before our own commit are matched now (T26).

    Where this event is the only one, the status follows without a look at the others.
    """
    is_first = not mail.last_status
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
    late = MailEvent.objects.filter(
        mail=None, provider_id=provider_id, provider__in=events.providers_of(settings.MAIL_OUT)
    ).update(mail=mail)
    sent = events.event_of(
        mail,
        MailStatus.SENT,
        source=Source.PORTAL,
        detail=_("remis à : %(out)s") % {"out": settings.MAIL_OUT},
    )
    events.write([sent], is_settled=is_first and not late)


@transaction.atomic
def give_back(mail: OutgoingMail, error: Exception) -> None:
    """sending → queued with a pause, or error after the last attempt; the mail's page says what happened."""
    logger.warning("mail %s, attempt %s: %s", mail.pk, mail.attempts, type(error).__name__)
    detail = _("essai %(number)s : %(error)s") % {
        "number": mail.attempts,
        "error": str(error) or type(error).__name__,
    }
    if mail.is_last_attempt:
        give_up(mail, detail)
    elif OutgoingMail.objects.move(mail.pk, old=OutboxStatus.SENDING, new=OutboxStatus.QUEUED):
        mail.later()
    events.observe(mail, MailStatus.ERROR, source=Source.PORTAL, detail=detail)


@transaction.atomic
def give_up(mail: OutgoingMail, reason: str) -> bool:
    title = _("E-mail non envoyé à %(to)s") % {"to": mail.to_email}
    return failures.give_up(mail, reason, title=title, firm=mail.firm, company=mail.company)
