from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from notifications.models import LinkTarget, Reader
from portal.models import AddressKind, ClientMember, Company, Firm, User

ROOTS = {"clients": "clients_root", "employees": "employees_root", "suppliers": "suppliers_root"}


class Audience(models.TextChoices):
    """Whose documents a folder holds: the tabs of the grid (S3-08)."""

    EMPLOYEES = "employees", _("Salariés")
    CLIENTS = "clients", _("Clients")
    SUPPLIERS = "suppliers", _("Fournisseurs")

    @property
    def reader(self) -> Reader:
        """For whom what is told of such a folder is written."""
        return Reader.EMPLOYEE if self is Audience.EMPLOYEES else Reader.CLIENT


class FolderKind(models.TextChoices):
    """What a folder is for, where the portal treats it apart: filtered lists (D-47), paper payslips, leavers (D-03)."""

    OTHER = "", _("autre")
    CONTRACTS = "contracts", _("contrats")
    AMENDMENTS = "amendments", _("avenants")
    QUOTES = "quotes", _("devis")
    INVOICES = "invoices", _("factures")
    PAYSLIPS = "payslips", _("bulletins")


# What an employee keeps after leaving the company (D-03).
KEPT_BY_LEAVERS = (FolderKind.PAYSLIPS, FolderKind.CONTRACTS, FolderKind.AMENDMENTS)


class Signature(models.TextChoices):
    """« Signature » (S3-14): the bottom corner of the last page; a folder with one is signable (D-46)."""

    NONE = "", _("sans")
    LEFT = "left", _("à gauche")
    RIGHT = "right", _("à droite")


LINK_TARGETS = {
    Audience.EMPLOYEES: (LinkTarget.SPACE, LinkTarget.DOCUMENT, LinkTarget.PAYSLIPS),
    Audience.CLIENTS: (LinkTarget.SPACE, LinkTarget.DOCUMENT, LinkTarget.QUOTES, LinkTarget.STATEMENT),
    Audience.SUPPLIERS: (LinkTarget.SPACE, LinkTarget.DOCUMENT),
}


class FolderCells(models.Model):
    """A row of the grid: what is wanted, and what counts since it was last published (D-41).

    `published` holds the cells as last published, nothing where they never were; `published_at` is null as long as the
    folder is not on the portal.
    """

    CELLS = ("is_shared", "signature", "notifies", "notify_on", "link_target")

    is_shared = models.BooleanField(_("portail"), default=False)
    signature = models.CharField(_("signature"), max_length=5, choices=Signature, blank=True)
    notifies = models.BooleanField(_("notification"), default=False)
    notify_on = models.CharField(_("notifier sur"), max_length=8, choices=AddressKind, blank=True)
    link_target = models.CharField(_("lien vers"), max_length=9, choices=LinkTarget, default=LinkTarget.SPACE)
    published = models.JSONField(default=dict, editable=False)
    published_at = models.DateTimeField(_("publié le"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def cells(self) -> dict[str, Any]:
        """What is wanted."""
        return {name: getattr(self, name) for name in self.CELLS}

    @property
    def red_cells(self) -> frozenset[str]:
        """The cells with a red background: what is wanted differs from what counts (S3-29)."""
        counts = self.counting or {name: self._meta.get_field(name).get_default() for name in self.CELLS}
        return frozenset(name for name, value in self.cells.items() if counts.get(name) != value)

    @property
    def counting(self) -> dict[str, Any]:
        """The cells that count; nothing where none do yet."""
        return self.published

    @property
    def is_there(self) -> bool:
        """Does the portal show the folder?"""
        return self.published_at is not None

    @property
    def is_dirty(self) -> bool:
        return bool(self.red_cells)


class FolderQuerySet(models.QuerySet):
    def of_firm(self, firm_id: int):
        """The rows of the firm's grid, archived ones left out; a company's own folders are not among them."""
        return self.filter(firm=firm_id, company=None, is_archived=False)

    def on_the_portal_of(self, company: Company):
        """The folders of the firm, and the company's own, that are on the portal of `company`, which is their `of` then."""
        return (
            self.filter(Q(company=None) | Q(company=company), firm=company.firm_id)
            .annotate(of=Value(company.pk))
            .filter(is_on_the_portal("top", "of"))
        )

    def of_company(self, company: Company):
        """The folders that a company has: the firm's and its own."""
        live = self.filter(firm=company.firm_id, is_archived=False)
        return live.filter(Q(company=None) | Q(company=company))

    def configured_by(self, user: User):
        """The firm's grid, for its administrators alone."""
        return self.of_firm(user.firm_id) if user.is_firm_admin else self.none()

    def archived_by(self, user: User):
        """What was taken out of the firm's grid, for its administrators alone."""
        return (
            self.filter(firm=user.firm_id, company=None, is_archived=True)
            if user.is_firm_admin
            else self.none()
        )


class Folder(FolderCells):
    """Répertoire of the GED: of every company of the firm, or of one only; a folder within another follows its `top`.

    A company's employees and suppliers have folders of their own `audience`. `path` is relative to the root of the
    audience (« Chemins »), without a backslash at its ends: « A signer\\Contrat ».
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="folders")
    company = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="own_folders")
    audience = models.CharField(max_length=9, choices=Audience)
    kind = models.CharField(_("usage"), max_length=10, choices=FolderKind, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    top = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    path = models.CharField(_("chemin"), max_length=400)
    label = models.CharField(_("désignation"), max_length=100)
    key = models.CharField(max_length=120, editable=False)  # the label without case and accents
    position = models.PositiveIntegerField(default=0)
    signed_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version signée dans"),
    )
    is_archived = models.BooleanField(_("archivé"), default=False)

    objects = FolderQuerySet.as_manager()

    class Meta:
        verbose_name = _("répertoire")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "firm",
                "audience",
                Coalesce("company", 0),
                Coalesce("parent", 0),
                "key",
                condition=Q(is_archived=False),
                name="folder_label_once_in_its_parent",
                violation_error_message=_("Un répertoire porte déjà ce nom."),
            )
        ]

    def __str__(self):
        return self.label

    @property
    def full_path(self) -> str:
        """« Chemin » (S3-11): SALARIES\\A signer\\Contrat\\."""
        return f"{getattr(self.firm, ROOTS[self.audience])}\\{self.path}\\"

    @property
    def link_label(self) -> str:
        return LinkTarget(self.link_target).label_for(Audience(self.audience).reader)


class FolderException(FolderCells):
    """The row of the grid as one company has it instead of the firm's. It counts once it was published; `is_dropped`:
    the firm's row is wanted again, and counts again with the next « Synchroniser »."""

    folder = models.ForeignKey(Folder, models.CASCADE, related_name="exceptions")
    company = models.ForeignKey(Company, models.CASCADE, related_name="folder_exceptions")
    is_dropped = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("exception")
        constraints = [models.UniqueConstraint(fields=["folder", "company"], name="one_exception_of_company")]

    def __str__(self):
        return f"{self.folder} – {self.company}"

    @property
    def counting(self) -> dict[str, Any]:
        """Those of the firm's row, until the exception was published."""
        return self.published or self.folder.published

    @property
    def is_there(self) -> bool:
        """Does the portal show the folder to the company?"""
        row = self if self.published else self.folder
        return row.published_at is not None

    @property
    def is_dirty(self) -> bool:
        return self.is_dropped or not self.published or super().is_dirty


class WithheldFolder(models.Model):
    """« Droits »: a folder that a contact of a company does not see (S3-25)."""

    member = models.ForeignKey(ClientMember, models.CASCADE, related_name="withheld_folders")
    folder = models.ForeignKey(Folder, models.CASCADE, related_name="withheld_from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "folder"], name="folder_withheld_once")]

    def __str__(self):
        return f"{self.folder} – {self.member}"


def is_on_the_portal(folder: str, company: str) -> Q:
    """Of rows that lead to a top folder by `folder` and to a company by `company` (both paths of a query): the folder is
    on the portal of that company. An exception that was published goes before the firm's row."""
    exception = FolderException.objects.filter(
        folder=OuterRef(folder), company=OuterRef(company), published__has_key="is_shared"
    )
    return Q(Exists(exception.filter(published_at__isnull=False))) | (
        Q(Exists(Folder.objects.filter(pk=OuterRef(folder), published_at__isnull=False)))
        & ~Q(Exists(exception))
    )


def is_withheld(folder: str, company: str, user: User) -> Q:
    """The same rows: « Droits » hides the folder from the contact `user` in that company."""
    return Q(
        Exists(
            WithheldFolder.objects.filter(
                folder=OuterRef(folder), member__user=user, member__company=OuterRef(company)
            )
        )
    )
