"""The closed list of the mails that the portal writes: data, without import of who writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailKind(models.TextChoices):
    APPROVAL_REQUEST = "approval_request", _("Demande d’approbation")
    PENDING = "pending", _("Demande en attente")
    CONFIRMATION = "confirmation", _("Confirmation d’envoi")
    REFUSAL = "refusal", _("Refus d’envoi")
    IMPOSSIBLE = "impossible", _("Envoi impossible")

    @property
    def is_answer(self) -> bool:
        """Answers a mail: marked auto-replied, with a null return path (D-17)."""
        return self != MailKind.APPROVAL_REQUEST

    @property
    def is_capped(self) -> bool:
        """Nobody decided it: once per (sender, company) and day, four a day to one address (D-17)."""
        return self in (MailKind.PENDING, MailKind.IMPOSSIBLE)
