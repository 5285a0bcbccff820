from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailing.models.tracking import MailEvent
from portal.models import Firm, User


class SuppressionReason(models.TextChoices):
    """Why a firm writes to an address no more (D-36)."""

    HARD_BOUNCE = "hard_bounce", _("Rejeté définitivement")
    COMPLAINT = "complaint", _("Plainte pour spam")
    UNSUBSCRIBE = "unsubscribe", _("Désabonné")
    BY_HAND = "by_hand", _("Ajoutée à la main")

    @property
    def tone(self) -> str:
        return {
            SuppressionReason.HARD_BOUNCE: "danger",
            SuppressionReason.COMPLAINT: "danger",
            SuppressionReason.UNSUBSCRIBE: "neutral",
            SuppressionReason.BY_HAND: "warning",
        }[self]

    @property
    def icon(self) -> str:
        return {
            SuppressionReason.HARD_BOUNCE: "x-circle",
            SuppressionReason.COMPLAINT: "flag",
            SuppressionReason.UNSUBSCRIBE: "bell-slash",
            SuppressionReason.BY_HAND: "no-symbol",
        }[self]


class SuppressionQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """The firm's own, for its administrators."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class Suppression(models.Model):
    """An address to which a firm sends nothing more, or no optional notice; lifted by being deleted (D-36)."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="suppressions")
    address = models.CharField(_("adresse"), max_length=254)
    reason = models.CharField(_("raison"), max_length=12, choices=SuppressionReason)
    at = models.DateTimeField(_("depuis"), default=timezone.now)
    event = models.ForeignKey(MailEvent, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("motif"), max_length=300, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("adresse supprimée des envois")
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "address", "reason"],
                name="address_suppressed_once_for_a_reason",
                violation_error_message=_("Cette adresse ne reçoit déjà plus rien pour cette raison."),
            )
        ]
        indexes = [models.Index(fields=["firm", "-at"])]

    def __str__(self):
        return self.address

    @property
    def badge(self) -> SuppressionReason:
        return SuppressionReason(self.reason)
