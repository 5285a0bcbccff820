"""What « Synchroniser » would do, said before it is done (D-41): which rows of the grid, how many documents appear and
disappear, to how many persons the portal would write. The reckoning is pure; `facts_of` reads what it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from documents.models import Document, Folder, FolderException
from documents.publication.recipients import Recipient, recipient_of
from documents.publication.states import DocumentState, folder_is_new, with_state
from notifications.models import Notification
from notifications.queue import reasons
from notifications.queue.examining import NEEDED, examine
from portal.models import AddressKind, ClientMember, Company, Employee, Firm

Cells = Mapping[str, Any]
MOST_EXAMINED = 500  # notifications that wait, looked at to say how many leave


@dataclass(frozen=True)
class Scope:
    """All of a firm, or what is one company's own: its folders, its exceptions, its documents."""

    firm: Firm
    company: Company | None = None

    def documents(self):
        """Those that lie in folders of companies that are not archived."""
        found = Document.objects.live().filter(firm=self.firm, folder__isnull=False)
        found = found.filter(company__is_archived=False)
        return found if self.company is None else found.filter(company=self.company)

    def folders(self):
        """The rows of folders; one within another follows its top."""
        found = Folder.objects.filter(firm=self.firm, parent=None).select_related("company", "firm")
        return found if self.company is None else found.filter(company=self.company)

    def exceptions(self):
        found = FolderException.objects.filter(folder__firm=self.firm).select_related(
            "folder__firm", "company"
        )
        return found if self.company is None else found.filter(company=self.company)

    def notifications(self):
        """Those of its companies and salariés."""
        found = Notification.objects.filter(firm=self.firm)
        return found if self.company is None else found.filter(company=self.company)

    def stated(self):
        """Its documents as they stand before this « Synchroniser »."""
        return with_state(self.documents(), is_of_company=self.company is not None)


class Effect(models.TextChoices):
    """What becomes of a row."""

    APPEARS = "appears", _("apparaît sur le portail")
    DISAPPEARS = "disappears", _("quitte le portail")
    CHANGES = "changes", _("change")
    RETURNS = "returns", _("redevient comme le cabinet")


@dataclass(frozen=True)
class Change:
    """A row that is not published as it is wanted: the cells, in words, and what the portal shows of it."""

    label: str
    company: str
    effect: Effect
    cells: tuple[str, ...]

    def __str__(self):
        name = f"{self.label} ({self.company})" if self.company else self.label
        cells = f" : {', '.join(self.cells)}" if self.cells and self.effect == Effect.CHANGES else ""
        return f"{name} – {Effect(self.effect).label}{cells}"


def change_of(row: Folder | FolderException) -> Change | None:
    """What « Synchroniser » makes of a row; None where nothing."""
    folder = row.folder if isinstance(row, FolderException) else row
    will_be = row.is_shared and not folder.is_archived
    if isinstance(row, FolderException) and row.is_dropped:
        effect = Effect.RETURNS
    elif will_be != row.is_there:
        effect = Effect.APPEARS if will_be else Effect.DISAPPEARS
    elif row.is_dirty and not folder.is_archived:
        effect = Effect.CHANGES
    else:
        return None
    cells = [name for name in row.CELLS if name in row.red_cells]
    fields = {field.name: field for field in row._meta.fields}
    words = tuple(str(fields[name].verbose_name) for name in cells)
    return Change(str(folder), row.company.name if row.company else "", effect, words)


@dataclass(frozen=True)
class Arrivals:
    """Documents that would appear, of one folder, company and salarié; `is_first`: with their folder."""

    top: int
    audience: str
    company: int
    employee: int | None
    person: int | None
    address: Cells
    count: int
    is_first: bool


@dataclass(frozen=True)
class Facts:
    changes: tuple[Change, ...]
    arrivals: tuple[Arrivals, ...]
    leaving: int
    notifications: int
    cells: Mapping[
        tuple[int, int | None], Cells
    ]  # as they will count, by top folder and company, or of the firm
    open_companies: frozenset[int]
    open_employees: frozenset[int]
    mutes_clients: bool
    mutes_employees: bool


@dataclass(frozen=True)
class Plan:
    """`told`: persons written to of documents that join a folder; `first_told`: those of folders newly shown, if whoever
    publishes chooses so; `notifications`: those that waited and leave with it."""

    changes: tuple[Change, ...]
    appearing: int
    leaving: int
    told: int
    first: int
    first_told: int
    notifications: int

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.appearing or self.leaving or self.notifications)


def plan_of(facts: Facts) -> Plan:
    first = [group for group in facts.arrivals if group.is_first]
    joining = [group for group in facts.arrivals if not group.is_first]
    return Plan(
        changes=facts.changes,
        appearing=sum(group.count for group in facts.arrivals),
        leaving=facts.leaving,
        told=len(readers(joining, facts)),
        first=sum(group.count for group in first),
        first_told=len(readers(first, facts)),
        notifications=facts.notifications,
    )


def readers(groups: Iterable[Arrivals], facts: Facts) -> set[Recipient]:
    """Who would be written to of `groups`."""
    found = set()
    for group in groups:
        cells = facts.cells.get((group.top, group.company)) or facts.cells.get((group.top, None), {})
        reader = recipient_of(group.audience, group.company, cells, group.person)
        if reader and cells.get("notifies") and not held(group, reader, facts):
            found.add(reader)
    return found


def held(group: Arrivals, reader: Recipient, facts: Facts) -> bool:
    of_person = reader.person is not None
    known = reasons.Facts(
        is_muted=facts.mutes_employees if of_person else facts.mutes_clients,
        has_access=group.employee in facts.open_employees
        if of_person
        else group.company in facts.open_companies,
        address=group.address["person" if of_person else reader.kind],
    )
    return bool(reasons.hold_of(known))


def facts_of(scope: Scope) -> Facts:
    """A constant number of queries, whatever the firm holds."""
    rows = [*scope.folders(), *scope.exceptions()]
    stated = scope.stated()
    firm = scope.firm
    companies = {"company__firm": firm} if scope.company is None else {"company": scope.company}
    return Facts(
        changes=tuple(change for change in map(change_of, rows) if change),
        arrivals=tuple(arrivals(stated)),
        leaving=stated.filter(state=DocumentState.TO_WITHDRAW).count(),
        notifications=len(free_to_leave(scope)),
        cells=wanted_cells(scope, rows),
        open_companies=frozenset(
            ClientMember.objects.open().filter(**companies).values_list("company", flat=True)
        ),
        open_employees=frozenset(Employee.objects.open().filter(**companies).values_list("pk", flat=True)),
        mutes_clients=firm.mutes_clients,
        mutes_employees=firm.mutes_employees,
    )


def free_to_leave(scope: Scope) -> list[Notification]:
    """Notifications that wait, held until now or for « Synchroniser », and that nothing holds any more."""
    waiting = scope.notifications().waiting().filter(is_released=False).order_by("-pk")
    rows = list(waiting.select_related(*NEEDED, "about_type")[:MOST_EXAMINED])
    return [row for row, found in zip(rows, examine(rows), strict=True) if not found.hold]


def wanted_cells(scope: Scope, rows: Iterable[Folder | FolderException]):
    """The cells that will count. « Synchroniser » of a company leaves the firm's rows as they were published."""
    cells: dict[tuple[int, int | None], Cells] = {}
    if scope.company is not None:
        of_firm = Folder.objects.filter(firm=scope.firm, parent=None, company=None)
        cells = {(pk, None): published for pk, published in of_firm.values_list("pk", "published")}
    for row in rows:
        if isinstance(row, Folder):
            cells[row.pk, None] = row.cells
        elif not row.is_dropped:
            cells[row.folder_id, row.company_id] = row.cells
    return cells


ADDRESSES = {
    AddressKind.MAIN.value: "company__email",
    AddressKind.QUOTE.value: "company__quote_email",
    AddressKind.BILLING.value: "company__billing_email",
    AddressKind.DUNNING.value: "company__dunning_email",
    "person": "employee__user__email",
}


def arrivals(stated) -> Iterable[Arrivals]:
    """The documents that would appear, counted by the database."""
    groups = (
        stated.filter(state=DocumentState.TO_PUBLISH)
        .annotate(is_first=folder_is_new())
        .order_by()
        .values_list(
            *("folder__top", "folder__top__audience", "company", "employee", "employee__user", "is_first"),
            *ADDRESSES.values(),
        )
        .annotate(Count("pk"))
    )
    for top, audience, company, employee, person, is_first, *addresses, count in groups:
        address = dict(zip(ADDRESSES, [text or "" for text in addresses], strict=True))
        yield Arrivals(top, audience, company, employee, person, address, count, is_first)
