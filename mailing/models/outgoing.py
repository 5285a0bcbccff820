import secrets
import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models.inbound import InboundMail
from mailing.models.tracking import MailStatus
from portal.models import ClientMember, Company, Employee, Firm, User
from portal.moves import Queued, QueueQuerySet


class OutboxStatus(models.TextChoices):
    """Where a mail stands with us; what became of it afterwards is a `MailStatus`."""

    QUEUED = "queued", _("En file")
    SENDING = "sending", _("En cours d’envoi")
    SENT = "sent", _("Envoyé")
    ERROR = "error", _("Erreur")
    CANCELLED = "cancelled", _("Annulé")

    @property
    def tone(self) -> str:
        return {
            OutboxStatus.QUEUED: "neutral",
            OutboxStatus.SENDING: "neutral",
            OutboxStatus.SENT: "info",
            OutboxStatus.ERROR: "danger",
            OutboxStatus.CANCELLED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            OutboxStatus.QUEUED: "clock",
            OutboxStatus.SENDING: "arrow-path",
            OutboxStatus.SENT: "paper-airplane",
            OutboxStatus.ERROR: "exclamation-triangle",
            OutboxStatus.CANCELLED: "x-mark",
        }[self]


class Secret(models.TextChoices):
    """A personal link that delivery derives at each attempt; the row holds only a mark in its place (D-30b)."""

    PASSWORD_RESET = "password_reset", _("lien pour choisir un mot de passe")
    WELCOME = "welcome", _("lien pour choisir un premier mot de passe")


def new_mark() -> str:
    """Stands where the secret will be; nobody can guess it, so that the same characters in a user's text are data."""
    return f"[{secrets.token_hex(16)}]"


# It will not arrive, as far as is known: what left and came back, and what was given up. Spelled as an index and a query
# must both spell it, that SQLite knows the one for the other.
UNDELIVERED = (
    Q(last_status=MailStatus.HARD_BOUNCED)
    | Q(last_status=MailStatus.SOFT_BOUNCED)
    | Q(last_status=MailStatus.BLOCKED)
    | Q(last_status=MailStatus.INVALID)
    | Q(last_status=MailStatus.COMPLAINED)
)


class OutgoingQuerySet(QueueQuerySet):
    def to_alarm_about(self):
        """What did not arrive and the firm was not told of; the oldest first. What we still try is not among them.

        Statuses are left out, not asked for: their own index would be searched instead of the one that holds these few.
        """
        found = self.filter(UNDELIVERED, alarmed_at=None)
        return found.exclude(status__in=OutgoingMail.WAITING).order_by("created_at", "pk")

    def visible_to(self, user: User):
        """Who sees a mail that left (ui.md).

        Staff: the mails of the companies they work on; a firm administrator those of no company too. A client
        administrator: the mails to the company's people and to its senders, not those to the firm's staff.
        """
        to_people = Exists(
            ClientMember.objects.filter(company=OuterRef("company"), user__email=OuterRef("to_email"))
        )
        to_employees = Exists(
            Employee.objects.filter(company=OuterRef("company"), user__email=OuterRef("to_email"))
        )
        to_senders = Exists(
            InboundMail.objects.filter(company=OuterRef("company"), sender=OuterRef("to_email"))
        )
        administered = Q(company__in=Company.objects.administered_by(user))
        mine = Q(company__in=Company.objects.staffed_by(user))
        mine |= administered & (Q(to_people) | Q(to_employees) | Q(to_senders))
        if user.is_firm_admin:
            mine |= Q(company=None, firm=user.firm_id)
        return self.filter(mine)


class OutgoingMail(Queued):
    """One mail to one recipient: written once, then sent, then followed (D-30). The row is the truth."""

    QUEUE = "outbox"
    WAITING = (OutboxStatus.QUEUED, OutboxStatus.SENDING)
    FAILED = OutboxStatus.ERROR
    CLAIMED = OutboxStatus.SENDING
    FIRM_SEES = OPENS_BESIDE = True

    key = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="Idempotency key, Message-ID."
    )
    once = models.CharField(
        max_length=255, unique=True, null=True, help_text="What must be said once: a second row is refused."
    )
    firm = models.ForeignKey(Firm, models.CASCADE, null=True, related_name="outgoing_mails")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="outgoing_mails")
    about_type = models.ForeignKey(ContentType, models.PROTECT, null=True)
    about_id = models.PositiveBigIntegerField(null=True)
    about = GenericForeignKey("about_type", "about_id")
    kind = models.CharField(_("type"), max_length=24, choices=MailKind)
    from_email = models.EmailField(_("expéditeur"))
    from_name = models.CharField(max_length=200, blank=True)
    reply_to = models.EmailField(_("adresse de réponse"), blank=True)
    choice = models.JSONField(
        default=dict, help_text="Why this sender: `mailing.sending.cascade.Choice.kept`."
    )
    to_email = models.EmailField(_("destinataire"))
    to_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(_("titre"), max_length=255)
    text = models.TextField()
    html = models.TextField()
    person = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", help_text="Whose secret it is."
    )
    secret = models.CharField(max_length=16, choices=Secret, blank=True)
    mark = models.CharField(max_length=40, blank=True, default=new_mark, editable=False)
    is_measured = models.BooleanField(
        default=False, help_text="Its recipient had accepted it when it was written (D-35)."
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    status = models.CharField(max_length=12, choices=OutboxStatus, default=OutboxStatus.QUEUED)
    provider = models.CharField(max_length=16, blank=True, help_text="MAIL_OUT at the time of sending.")
    provider_id = models.CharField(max_length=255, blank=True, db_index=True)
    sent_at = models.DateTimeField(null=True)
    last_status = models.CharField(_("dernier statut"), max_length=16, choices=MailStatus, blank=True)

    alarmed_at = models.DateTimeField(
        null=True, help_text="When the firm was told that it did not arrive, or that nobody is to be told."
    )

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail envoyé")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"]),
            models.Index(fields=["company", "-created_at"]),
            models.Index(fields=["firm", "-created_at"]),
            models.Index(fields=["to_email", "-created_at"]),
            models.Index(
                fields=["created_at"], condition=Q(alarmed_at=None) & UNDELIVERED, name="mails_to_alarm_about"
            ),
        ]

    def __str__(self):
        return self.subject

    def get_absolute_url(self):
        return reverse("mailing:email", args=[self.pk])

    def retry(self) -> bool:
        """As any queued row; what the mail is about hears that it is on its way after all."""
        goes = super().retry()
        if goes and hasattr(self.about, "told_by"):
            self.about.told_by(self)
        return goes

    def why_not_yet(self) -> str:
        """Its sender's domain is not prepared (S1-08): it would be stopped again."""
        from mailing.sending.preflight import refusal  # rooms build on models

        return refusal(self) if self.status == OutboxStatus.ERROR else ""

    @property
    def message_id(self) -> str:
        """Ours, and the same at each attempt, so that a mail sent twice is known for one."""
        return f"<{self.key.hex}@{settings.DEPOSIT_DOMAIN}>"

    @property
    def kind_of(self) -> MailKind:
        return MailKind(self.kind)

    @property
    def shown_text(self) -> str:
        """The text as a screen may show it."""
        return self.text.replace(self.mark, f"[{_('lien personnel masqué')}]") if self.secret else self.text

    @property
    def shown_status(self) -> "MailStatus | OutboxStatus":
        """The last of the twelve statuses; before the first event, where the mail stands with us (D-34)."""
        if self.status == OutboxStatus.CANCELLED or not self.last_status:
            return OutboxStatus(self.status)
        return MailStatus(self.last_status)
