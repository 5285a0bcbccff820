"""The one way to send a mail (D-30): a row in the caller's transaction, then the bell. The row is the truth."""

import re

from django.db import IntegrityError, models, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from mailing.kinds import MailKind
from mailing.models import OutboxStatus, OutgoingMail, Secret
from mailing.models.outgoing import new_mark
from mailing.receiving.headers import one_line
from mailing.receiving.sender import clean_address
from mailing.sending import preflight
from mailing.sending.cascade import Choice, choose
from mailing.sending.facts import facts_about
from mailing.tracking import measuring
from mailing.tracking.tokens import unsubscribe_url
from portal import history
from portal.bell import ring
from portal.models import Company, Firm, User
from portal.statements import insert, is_there


class BadRecipient(ValueError):
    """The recipient is not one plain address (T51)."""


def post(
    kind: MailKind,
    template: str,
    *,
    to_email: str,
    to_name: str = "",
    firm: Firm | None,
    company: Company | None = None,
    about: models.Model | None = None,
    once: str | None = None,
    person: User | None = None,
    secret: Secret | None = None,
    mark: str = "",
    context: dict,
) -> OutgoingMail | None:
    """Write a mail of `kind` from `<template>_subject.txt`, `_body.txt` and `_body.html`, and ring the outbox.

    `once` says what must be said only once: where a mail with that key exists, None is returned. Raises
    BadRecipient where `to_email` is not exactly one address. Nothing is sent here: the mail leaves after the commit,
    from the address that the cascade chooses; a choice with an error is in `mail.choice`, so that a gesture can say it.
    A `secret` of `person` is `{{ personal_link }}` in the templates: a mark, which delivery fills (D-30b). `mark` is
    given where a text that was merged before holds it already. An optional kind has its `{{ unsubscribe_url }}`.
    """
    to = clean_address(to_email)
    if to is None:
        raise BadRecipient(_("« %(address)s » n’est pas une adresse e-mail.") % {"address": to_email})
    if once is not None and is_there(OutgoingMail, once=once):
        return None  # most often said before: nothing is written from templates for it
    mark = mark or new_mark()
    sender = sender_of(kind, firm, company)
    # All that takes time is done before the transaction: SQLite has one writer at a time.
    mail = OutgoingMail(
        kind=kind,
        once=once,
        firm=firm,
        company=company,
        about=about,
        person=person,
        secret=secret or "",
        mark=mark,
        is_measured=measuring.is_measured(kind, to, firm, secret),
        **columns_of(sender),
        to_email=to,
        to_name=one_line(to_name)[:200],
    )
    context = {
        **context,
        "firm": firm,
        "company": company,
        "personal_link": mark if secret else "",
        "unsubscribe_url": unsubscribe_url(mail) if kind.is_optional else "",
    }
    mail.subject = one_line(render_to_string(f"{template}_subject.txt", context))[:255]
    mail.text = paragraphs(render_to_string(f"{template}_body.txt", context))
    mail.html = render_to_string(f"{template}_body.html", context).replace("\0", "")
    try:
        with transaction.atomic(savepoint=once is not None):
            insert(mail)
            if sender.error:
                preflight.stop(mail, sender.error)
            else:
                preflight.stop_unprepared(mail)
    except IntegrityError:
        if once is None or not OutgoingMail.objects.filter(once=once).exists():
            raise
        return None
    ring("outbox")
    return mail


@transaction.atomic
def cancel(mail: OutgoingMail, *, by: User) -> bool:
    """queued → cancelled, by a person; False where it is being sent, or has left, or will not."""
    if not OutgoingMail.objects.move(mail.pk, old=OutboxStatus.QUEUED, new=OutboxStatus.CANCELLED):
        return False
    text = _("%(name)s annule l’e-mail à %(to)s : %(subject)s")
    said = text % {"name": by, "to": mail.to_email, "subject": mail.subject}
    history.record(mail, "cancelled", said, company=mail.company, firm=mail.firm, by=by, internal=True)
    return True


def sender_of(kind: MailKind, firm: Firm | None, company: Company | None) -> Choice:
    """From whom a mail of `kind` leaves, and why (D-31, D-37)."""
    return choose(kind, facts_about(kind, firm, company))


def columns_of(sender: Choice) -> dict:
    """The choice as the row keeps it."""
    return {
        "from_email": sender.address,
        "from_name": one_line(sender.name)[:200],
        "reply_to": sender.reply_to,
        "choice": sender.kept(),
    }


def choose_again(mail: OutgoingMail) -> str:
    """The error that still keeps `mail` from leaving; "" where the firm has put it right, and the row says from whom."""
    sender = sender_of(mail.kind_of, mail.firm, mail.company)
    if not sender.error:
        for name, value in columns_of(sender).items():
            setattr(mail, name, value)
        mail.save(update_fields=list(columns_of(sender)))
    return sender.error


def paragraphs(text: str) -> str:
    """Plain text without the empty lines that template tags leave behind, nor NUL, which PostgreSQL refuses."""
    return re.sub(r"\n\s*\n\s*\n", "\n\n", text.replace("\0", "").strip()) + "\n"
