"""The mails of the gate: the request to whoever decides, and what the sender is told. One function a mail.

What a sender reads names the address it wrote to, never the company (T12), and goes to the From that was proved,
never to Reply-To (T05).
"""

from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import SenderAddress
from approvals.senders.rules import Answer
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import InboundMail, OutgoingMail
from mailing.sending import outbox
from notifications import answers
from notifications.automatic.lines import Lines, settings_link
from portal.models import Company, User

REQUESTS_A_DAY = 20  # to one person; beyond, one mail says that more wait (T19)


def ask_approvers(address: SenderAddress, mail: InboundMail, asked: list[User]) -> None:
    """One request a day to each person asked (T19); the link leads to a page where only a POST decides (D-15).

    Whoever was asked about REQUESTS_A_DAY addresses within a day hears of the others in one mail.
    """
    for user in asked:
        if asked_today(user) >= REQUESTS_A_DAY:
            warn_of_flood(user, address.company)
            continue
        post_to_decider(
            MailKind.APPROVAL_REQUEST,
            "approvals/email/approval_request",
            address,
            user,
            about=timezone.localdate(),
            context={
                "address": address,
                "mail": mail,
                "attachments": list(mail.attachments.all()),
                "user": user,
                "link": link_to(address),
            },
        )
    tell_readers(address, mail, asked)


def tell_readers(address: SenderAddress, mail: InboundMail, asked: list[User]) -> None:
    """Who reads the requests along, by the settings of the firm (D-33): without a link, for they decide nothing by it."""
    kind, company = MailKind.APPROVAL_REQUEST, address.company
    lines = Lines()
    desk = lines.desk(company.firm)
    for user, receiver in desk.readers(kind):
        if user in asked or user.email == address.address:
            continue
        if desk.settings[kind].is_digest:
            lines.add_once(kind, company.firm, company, receiver, asked_about(address, asked))
            continue
        if asked_today(user) >= REQUESTS_A_DAY:
            continue
        post_to_decider(
            MailKind.APPROVAL_REQUEST,
            "approvals/email/approval_copy",
            address,
            user,
            about=f"reader:{timezone.localdate()}",
            context={
                "address": address,
                "mail": mail,
                "attachments": list(mail.attachments.all()),
                "user": user,
                "asked": named(asked),
                "reasons": [receiver.why],
                "settings_link": settings_link(),
            },
        )
    lines.write()


def named(asked: list[User]) -> str:
    return ", ".join(str(person) for person in asked)


def asked_about(address: SenderAddress, asked: list[User]) -> str:
    """A request in one line, for who only reads."""
    if not asked:
        return address.address
    return _("%(address)s – décision demandée à %(names)s") % {
        "address": address.address,
        "names": named(asked),
    }


def remind(address: SenderAddress, asked: list[User], *, is_escalation: bool) -> None:
    """Nobody has answered: those asked are reminded, later the firm's administrators decide (D-13)."""
    for user in asked:
        post_to_decider(
            MailKind.APPROVAL_REMINDER,
            "approvals/email/approval_reminder",
            address,
            user,
            about=f"{address.chased}:{address.requested_at}",
            context={
                "address": address,
                "user": user,
                "link": link_to(address),
                "is_escalation": is_escalation,
            },
        )


def link_to(address: SenderAddress) -> str:
    """The page on which a person decides about `address`, once logged in (D-15)."""
    return settings.SITE_URL + reverse("approvals:address", args=[address.company.code, address.pk])


def post_to_decider(
    kind: MailKind, template: str, address: SenderAddress, user: User, *, about: date | str, context: dict
) -> None:
    """One mail of `kind` to `user` about `address`, once for each `about`."""
    outbox.post(
        kind,
        template,
        to_email=user.email,
        to_name=user.name,
        firm=address.company.firm,
        company=address.company,
        about=address,
        once=f"{kind}:{address.pk}:{user.pk}:{about}",
        context=context,
    )


def asked_today(user: User) -> int:
    since = timezone.now() - timedelta(days=1)
    asked = OutgoingMail.objects.filter(
        to_email=user.email, kind=MailKind.APPROVAL_REQUEST, created_at__gt=since
    )
    return asked.count()


def warn_of_flood(user: User, company: Company) -> None:
    outbox.post(
        MailKind.APPROVAL_FLOOD,
        "approvals/email/approval_flood",
        to_email=user.email,
        to_name=user.name,
        firm=company.firm,
        once=f"{MailKind.APPROVAL_FLOOD}:{user.pk}:{timezone.localdate()}",
        context={
            "user": user,
            "most": REQUESTS_A_DAY,
            "link": settings.SITE_URL + reverse("approvals:index"),
        },
    )


def tell_nothing(mail: InboundMail) -> None:
    """The table says: nothing."""


def tell_pending(mail: InboundMail) -> None:
    """« Demande en attente » (S0-08, S0-10)."""
    answers.answer(mail, MailKind.PENDING, "approvals/email/pending")


def tell_impossible(mail: InboundMail) -> None:
    """« Envoi impossible » (S0-06)."""
    answers.answer(mail, MailKind.IMPOSSIBLE, "approvals/email/impossible")


def tell_unknown_address(mail: InboundMail) -> None:
    """« Adresse inconnue » (R1)."""
    answers.answer(mail, MailKind.UNKNOWN_ADDRESS, "approvals/email/unknown_address")


def tell_received(mail: InboundMail) -> None:
    """The receipt, where the space wants one (D-17)."""
    answers.answer(mail, MailKind.RECEIPT, "approvals/email/receipt")


# What T1 tells the sender, as the mail that says it.
ANSWERS = {
    Answer.NOTHING: tell_nothing,
    Answer.PENDING: tell_pending,
    Answer.IMPOSSIBLE: tell_impossible,
    Answer.UNKNOWN_ADDRESS: tell_unknown_address,
    Answer.RECEIPT: tell_received,
}


def tell_accepted(address: SenderAddress, proved: list[InboundMail], documents: list[Document]) -> None:
    """The confirmation (S0-09, S0-11), only to a sender whose mail had auth yes (D-17)."""
    if proved:
        answers.answer(proved[-1], MailKind.CONFIRMATION, "approvals/email/confirmation", documents=documents)


def tell_refused(address: SenderAddress, proved: list[InboundMail], reason: str) -> None:
    """The refusal, which the approver chose to send (D-11)."""
    if proved:
        answers.answer(proved[-1], MailKind.REFUSAL, "approvals/email/refusal", reason=reason)


def tell_expired(proved: list[InboundMail]) -> None:
    """Nobody answered within thirty days (D-13); only to a sender whose mail had auth yes (D-17)."""
    if proved:
        answers.answer(proved[-1], MailKind.EXPIRY, "approvals/email/expiry")
