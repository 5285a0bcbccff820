from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm, code_validator
from portal.models.people import User


class SupplierQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Those of the firm, archived ones among them, for its administrators alone."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class Supplier(models.Model):
    """Fiche fournisseur: whoever the firm itself buys from (S3-08, S3-42)."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="suppliers")
    code = models.CharField(_("code"), max_length=32, validators=[code_validator])
    name = models.CharField(_("nom"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    vat_number = models.CharField(_("numéro de TVA"), max_length=14, blank=True)
    street = models.CharField(_("rue"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    is_archived = models.BooleanField(_("archivé"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        verbose_name = _("fournisseur")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "code"],
                name="supplier_code_once_in_firm",
                violation_error_message=_("Ce code est déjà celui d’un autre fournisseur."),
            )
        ]

    def __str__(self):
        return self.name
