from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Firm, Job, StoredFile, User
from portal.moves import MovesQuerySet


class ImportKind(models.TextChoices):
    """What a file of the directory is about; the value stands in URLs."""

    COMPANIES = "entreprises", _("Entreprises")
    CONTACTS = "contacts", _("Contacts")
    EMPLOYEES = "salaries", _("Salariés")


class ImportStatus(models.TextChoices):
    FAULTY = "faulty", _("À corriger")
    CHECKED = "checked", _("À importer")
    RUNNING = "running", _("Import en cours")
    DONE = "done", _("Importé")
    DROPPED = "dropped", _("Abandonné")

    @property
    def tone(self) -> str:
        return {
            ImportStatus.FAULTY: "danger",
            ImportStatus.CHECKED: "warning",
            ImportStatus.RUNNING: "info",
            ImportStatus.DONE: "ok",
            ImportStatus.DROPPED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            ImportStatus.FAULTY: "exclamation-triangle",
            ImportStatus.CHECKED: "clock",
            ImportStatus.RUNNING: "arrow-path",
            ImportStatus.DONE: "check-circle",
            ImportStatus.DROPPED: "x-mark",
        }[self]


class Outcome(models.TextChoices):
    """What an import makes of a line of its file."""

    WRONG = "wrong", _("Erreur")
    NEW = "new", _("Nouveau")
    CHANGED = "changed", _("Modifié")
    SAME = "same", _("Inchangé")

    @property
    def column(self) -> str:
        """Where an import counts such lines."""
        return f"{self.value}_rows"

    @property
    def tone(self) -> str:
        return {
            Outcome.WRONG: "danger",
            Outcome.NEW: "ok",
            Outcome.CHANGED: "info",
            Outcome.SAME: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            Outcome.WRONG: "exclamation-triangle",
            Outcome.NEW: "plus",
            Outcome.CHANGED: "pencil",
            Outcome.SAME: "check",
        }[self]


class DirectoryImportQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        """Imports are the business of the firm's administrators."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class DirectoryImport(models.Model):
    """A file of companies, contacts or employees: checked, shown, then imported as a whole or not at all.

    The file and the lines are kept until a day has passed; what remains of an import is this row, and the history.
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="directory_imports")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(_("quoi"), max_length=11, choices=ImportKind)
    name = models.CharField(_("fichier"), max_length=150)
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    creates_groups = models.BooleanField(_("créer les groupes absents"), default=False)
    ignored = models.JSONField(default=list)  # headings that mean nothing to the portal
    status = models.CharField(_("état"), max_length=7, choices=ImportStatus, default=ImportStatus.CHECKED)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    new_rows = models.PositiveIntegerField(_("nouveaux"), default=0)
    changed_rows = models.PositiveIntegerField(_("modifiés"), default=0)
    same_rows = models.PositiveIntegerField(_("inchangés"), default=0)
    wrong_rows = models.PositiveIntegerField(_("en erreur"), default=0)
    created_at = models.DateTimeField(_("déposé"), default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = DirectoryImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        indexes = [models.Index(fields=["firm", "-created_at"])]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("approvals:directory_import", args=[self.pk])

    @property
    def badge(self) -> ImportStatus:
        return ImportStatus(self.status)

    @property
    def is_open(self) -> bool:
        """Does it wait for a person? No work of its own is under way, and it is not over."""
        return self.status in (ImportStatus.FAULTY, ImportStatus.CHECKED) or self.is_stuck

    @property
    def is_stuck(self) -> bool:
        """Its work was stopped, or failed: nothing was imported."""
        return self.status == ImportStatus.RUNNING and (self.job is None or self.job.is_over)

    @property
    def to_do(self) -> int:
        return self.new_rows + self.changed_rows


class ImportRow(models.Model):
    """A line of the file, and what the import would make of it: a preview, gone with the file."""

    of = models.ForeignKey(DirectoryImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("ligne"))
    outcome = models.CharField(_("état"), max_length=7, choices=Outcome)
    key = models.CharField(_("code"), max_length=300, blank=True)
    name = models.CharField(_("nom"), max_length=300, blank=True)
    changes = models.JSONField(default=list)  # column, before, after
    errors = models.JSONField(default=list)  # column, sentence

    class Meta:
        verbose_name = _("ligne d’import")
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="line_once_in_import")]
        indexes = [models.Index(fields=["of", "outcome", "number"])]

    def __str__(self):
        return f"{self.number} – {self.name}"

    @property
    def badge(self) -> Outcome:
        return Outcome(self.outcome)
