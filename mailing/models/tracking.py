import json

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.moves import Queued


class MailStatus(models.TextChoices):
    """The twelve statuses of a mail (S2-06 to S2-17), with their definitions; the order is in `tracking.statuses`."""

    SENT = "sent", _("Envoyé")
    DELIVERED = "delivered", _("Délivré")
    SOFT_BOUNCED = "soft_bounced", _("Rejeté temporairement")
    HARD_BOUNCED = "hard_bounced", _("Rejeté définitivement")
    CLICKED = "clicked", _("Click")
    OPENED = "opened", _("Ouvert")
    COMPLAINED = "complained", _("Spam")
    BLOCKED = "blocked", _("Bloqué")
    INVALID = "invalid", _("E-mail non-valide")
    UNSUBSCRIBED = "unsubscribed", _("Désabonné")
    DEFERRED = "deferred", _("Retardée")
    ERROR = "error", _("Erreur")

    @property
    def tone(self) -> str:
        return _LOOKS[self][0]

    @property
    def icon(self) -> str:
        return _LOOKS[self][1]

    @property
    def definition(self) -> str:
        return _LOOKS[self][2]


_LOOKS = {
    MailStatus.SENT: (
        "info",
        "paper-airplane",
        _("L’e-mail est parti et n’est pas encore délivré au destinataire."),
    ),
    MailStatus.DELIVERED: ("ok", "inbox-arrow-down", _("L’e-mail est arrivé chez le destinataire.")),
    MailStatus.SOFT_BOUNCED: (
        "warning",
        "arrow-uturn-left",
        _(
            "Le serveur du destinataire l’a rejeté pour le moment (boîte pleine, serveur hors ligne, contenu, "
            "filtrage). Il pourrait encore être délivré une fois la cause résolue."
        ),
    ),
    MailStatus.HARD_BOUNCED: (
        "danger",
        "x-circle",
        _(
            "Le serveur du destinataire l’a rejeté pour de bon : adresse invalide, domaine inexistant ou boîte bloquée."
        ),
    ),
    MailStatus.CLICKED: ("ok", "cursor-arrow-rays", _("Le destinataire a cliqué sur un lien de l’e-mail.")),
    MailStatus.OPENED: ("ok", "envelope-open", _("Le destinataire a ouvert l’e-mail.")),
    MailStatus.COMPLAINED: ("danger", "flag", _("Le destinataire ou son fournisseur l’a marqué comme spam.")),
    MailStatus.BLOCKED: (
        "danger",
        "no-symbol",
        _("L’e-mail n’est pas entré : expéditeur sur une liste noire, ou autre cause de blocage."),
    ),
    MailStatus.INVALID: (
        "danger",
        "at-symbol",
        _("L’adresse n’est pas valide ; l’e-mail n’a pas pu être tenté."),
    ),
    MailStatus.UNSUBSCRIBED: (
        "neutral",
        "bell-slash",
        _("Le destinataire ne souhaite plus recevoir ces e-mails."),
    ),
    MailStatus.DEFERRED: (
        "warning",
        "clock",
        _("Le serveur du destinataire retarde la livraison ; elle est retentée."),
    ),
    MailStatus.ERROR: (
        "danger",
        "exclamation-triangle",
        _("Une erreur s’est produite pendant le transfert."),
    ),
}


class Source(models.TextChoices):
    PROVIDER = "provider", _("prestataire d’envoi")
    REPORT = "report", _("rapport de remise")
    PORTAL = "portal", _("portail")


class Nature(models.TextChoices):
    OBSERVED = "observed", _("observé")
    DEDUCED = "deduced", _("déduit")
    MACHINE = "machine", _("machine")


class Cause(models.TextChoices):
    """Why a mail came back (S2-09, S2-11)."""

    MAILBOX_FULL = "mailbox_full", _("boîte pleine")
    OFFLINE = "offline", _("serveur temporairement hors ligne")
    CONTENT = "content", _("contenu (fichiers trop volumineux…)")
    FILTERING = "filtering", _("règles de filtrage temporaires")
    ADDRESS = "address", _("adresse invalide")
    DOMAIN = "domain", _("domaine inexistant")
    MAILBOX_BLOCKED = "mailbox_blocked", _("boîte bloquée")
    UNKNOWN = "unknown", _("inconnue")


class MailEvent(models.Model):
    """One step of a mail's life, with where we know it from. The mail's status is a function of the set of these."""

    mail = models.ForeignKey("mailing.OutgoingMail", models.CASCADE, null=True, related_name="events")
    code = models.CharField(_("statut"), max_length=16, choices=MailStatus)
    at = models.DateTimeField(_("date"), default=timezone.now)
    received_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=8, choices=Source)
    nature = models.CharField(max_length=8, choices=Nature, default=Nature.OBSERVED)
    cause = models.CharField(max_length=16, choices=Cause, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    provider = models.CharField(max_length=16, blank=True)
    provider_id = models.CharField(max_length=255, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    payload = models.JSONField(default=dict)
    fingerprint = models.CharField(
        max_length=64, unique=True, help_text="The same event posted twice is one (T25)."
    )

    class Meta:
        verbose_name = _("étape")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["provider", "provider_id"])]

    def __str__(self):
        return str(self.status.label)

    @property
    def payload_text(self) -> str:
        """What was received, for people to read."""
        return json.dumps(self.payload, indent=2, ensure_ascii=False)

    @property
    def status(self) -> MailStatus:
        return MailStatus(self.code)


class PostStatus(models.TextChoices):
    RECEIVED = "received", _("Reçu")
    HANDLED = "handled", _("Traité")
    FAILED = "failed", _("En échec")


class WebhookPost(Queued):
    """What a provider posted, kept as it came before anything reads it (quality.md, fact 4)."""

    QUEUE = "events"
    WAITING = (PostStatus.RECEIVED,)
    FAILED = PostStatus.FAILED

    provider = models.CharField(max_length=16)
    body = models.BinaryField()
    content_type = models.CharField(max_length=255, blank=True)
    query = models.CharField(max_length=1000, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=8, choices=PostStatus, default=PostStatus.RECEIVED)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "next_attempt_at"])]

    def __str__(self):
        return f"{self.provider} {self.pk}"
