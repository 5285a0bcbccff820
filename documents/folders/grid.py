"""« Configuration de la GED »: which rows a grid has, what a row shows, and which of its cells are red (S3-08 to S3-18)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import register_converter, reverse
from django.utils.translation import gettext as _

from documents.models import Audience, Folder, FolderException
from documents.models.folder import ROOTS, FolderCells
from portal.models import Company, Firm, User
from portal.scoping import staffed_company

SLUGS = {Audience.EMPLOYEES: "salaries", Audience.CLIENTS: "clients", Audience.SUPPLIERS: "fournisseurs"}
MUTES = {Audience.EMPLOYEES: "mutes_employees", Audience.CLIENTS: "mutes_clients"}
CELLS = FolderCells.CELLS
Cells = dict[str, Any]  # by the name of a cell; « signed_into » is among them, though it is not published


class AudienceConverter:
    regex = "|".join(SLUGS.values())

    def to_python(self, value: str) -> Audience:
        return next(audience for audience, slug in SLUGS.items() if slug == value)

    def to_url(self, value: Audience | str) -> str:
        return SLUGS[Audience(value)]


register_converter(AudienceConverter, "audience")


@dataclass(frozen=True)
class Grid:
    """The rows of one audience: the firm's, or with `company` those of a company, with its exceptions and what is its
    own. `may_act` is False for whoever only reads it."""

    user: User
    audience: Audience
    company: Company | None = None
    may_act: bool = True

    @property
    def firm(self) -> Firm:
        assert self.user.firm is not None  # whoever configures has one
        return self.user.firm

    @property
    def folders(self) -> QuerySet[Folder]:
        """The top-level folders: those within another follow them."""
        known = Folder.objects
        found = known.of_company(self.company) if self.company else known.configured_by(self.user)
        return found.filter(audience=self.audience, parent=None).select_related("firm", "signed_into")

    @property
    def archived(self) -> QuerySet[Folder]:
        """The firm's folders that may be restored."""
        return Folder.objects.archived_by(self.user).filter(audience=self.audience).select_related("firm")

    @property
    def url(self) -> str:
        if self.company is None:
            return reverse("documents:ged_audience", args=[self.audience])
        return reverse("documents:company_audience", args=[self.company.code, self.audience])

    @property
    def slug(self) -> str:
        return SLUGS[self.audience]

    @property
    def has_addresses(self) -> bool:
        """« Notifier sur »: a salarié has one address only (S3-16)."""
        return self.audience != Audience.EMPLOYEES

    @property
    def is_of_employees(self) -> bool:
        return self.audience == Audience.EMPLOYEES

    @property
    def has_preview(self) -> bool:
        """Is there anybody on the portal who would see these folders? Suppliers have no access."""
        return self.company is None and self.audience != Audience.SUPPLIERS

    @property
    def root(self) -> str:
        return getattr(self.firm, ROOTS[self.audience])

    @property
    def mute(self) -> str:
        """The firm's box « Désactiver les notifications … » of this audience, "" where there is none (S3-21)."""
        return MUTES.get(self.audience, "") if self.company is None else ""

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Word, address, and whether it is shown."""
        grids = [Grid(self.user, audience, self.company) for audience in Audience]
        return [(str(grid.audience.label), grid.url, grid.audience == self.audience) for grid in grids]

    def rows(self, folders: Iterable[Folder], typed: dict[int, Cells]) -> list["Row"]:
        """The rows of `folders`, with what a form says of them; one query, none for the firm's grid."""
        folders = list(folders)
        exceptions = {}
        if self.company is not None:
            found = FolderException.objects.filter(company=self.company, folder__in=folders)
            exceptions = {exception.folder_id: exception for exception in found}
        return [
            Row(folder, self.company, exceptions.get(folder.pk), typed.get(folder.pk, {}))
            for folder in folders
        ]


@dataclass(frozen=True)
class Row:
    """A folder in the grid; `typed` are the cells that a form has changed and nobody has saved."""

    folder: Folder
    company: Company | None = None
    exception: FolderException | None = None
    typed: Cells = field(default_factory=dict)

    @property
    def saved(self) -> Cells:
        """What is wanted, as it is kept: an exception goes before the firm's row until it is dropped."""
        row = self.exception if self.is_exception and self.exception else self.folder
        return row.cells | {"signed_into": self.folder.signed_into_id}

    @property
    def cells(self) -> Cells:
        return self.saved | self.typed

    @property
    def seen(self) -> str:
        """The saved cells as the form carries them along: what a person has changed is told by them."""
        return "|".join(as_text(value) for value in self.saved.values())

    @property
    def counts(self) -> Cells:
        """What counts now: the cells as last published."""
        of_company = self.exception.published if self.exception else {}
        return of_company or self.folder.published or Folder().cells

    @property
    def red(self) -> frozenset[str]:
        """The cells with a red background (S3-29), as they would be if the form were saved."""
        return frozenset(name for name in CELLS if self.cells[name] != self.counts.get(name))

    @property
    def unsaved(self) -> frozenset[str]:
        return frozenset(self.typed)

    @property
    def is_exception(self) -> bool:
        return self.exception is not None and not self.exception.is_dropped

    @property
    def is_own(self) -> bool:
        return self.folder.company_id is not None

    @property
    def state(self) -> str:
        """In the grid of a company: whose row it is."""
        if self.is_own:
            return _("répertoire de cette entreprise")
        if self.is_exception:
            return _("propre à cette entreprise")
        return _("comme le cabinet")

    @property
    def is_signable(self) -> bool:
        """D-46."""
        return bool(self.cells["signature"])


def as_text(value: Any) -> str:
    """A cell in the form: « 1 » for what is ticked, a key, or a value."""
    return {True: "1", False: "", None: ""}.get(value, str(value))


def firm_grid(user: User, audience: Audience) -> Grid:
    """The firm's grid for its administrators; Http404 else."""
    if not user.is_firm_admin:
        raise Http404
    return Grid(user, audience)


def company_grid(user: User, code: str, audience: Audience) -> Grid:
    """The grid of a company: its staff read it, the firm's administrators change it."""
    return Grid(user, audience, staffed_company(user, code), may_act=user.is_firm_admin)
