"""Gathers what T1 asks about one mail. The only place where the rules meet the database and the clock."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import AddressStatus, FirmBlacklisting, SenderAddress
from approvals.senders.rules import Facts
from mailing.models import InboundAddress, InboundMail, Space
from mailing.receiving.parsing import ReadMail
from portal.models import Attachment, ClientMember, Firm, StaffMember, StaffRole, User
from portal.statements import is_there

REFUSAL_HOLDS = timedelta(hours=24)


def known_address(mail: InboundMail, sender: str) -> SenderAddress | None:
    """`sender` as the company of `mail` knows it, read now: a decision taken by a person meanwhile counts (T16)."""
    if not sender or mail.company is None:
        return None
    return SenderAddress.objects.filter(company=mail.company, address=sender).first()


def facts_about(
    mail: InboundMail, read: ReadMail, known: SenderAddress | None, *, authenticated: bool
) -> Facts:
    """The facts of T1 for `mail`, read now as well; `known` is its sender's `known_address`."""
    sender = read.sender.address
    facts = Facts(
        space=Space(mail.address.space),
        files=sum(1 for part in read.attachments if not part.left_out),
        sender=sender,
        automatic=automatic_mark(read, mail.address.firm) or not_a_report(mail),
        unreadable=read.problem or ("" if sender else str(read.sender.reason)),
        authenticated=authenticated,
        retired=mail.address.retired_at is not None,
        sends_receipt=mail.address.sends_receipt,
    )
    if not sender:
        return facts
    user = User.objects.filter(email=sender, is_active=True).select_related("staff_member").first()
    if mail.company is None:
        return replace(facts, is_owner=user is not None and user.pk == mail.address.owner_id)
    firm = mail.address.firm
    assert firm is not None  # an address of a company is one of its firm
    staff = staff_with_access(user, mail.company)
    starred = Attachment.objects.filter(staff=staff, company=mail.company, is_favourite=True)
    memberships = ClientMember.objects.open().filter(company=mail.company, user=user)
    return replace(
        facts,
        standing=standing_of(known),
        firm_blacklisted=is_there(FirmBlacklisting, firm=firm.pk, address=sender),
        refused_long_ago=refused_long_ago(known),
        staff_with_access=staff is not None,
        favourite=staff is not None and starred.exists(),
        favourite_suffices=firm.favourite_suffices,
        client_user=user is not None and memberships.exists(),
    )


def refused_long_ago(address: SenderAddress | None) -> bool:
    return bool(address and address.decided_at and timezone.now() - address.decided_at > REFUSAL_HOLDS)


def standing_of(address: SenderAddress | None) -> AddressStatus | None:
    """What was decided about the address; an « Autorisée » that only follows from a role is no decision."""
    if address is None or (address.badge == AddressStatus.AUTHORISED and address.decided_at is None):
        return None
    return address.badge


def staff_with_access(user: User | None, company) -> StaffMember | None:
    """`user` as a collaborateur with access: attached to the dossier, or firm administrator (T1)."""
    if user is None or user.staff is None or user.firm_id != company.firm_id:
        return None
    attached = Attachment.objects.filter(staff=user.staff, company=company).exists()
    return user.staff if attached or user.staff.role == StaffRole.ADMIN else None


def not_a_report(mail: InboundMail) -> str:
    """Why R0a holds at the address of reports for a mail that carries no mark of one, or ""."""
    if mail.address.space != Space.REPORTS:
        return ""
    return _("reçu à l’adresse des rapports de remise, où rien d’autre n’est lu")


def automatic_mark(read: ReadMail, firm: Firm | None) -> str:
    """Why R0a holds, in French, or "": the portal's own addresses, reports, automatic replies (T10, T20).

    The adresse de notification is the portal's too (D-37); at the others of the cascade people write their own mails.
    """
    sender = read.sender.address
    domain = sender.rpartition("@")[2]
    own = (settings.DEFAULT_FROM_EMAIL, firm.notification_from.lower() if firm else "")
    if (sender and sender in own) or is_there(InboundAddress, address=sender):
        return _("envoyé par le portail lui-même")
    if domain == settings.DEPOSIT_DOMAIN or domain.endswith(f".{settings.DEPOSIT_DOMAIN}"):
        return _("envoyé par le portail lui-même")
    if read.marks.is_report:
        return _("rapport de remise")
    if read.marks.is_auto_reply:
        return _("réponse automatique")
    return ""
