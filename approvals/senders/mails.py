"""The mails of the gate: the request to whoever decides, and what the sender is told. One function a mail.

What a sender reads names the address it wrote to, never the company (T12), and goes to the From that was proved,
never to Reply-To (T05).
"""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from approvals.models import SenderAddress
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import InboundMail
from mailing.sending import outbox
from notifications import answers
from portal.models import User


def ask_approvers(address: SenderAddress, mail: InboundMail, asked: list[User]) -> None:
    """One request a day to each person asked (T19); the link leads to a page where only a POST decides (D-15)."""
    path = reverse("approvals:address", args=[address.company.code, address.pk])
    for user in asked:
        outbox.post(
            MailKind.APPROVAL_REQUEST,
            "approvals/email/approval_request",
            to_email=user.email,
            to_name=user.name,
            firm=address.company.firm,
            company=address.company,
            about=address,
            once=f"{MailKind.APPROVAL_REQUEST}:{address.pk}:{user.pk}:{timezone.localdate()}",
            context={
                "address": address,
                "mail": mail,
                "attachments": list(mail.attachments.all()),
                "user": user,
                "link": settings.SITE_URL + path,
            },
        )


def tell_pending(mail: InboundMail) -> None:
    """« Demande en attente » (S0-08, S0-10)."""
    answers.answer(mail, MailKind.PENDING, "approvals/email/pending")


def tell_impossible(mail: InboundMail) -> None:
    """« Envoi impossible » (S0-06)."""
    answers.answer(mail, MailKind.IMPOSSIBLE, "approvals/email/impossible")


def tell_accepted(address: SenderAddress, proved: list[InboundMail], documents: list[Document]) -> None:
    """The confirmation (S0-09, S0-11), only to a sender whose mail had auth yes (D-17)."""
    if proved:
        answers.answer(proved[-1], MailKind.CONFIRMATION, "approvals/email/confirmation", documents=documents)


def tell_refused(address: SenderAddress, proved: list[InboundMail], reason: str) -> None:
    """The refusal, which the approver chose to send (D-11)."""
    if proved:
        answers.answer(proved[-1], MailKind.REFUSAL, "approvals/email/refusal", reason=reason)
