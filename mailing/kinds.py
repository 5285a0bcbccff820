"""The closed list of the mails that the portal writes: data, without import of who writes them.

Some are not written yet: they stand here so that the settings and the simulator can say who would send and receive them.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Chain(StrEnum):
    """In which order addresses are looked for to send a mail (D-37)."""

    CASCADE = "cascade"  # gestionnaire, groupe, adresse fonctionnelle, adresse de communication
    NOTIFICATION = "notification"  # adresse de notification, else the cascade
    GATE = "gate"  # adresse de notification, else adresse de communication
    DEPLOYMENT = "deployment"


class Audience(StrEnum):
    """To whom a mail goes."""

    PERSON = "person"  # whoever it is about
    APPROVERS = "approvers"  # who decides about an address (D-12); the settings may add readers (D-33)
    TEAM = "team"  # the firm: the cascade as recipient, or those whom the settings name (S1-11 to S1-14)


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
    ACCOUNT_SECURITY = "account_security", _("Sécurité du compte")
    WELCOME = "welcome", _("Bienvenue sur le portail")
    ACCESS = "access", _("Accès au portail")
    MESSAGE = "message", _("Message du cahier de liaison")
    DUNNING = "dunning", _("Relance")
    INVOICE = "invoice", _("Facture")
    DOCUMENT = "document", _("Document mis à disposition")
    FAILED_TASK = "failed_task", _("Tâches échouées")
    CLIENT_MESSAGE = "client_message", _("Messages du module de communication")
    VAT_COMPLETE = "vat_complete", _("Documents TVA OK")
    USER_REQUEST = "user_request", _("Demandes des utilisateurs")
    RETENTION_NOTICE = "retention_notice", _("Suppression annoncée de fichiers")
    DELIVERY_ALARM = "delivery_alarm", _("E-mails non remis")
    REQUEST_ANSWER = "request_answer", _("Réponse à une demande d’utilisateur")

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
        return self in (MailKind.RECEIPT, MailKind.DOCUMENT)

    @property
    def is_asked_for(self) -> bool:
        """The person has just asked for it, to get in: nothing stops it (D-36)."""
        return self == MailKind.PASSWORD_RESET

    @property
    def is_measurable(self) -> bool:
        """May its links be measured, where its recipient accepts that? Never those of security mails (D-30b)."""
        return self.chain is not Chain.DEPLOYMENT

    @property
    def chain(self) -> Chain:
        """Who sends it (D-37). What the portal tells the firm leaves like its requests: no letter of the gestionnaire."""
        return CHAINS[self]

    @property
    def audience(self) -> Audience:
        return AUDIENCES.get(self, Audience.PERSON)

    @property
    def is_followed_up(self) -> bool:
        """The sending address receives a copy, « pour le suivi » (S1-02)."""
        return self is MailKind.WELCOME


CHAINS = {
    MailKind.APPROVAL_REQUEST: Chain.GATE,
    MailKind.APPROVAL_REMINDER: Chain.GATE,
    MailKind.APPROVAL_FLOOD: Chain.GATE,
    MailKind.PENDING: Chain.GATE,
    MailKind.CONFIRMATION: Chain.GATE,
    MailKind.REFUSAL: Chain.GATE,
    MailKind.EXPIRY: Chain.GATE,
    MailKind.IMPOSSIBLE: Chain.GATE,
    MailKind.UNKNOWN_ADDRESS: Chain.GATE,
    MailKind.RECEIPT: Chain.GATE,
    MailKind.PASSWORD_RESET: Chain.DEPLOYMENT,
    MailKind.PASSWORD_CHANGED: Chain.DEPLOYMENT,
    MailKind.ACCOUNT_SECURITY: Chain.DEPLOYMENT,
    MailKind.WELCOME: Chain.CASCADE,
    MailKind.ACCESS: Chain.CASCADE,
    MailKind.MESSAGE: Chain.CASCADE,
    MailKind.DUNNING: Chain.CASCADE,
    MailKind.INVOICE: Chain.CASCADE,
    MailKind.DOCUMENT: Chain.NOTIFICATION,
    MailKind.FAILED_TASK: Chain.GATE,
    MailKind.CLIENT_MESSAGE: Chain.GATE,
    MailKind.VAT_COMPLETE: Chain.GATE,
    MailKind.USER_REQUEST: Chain.GATE,
    MailKind.REQUEST_ANSWER: Chain.GATE,
    MailKind.RETENTION_NOTICE: Chain.GATE,
    MailKind.DELIVERY_ALARM: Chain.GATE,
}
AUDIENCES = {
    MailKind.APPROVAL_REQUEST: Audience.APPROVERS,
    MailKind.APPROVAL_REMINDER: Audience.APPROVERS,
    MailKind.APPROVAL_FLOOD: Audience.APPROVERS,
    MailKind.FAILED_TASK: Audience.TEAM,
    MailKind.CLIENT_MESSAGE: Audience.TEAM,
    MailKind.VAT_COMPLETE: Audience.TEAM,
    MailKind.USER_REQUEST: Audience.TEAM,
    MailKind.RETENTION_NOTICE: Audience.TEAM,
    MailKind.DELIVERY_ALARM: Audience.TEAM,
}
# The rows of « Paramètres de l’e-mail » (S1-11 to S1-14, D-33).
AUTOMATIC = (
    MailKind.FAILED_TASK,
    MailKind.CLIENT_MESSAGE,
    MailKind.VAT_COMPLETE,
    MailKind.USER_REQUEST,
    MailKind.APPROVAL_REQUEST,
    MailKind.RETENTION_NOTICE,
    MailKind.DELIVERY_ALARM,
)
