"""The closed list of the mails that the portal writes: data, without import of who writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailKind(models.TextChoices):
    APPROVAL_REQUEST = "approval_request", _("Demande d’approbation")
    APPROVAL_REMINDER = "approval_reminder", _("Rappel d’une demande d’approbation")
    APPROVAL_FLOOD = "approval_flood", _("Nombreuses demandes d’approbation")
    PENDING = "pending", _("Demande en attente")
    CONFIRMATION = "confirmation", _("Confirmation d’envoi")
    REFUSAL = "refusal", _("Refus d’envoi")
    EXPIRY = "expiry", _("Demande restée sans réponse")
    IMPOSSIBLE = "impossible", _("Envoi impossible")
    UNKNOWN_ADDRESS = "unknown_address", _("Adresse inconnue")
    RECEIPT = "receipt", _("Accusé de réception")
    PASSWORD_RESET = "password_reset", _("Nouveau mot de passe")
    PASSWORD_CHANGED = "password_changed", _("Mot de passe changé")

    @property
    def is_answer(self) -> bool:
        """Answers a mail: marked auto-replied, with a null return path (D-17)."""
        return self.is_capped or self in (MailKind.CONFIRMATION, MailKind.REFUSAL, MailKind.EXPIRY)

    @property
    def is_capped(self) -> bool:
        """Nobody decided it: once per (sender, company) and day, four a day to one address (D-17)."""
        return self in (MailKind.PENDING, MailKind.IMPOSSIBLE, MailKind.UNKNOWN_ADDRESS, MailKind.RECEIPT)

    @property
    def is_optional(self) -> bool:
        """Nobody misses anything without it: whoever has unsubscribed gets none, by one click (D-36, RFC 8058)."""
        return self == MailKind.RECEIPT

    @property
    def is_asked_for(self) -> bool:
        """The person has just asked for it, to get in: nothing stops it (D-36)."""
        return self == MailKind.PASSWORD_RESET

    @property
    def is_security(self) -> bool:
        """Leaves from the address of the deployment, whoever the firm (D-37)."""
        return self in (MailKind.PASSWORD_RESET, MailKind.PASSWORD_CHANGED)
