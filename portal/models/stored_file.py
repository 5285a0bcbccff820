from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm


class StoredFile(models.Model):
    """Bytes that a person or a mail brought in, kept under a random key by `portal.files` (T42)."""

    firm = models.ForeignKey(Firm, models.PROTECT, related_name="stored_files")
    key = models.CharField(max_length=64, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("taille"), editable=False)
    type = models.CharField(
        _("type"), max_length=127, editable=False, help_text="Read from the content (D-20)."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fichier")

    def __str__(self):
        return self.key
