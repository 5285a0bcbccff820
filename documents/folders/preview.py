"""« Voir ce que verra un client »: the portal of a company or of one person after « Synchroniser », with the boxes as they
are ticked on the screen. Nothing is written; the cost is a few queries, however many documents there are."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, Q, Value, When
from django.utils.translation import gettext as _

from documents.folders.forms import Tried
from documents.folders.grid import Cells, Grid, Row
from documents.models import Audience, Document, Folder, FolderKind, WithheldFolder
from documents.models.folder import KEPT_BY_LEAVERS
from notifications.models import LinkTarget
from notifications.queue import links
from portal.models import AddressKind, ClientMember, Company, Employee

NAMED = 5  # documents of a folder that are named


@dataclass(frozen=True)
class Told:
    """What would be said of the next document in a folder: to which address, with which link; or why not."""

    address: str = ""
    link: str = ""
    path: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class Shown:
    """A folder before and after: whether it is there, how many documents, which of them appear and disappear."""

    folder: Folder
    before: bool
    after: bool
    count: int
    appearing: int
    disappearing: int
    names: tuple[str, ...]  # of those that appear
    gone: tuple[str, ...]
    told: Told
    told_before: Told

    @property
    def told_changes(self) -> bool:
        return self.told != self.told_before and (self.before or self.after)

    @property
    def more(self) -> int:
        return self.appearing - len(self.names)

    @property
    def more_gone(self) -> int:
        return self.disappearing - len(self.gone)


@dataclass(frozen=True)
class Preview:
    """What `person`, or anybody of `company` where it is None, would see."""

    company: Company
    person: ClientMember | Employee | None
    people: list[ClientMember] | list[Employee]
    folders: list[Shown]
    withheld: list[str]

    @property
    def appearing(self) -> int:
        return sum(shown.appearing for shown in self.folders)

    @property
    def disappearing(self) -> int:
        return sum(shown.disappearing for shown in self.folders)

    @property
    def why_nothing(self) -> str:
        """Why the person sees nothing at all, whatever the boxes say; "" where that is not so."""
        if self.person is not None and not self.person.is_open:
            return _("%(name)s n’a pas d’accès ouvert au portail : rien ne sera vu tant qu’il manque.") % {
                "name": self.person.user
            }
        return ""


def preview(grid: Grid, tried: Tried, company: Company, person: ClientMember | Employee | None) -> Preview:
    """What would be seen of the folders of `grid`, the firm's, with the cells `tried`."""
    of_company = Grid(grid.user, grid.audience, company)
    rows = of_company.rows(of_company.folders, {})
    hidden = withheld_from(person)
    wanted = {row.folder.pk: wanted_of(row, tried) for row in rows}
    seen = [row for row in rows if row.folder.pk not in hidden and is_kept(row.folder, person)]
    before = {row.folder.pk for row in seen if is_there(row)}
    after = {row.folder.pk for row in seen if wanted[row.folder.pk]["is_shared"]}
    documents = documents_of(company, grid.audience, person)
    there, appearing, disappearing = counted(documents, before, after)
    names, gone = named(documents, before, after)
    mutes = bool(grid.mute and getattr(grid.firm, grid.mute))
    mutes_after = mutes if tried.mutes is None else tried.mutes
    return Preview(
        company,
        person,
        people_of(company, grid.audience),
        [
            Shown(
                row.folder,
                row.folder.pk in before,
                row.folder.pk in after,
                there[row.folder.pk],
                appearing[row.folder.pk],
                disappearing[row.folder.pk],
                tuple(names[row.folder.pk]),
                tuple(gone[row.folder.pk]),
                told(wanted[row.folder.pk], row.folder, company, person, mutes=mutes_after),
                told(row.counts, row.folder, company, person, mutes=mutes),
            )
            for row in seen
        ],
        [row.folder.label for row in rows if row.folder.pk in hidden],
    )


def wanted_of(row: Row, tried: Tried) -> Cells:
    """What the row is to say: what was typed is the firm's, an exception and what is the company's own go before it."""
    if row.is_exception or row.is_own:
        return row.saved
    return row.saved | tried.cells.get(row.folder.pk, {})


def is_there(row: Row) -> bool:
    """Is the folder on the portal of the company now?"""
    row_that_counts = row.exception if row.exception and row.exception.published else row.folder
    return row_that_counts.published_at is not None


def is_kept(folder: Folder, person: ClientMember | Employee | None) -> bool:
    """Whoever has left keeps the bulletins, contrats and avenants (D-03)."""
    return not (isinstance(person, Employee) and person.left_on) or folder.kind in KEPT_BY_LEAVERS


def withheld_from(person: ClientMember | Employee | None) -> set[int]:
    if not isinstance(person, ClientMember):
        return set()
    return set(WithheldFolder.objects.filter(member=person).values_list("folder", flat=True))


def people_of(company: Company, audience: Audience) -> list[ClientMember] | list[Employee]:
    model = Employee if audience == Audience.EMPLOYEES else ClientMember
    return list(
        model.objects.live().filter(company=company).select_related("user").order_by("user__name")[:20]
    )


def documents_of(company: Company, audience: Audience, person: ClientMember | Employee | None):
    """What lies in the folders of that audience: of the company, or of its salariés, or of one."""
    found = Document.objects.live().filter(company=company, folder__top__audience=audience)
    if audience != Audience.EMPLOYEES:
        return found.filter(employee=None)
    return found.filter(employee=person.pk) if person else found.filter(employee__isnull=False)


def conditions(before: set[int], after: set[int]) -> tuple[Q, Q]:
    """Documents seen now, and documents seen after « Synchroniser »: no bulletin is published for whoever wants paper."""
    now = Q(published_at__isnull=False, folder__top__in=before)
    on_paper = Q(published_at=None, folder__top__kind=FolderKind.PAYSLIPS, employee__wants_paper=True)
    return now, Q(is_shared=True, folder__top__in=after) & ~on_paper


def counted(documents, before: set[int], after: set[int]) -> tuple[Counter, Counter, Counter]:
    """By top-level folder: how many will be there, how many of them are not yet, how many go."""
    now, then = conditions(before, after)
    found = documents.annotate(
        now=Case(When(now, then=Value(1)), default=Value(0)),
        then=Case(When(then, then=Value(1)), default=Value(0)),
    )
    there, appearing, disappearing = Counter[int](), Counter[int](), Counter[int]()
    for row in found.values("folder__top", "now", "then").annotate(number=Count("pk")).order_by():
        top, number = row["folder__top"], row["number"]
        there[top] += number * row["then"]
        appearing[top] += number * (row["then"] > row["now"])
        disappearing[top] += number * (row["now"] > row["then"])
    return there, appearing, disappearing


def named(documents, before: set[int], after: set[int]) -> tuple[dict, dict]:
    """By top-level folder, some of the documents that appear, and of those that disappear: the newest."""
    now, then = conditions(before, after)
    some = documents.order_by("-created_at", "-pk").values_list("folder__top", "name")
    return by_folder(some.filter(then & ~now)[:100]), by_folder(some.filter(now & ~then)[:100])


def by_folder(found: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    names = defaultdict[int, list[str]](list)
    for top, name in found:
        if len(names[top]) < NAMED:
            names[top].append(name)
    return names


def told(
    cells: Cells, folder: Folder, company: Company, person: ClientMember | Employee | None, *, mutes: bool
) -> Told:
    """What the next document in `folder` would tell, with its row as `cells` (S3-15 to S3-18)."""
    if not cells["is_shared"]:
        return Told(why_not=_("répertoire hors du portail"))
    if not cells["notifies"]:
        return Told(why_not=_("sans notification"))
    if mutes:
        return Told(why_not=_("notifications désactivées"))
    address, where = address_of(cells, folder, company, person)
    if not address:
        return Told(why_not=_("adresse absente : %(where)s") % {"where": where})
    target = LinkTarget(cells["link_target"])
    reader = Audience(folder.audience).reader
    return Told(address, target.label_for(reader), links.path_of(target, company, reader))


def address_of(
    cells: Cells, folder: Folder, company: Company, person: ClientMember | Employee | None
) -> tuple[str, str]:
    """The address that is written to, "" where it is not filled in, and what it is called."""
    if folder.audience == Audience.EMPLOYEES:
        where = _("e-mail de la fiche du salarié")
        return (person.user.email if person else _("l’adresse de chaque salarié")), where
    kind = AddressKind(cells["notify_on"] or AddressKind.MAIN)
    return kind.of(company), str(kind.label)
