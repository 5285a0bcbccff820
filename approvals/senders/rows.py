"""What « Accès email » shows of each address: what waits, who may decide, why, and what was decided before."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.contenttypes.models import ContentType

from approvals.models import AddressStatus, SenderAddress
from approvals.senders.deciders import Deciders
from mailing.models import InboundAttachment, InboundMail
from portal.models import HistoryEntry, User


@dataclass
class Row:
    address: SenderAddress
    may_decide: bool
    deciders: str
    is_stopped: bool  # for the whole firm, whatever was decided here (D-11)
    proved: list[InboundMail] = field(default_factory=list)
    unproved: list[InboundMail] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return bool(self.proved or self.unproved)

    @property
    def needs_decision(self) -> bool:
        return self.waits or self.address.badge == AddressStatus.PENDING

    @property
    def badge(self) -> AddressStatus:
        return AddressStatus.BLACKLISTED if self.is_stopped else self.address.badge

    @property
    def why(self) -> list[dict]:
        """The reasons of the newest waiting mail."""
        waiting = self.unproved[-1:] + self.proved[-1:]
        return waiting[-1].reasons if waiting else []


def rows_for(user: User, addresses: list[SenderAddress]) -> list[Row]:
    """A row for each of `addresses` (`for_rows`), which are in the scope of `user`; as many queries for 300 as for one."""
    mails, history = waiting_mails(user, addresses), history_of(addresses)
    people = Deciders.of({address.company for address in addresses})
    return [
        Row(
            address,
            may_decide=user.email != address.address or user in people.asked(address),
            deciders=people.text(address),
            is_stopped=address.is_stopped,
            proved=[mail for mail in mails[key(address)] if mail.is_authenticated],
            unproved=[mail for mail in mails[key(address)] if not mail.is_authenticated],
            history=history[address.pk],
        )
        for address in addresses
    ]


def key(address: SenderAddress) -> tuple[int, str]:
    return address.company_id, address.address


def waiting_mails(user: User, addresses) -> dict[tuple[int | None, str], list[InboundMail]]:
    """What waits of each sender and `user` may see, oldest first, each mail with its `files`; one query, for a held
    mail has a file."""
    attachments = (
        InboundAttachment.objects.filter(
            mail__in=InboundMail.objects.waiting().of_companies_of(user),
            mail__company__in={address.company_id for address in addresses},
            mail__sender__in={address.address for address in addresses},
        )
        .select_related("mail__address", "document")
        .order_by("mail__received_at", "mail", "part_no")
    )
    by_sender: dict[tuple[int | None, str], list[InboundMail]] = defaultdict(list)
    for mail, files in groupby(attachments, key=lambda attachment: attachment.mail):
        mail.files = list(files)
        by_sender[mail.company_id, mail.sender].append(mail)
    return by_sender


def history_of(addresses) -> dict[int, list[HistoryEntry]]:
    entries = HistoryEntry.objects.filter(
        about_type=ContentType.objects.get_for_model(SenderAddress), about_id__in=[a.pk for a in addresses]
    ).select_related("by")
    by_address = defaultdict(list)
    for entry in entries:
        by_address[entry.about_id].append(entry)
    return by_address
