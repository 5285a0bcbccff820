"""The folders that a contact or a salarié finds in the own space, with how many documents lie in each."""

from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from documents.models import Audience, Document, Folder, FolderKind
from documents.models.folder import KEPT_BY_LEAVERS, is_withheld
from portal.models import Company, Employee, User


@dataclass
class Shelf:
    """A folder as its reader sees it: `count` documents, `fresh` of them new, those of its own folders among them."""

    folder: Folder
    count: int = 0
    fresh: int = 0
    parent: "Shelf | None" = None
    children: list["Shelf"] = field(default_factory=list)

    @property
    def keys(self) -> list[int]:
        """The folder, and all within it."""
        return [shelf.folder.pk for shelf in (self, *self.within)]

    @property
    def within(self) -> "list[Shelf]":
        """All that stand in it, each after the one it stands in."""
        return [one for child in self.children for one in (child, *child.within)]

    @property
    def top(self) -> "Shelf":
        return self.parent.top if self.parent else self


@dataclass(frozen=True)
class Totals:
    """How many documents, and how many of them are new."""

    count: int
    fresh: int


@dataclass(frozen=True)
class Shelves:
    """All of a reader's folders in one company, those at the top first."""

    every: dict[int, Shelf]

    @property
    def tops(self) -> list[Shelf]:
        return [shelf for shelf in self.every.values() if shelf.parent is None]

    @property
    def filled(self) -> list[Shelf]:
        return [shelf for shelf in self.tops if shelf.count]

    @property
    def count(self) -> int:
        return sum(shelf.count for shelf in self.tops)

    @property
    def fresh(self) -> int:
        return sum(shelf.fresh for shelf in self.tops)

    def of_kind(self, kind: FolderKind) -> Totals:
        """What lies in the folders that a list of its own shows (D-47)."""
        shelves = [shelf for shelf in self.tops if shelf.folder.kind == kind]
        return Totals(sum(shelf.count for shelf in shelves), sum(shelf.fresh for shelf in shelves))

    def others(self, *kinds: FolderKind) -> list[Shelf]:
        """Those with documents, but for the kinds that have a list of their own (D-47)."""
        return [shelf for shelf in self.filled if shelf.folder.kind not in kinds]


def of_contact(user: User, company: Company, documents: QuerySet[Document]) -> Shelves:
    """The folders on the portal of `company` that « Droits » shows to its contact `user`; `documents` is what lies there,
    with news."""
    return arranged(
        Folder.objects.on_the_portal_of(company).filter(
            ~is_withheld("top", "of", user), audience=Audience.CLIENTS
        ),
        documents,
    )


def of_employment(employment: Employee, documents: QuerySet[Document]) -> Shelves:
    """The folders on the portal for the salarié of `employment`; after leaving, those that the law wants kept (D-03)."""
    folders = Folder.objects.on_the_portal_of(employment.company).filter(audience=Audience.EMPLOYEES)
    if employment.left_on:
        folders = folders.filter(top__kind__in=KEPT_BY_LEAVERS)
    return arranged(folders, documents)


def arranged(folders: QuerySet[Folder], documents: QuerySet[Document]) -> Shelves:
    """Two queries, however many folders and documents. An archived folder is there as long as something lies in it."""
    counted = documents.order_by().values_list("folder")
    numbers = counted.annotate(count=Count("pk"), fresh=Count("pk", filter=Q(is_new=True)))
    counts = {key: (count, fresh) for key, count, fresh in numbers}
    shelves = {
        folder.pk: Shelf(folder, *counts.get(folder.pk, (0, 0)))
        for folder in folders.order_by("position", "pk")
        if not folder.is_archived or folder.pk in counts
    }
    for shelf in shelves.values():
        shelf.parent = shelves.get(shelf.folder.parent_id)
        if shelf.parent:
            shelf.parent.children.append(shelf)
    for top in [shelf for shelf in shelves.values() if shelf.parent is None]:
        add_up(top)
    return Shelves(shelves)


def add_up(shelf: Shelf) -> None:
    for child in shelf.children:
        add_up(child)
        shelf.count += child.count
        shelf.fresh += child.fresh
