"""What is known, now, about notifications that wait: a few queries for however many of them.

What lies on the floors above is asked of the models themselves: the class of what a row tells of may have
`why_not_told(rows)`, which answers a `Hold` for each.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailing.kinds import MailKind
from mailing.models import Suppression, SuppressionReason
from mailing.sending import outbox, preflight
from mailing.sending.cascade import Choice
from notifications.models import Hold, Notification, NotificationStatus, Reader
from notifications.queue.reasons import Facts, hold_of
from portal.models import AddressKind, ClientMember, Employee

NEEDED = ("firm", "company__firm", "company__manager__user", "company__group", "employee__user", "person")

Told = tuple[int, int, int | None, str]  # what it is about, by type and key, and whom it reached


@dataclass(frozen=True)
class Examined:
    """What holds a row, and to which address of whom it would go."""

    hold: Hold
    address: str
    name: str


def examine(rows: Sequence[Notification]) -> list[Examined]:
    """Of each of `rows`, which came with NEEDED and need not be saved yet."""
    addresses = [address_of(row) for row in rows]
    about, office = said_by_things(rows), Office(rows, addresses)
    return [
        Examined(
            hold_of(
                Facts(
                    is_muted=is_muted(row),
                    about=about[number],
                    has_access=office.has_access(row),
                    address=address,
                    is_blocked=office.is_blocked(row, address),
                    is_unsubscribed=office.is_unsubscribed(row, address),
                    was_told=told_key(row) in office.told,
                    is_forced=row.is_forced,
                    is_prepared=office.is_prepared(row),
                )
            ),
            address,
            name_of(row),
        )
        for number, (row, address) in enumerate(zip(rows, addresses, strict=True))
    ]


def address_of(row: Notification) -> str:
    """Where `row` would go now: the person's address, or the one of the company's card."""
    return (row.person.email or "") if row.person else AddressKind(row.address_kind).of(row.company)


def name_of(row: Notification) -> str:
    return row.person.name if row.person else row.company.name


def is_muted(row: Notification) -> bool:
    firm = row.firm
    return firm.mutes_employees if row.reader is Reader.EMPLOYEE else firm.mutes_clients


def told_key(row: Notification) -> Told:
    return (row.about_type_id, row.about_id, row.person_id, row.address_kind)


def said_by_things(rows: Sequence[Notification]) -> list[Hold]:
    """What the things say that `rows` tell of; nothing where they have nothing to say."""
    said = [Hold.NONE] * len(rows)
    by_type = defaultdict[int, list[int]](list)
    for number, row in enumerate(rows):
        by_type[row.about_type_id].append(number)
    for numbers in by_type.values():
        model = rows[numbers[0]].about_type.model_class()
        if ask := getattr(model, "why_not_told", None):
            for number, hold in zip(numbers, ask([rows[number] for number in numbers]), strict=True):
                said[number] = hold
    return said


class Office:
    """What the firm knows of the people of some rows."""

    def __init__(self, rows: Sequence[Notification], addresses: Iterable[str]):
        companies = {row.company_id for row in rows}
        employees = {row.employee_id for row in rows if row.employee_id}
        members = ClientMember.objects.open().filter(company__in=companies)
        self.companies = set(members.values_list("company", flat=True))
        self.employees = (
            set(Employee.objects.open().filter(pk__in=employees).values_list("pk", flat=True))
            if employees
            else set()
        )
        self.told = already_told(rows)
        self.suppressed = suppressed(rows, addresses)
        self.senders: dict[int, Choice] = {}  # by company
        self.prepared: dict[tuple[int, str], bool] = {}

    def has_access(self, row: Notification) -> bool:
        return row.employee_id in self.employees if row.employee_id else row.company_id in self.companies

    def is_blocked(self, row: Notification, address: str) -> bool:
        return bool(self.suppressed.get((row.firm_id, address), set()) - {SuppressionReason.UNSUBSCRIBE})

    def is_unsubscribed(self, row: Notification, address: str) -> bool:
        return SuppressionReason.UNSUBSCRIBE in self.suppressed.get((row.firm_id, address), set())

    def is_prepared(self, row: Notification) -> bool:
        """May it leave from the address that would send it (D-32, D-37)? Asked once an address."""
        if row.company_id not in self.senders:
            self.senders[row.company_id] = outbox.sender_of(MailKind.DOCUMENT, row.firm, row.company)
        sender = self.senders[row.company_id]
        key = (row.firm_id, sender.address)
        if key not in self.prepared:
            blocks = bool(sender.error) or preflight.prepared(sender.address, row.firm).blocks
            self.prepared[key] = not blocks
        return self.prepared[key]


def suppressed(rows: Sequence[Notification], addresses: Iterable[str]) -> dict[tuple[int, str], set[str]]:
    """The reasons for which the firms of `rows` write to `addresses` no more."""
    found = Suppression.objects.filter(
        firm__in={row.firm_id for row in rows}, address__in={address for address in addresses if address}
    )
    reasons = defaultdict[tuple[int, str], set[str]](set)
    for firm, address, reason in found.values_list("firm", "address", "reason"):
        reasons[firm, address].add(reason)
    return reasons


def already_told(rows: Sequence[Notification]) -> set[Told]:
    """Whom what `rows` tell of has reached before, or is on its way to."""
    mine = {row.pk for row in rows}
    sent = Notification.objects.filter(
        about_type__in={row.about_type_id for row in rows}, about_id__in={row.about_id for row in rows}
    ).exclude(status=NotificationStatus.CANCELLED)
    reached = sent.exclude(status=NotificationStatus.WAITING, mail=None).exclude(hold=Hold.FAILED)
    found = reached.values_list("pk", "about_type", "about_id", "person", "address_kind")
    return {(kind, key, person, address) for pk, kind, key, person, address in found if pk not in mine}
