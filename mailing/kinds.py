"""The closed list of the mails that the portal writes: data, without import of who writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailKind(models.TextChoices):
    APPROVAL_REQUEST = "approval_request", _("Demande d’approbation")
    PENDING = "pending", _("Demande en attente")
    CONFIRMATION = "confirmation", _("Confirmation d’envoi")
    REFUSAL = "refusal", _("Refus d’envoi")
    IMPOSSIBLE = "impossible", _("Envoi impossible")
    PASSWORD_RESET = "password_reset", _("Nouveau mot de passe")
    PASSWORD_CHANGED = "password_changed", _("Mot de passe changé")

    @property
    def is_answer(self) -> bool:
        """Answers a mail: marked auto-replied, with a null return path (D-17)."""
        return self in (MailKind.PENDING, MailKind.CONFIRMATION, MailKind.REFUSAL, MailKind.IMPOSSIBLE)

    @property
    def is_capped(self) -> bool:
        """Nobody decided it: once per (sender, company) and day, four a day to one address (D-17)."""
        return self in (MailKind.PENDING, MailKind.IMPOSSIBLE)

    @property
    def is_security(self) -> bool:
        """Leaves from the address of the deployment, whoever the firm (D-37)."""
        return self in (MailKind.PASSWORD_RESET, MailKind.PASSWORD_CHANGED)
