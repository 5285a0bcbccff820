from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm


class Flaw(models.TextChoices):
    """Why people cannot read a file that was kept all the same (D-20); `portal.files.soundness` finds out."""

    SOUND = "", _("lisible")
    UNSEEN = "unseen", _("pas encore vérifié")
    SUSPECT = "suspect", _("à vérifier")
    LOCKED = "locked", _("PDF protégé")
    UNREADABLE = "unreadable", _("PDF illisible")

    @property
    def is_shown(self) -> bool:
        return self in (Flaw.LOCKED, Flaw.UNREADABLE)

    @property
    def tone(self) -> str:
        return "warning"

    @property
    def icon(self) -> str:
        return "lock-closed" if self is Flaw.LOCKED else "exclamation-triangle"


class StoredFile(models.Model):
    """Bytes that a person or a mail brought in, kept under a random key by `portal.files` (T42)."""

    firm = models.ForeignKey(Firm, models.PROTECT, related_name="stored_files")
    key = models.CharField(max_length=64, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("taille"), editable=False)
    type = models.CharField(
        _("type"), max_length=127, editable=False, help_text="Read from the content (D-20)."
    )
    flaw = models.CharField(max_length=16, choices=Flaw, default=Flaw.SOUND, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fichier")
        indexes = [
            models.Index(
                fields=["flaw", "id"],
                condition=Q(flaw__in=["unseen", "suspect"]),
                name="files_to_look_at_closer",
            )
        ]

    def __str__(self):
        return self.key

    @property
    def mark(self) -> Flaw | None:
        """The badge of a file that cannot be read; None for all others."""
        flaw = Flaw(self.flaw)
        return flaw if flaw.is_shown else None
