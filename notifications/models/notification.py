from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailing.models import OutgoingMail
from notifications.models.template import NotificationTemplate, Reader, TemplateKind
from portal.bell import ring
from portal.models import Company, Employee, Firm, User
from portal.moves import Queued, QueueQuerySet


class NotificationStatus(models.TextChoices):
    """D-44; « Envoyé » only once the mail was accepted, « Annulé » only from « En attente »."""

    WAITING = "waiting", _("En attente")
    SENT = "sent", _("Envoyé")
    CANCELLED = "cancelled", _("Annulé")

    @property
    def tone(self) -> str:
        return {
            NotificationStatus.WAITING: "warning",
            NotificationStatus.SENT: "ok",
            NotificationStatus.CANCELLED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            NotificationStatus.WAITING: "clock",
            NotificationStatus.SENT: "check",
            NotificationStatus.CANCELLED: "x-mark",
        }[self]


class Hold(models.TextChoices):
    """« Sauf cas spécifiques » (S3-34, D-44): why a notification that waits does not leave."""

    NONE = "", _("aucun")
    MUTED = "muted", _("notifications désactivées")
    NO_ADDRESS = "no_address", _("adresse absente")
    BLOCKED = "blocked", _("adresse bloquée (rebond ou plainte)")
    UNSUBSCRIBED = "unsubscribed", _("désabonné")
    SILENT_FOLDER = "silent_folder", _("dossier sans notification")
    NOT_PUBLISHED = "not_published", _("document non publié")
    NO_ACCESS = "no_access", _("accès non autorisé")
    ALREADY_TOLD = "already_told", _("déjà notifié")
    UNPREPARED = "unprepared", _("expéditeur non préparé")
    FAILED = "failed", _("envoi en échec")


class LinkTarget(models.TextChoices):
    """« Lien vers » (S3-17, S3-18): where a notification leads after the login."""

    SPACE = "space", _("Espace")
    DOCUMENT = "document", _("Téléchargement du document")
    QUOTES = "quotes", _("Devis")
    STATEMENT = "statement", _("Relevé de compte")
    PAYSLIPS = "payslips", _("Bulletins")

    def label_for(self, reader: Reader) -> str:
        """As the grid says it to whoever configures what `reader` is told."""
        if self is not LinkTarget.SPACE:
            return str(self.label)
        return str(_("Espace salarié") if reader is Reader.EMPLOYEE else _("Espace client du portail"))


class NotificationQuerySet(QueueQuerySet):
    def visible_to(self, user: User):
        """Those of the companies that `user` works on."""
        return self.filter(firm=user.firm_id, company__in=Company.objects.staffed_by(user))

    def of(self, thing: models.Model):
        return self.filter(about_type=ContentType.objects.get_for_model(thing), about_id=thing.pk)

    def waiting(self):
        """Those for which no mail is on its way yet."""
        return self.filter(status=NotificationStatus.WAITING, mail=None)

    def due(self):
        """Those that a worker may make mails of now."""
        return self.waiting().filter(is_released=True, hold=Hold.NONE, next_attempt_at__lte=timezone.now())


class Notification(Queued):
    """Somebody is to hear of something on the portal, once: of a document, of all that a folder newly shows, of an access.

    To a person (`person`), or to an address of the company's card (`address_kind`): the address is read when the mail is
    written, and kept in `sent_to`. `occasion` is the moment of what it tells of: one publication makes one row for each
    recipient, whatever is killed or pressed twice; `asked_by` a person who asked for it by hand means the thing as it is
    now. A row that `is_released` becomes a mail, perhaps with others for the same recipient, once `next_attempt_at` has
    come; what then stops it is `hold`, and it waits for the next « Synchroniser » (D-44). « Envoyé » follows from the mail.
    """

    QUEUE = "notifications"
    WAITING = (NotificationStatus.WAITING,)

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="notifications")
    company = models.ForeignKey(Company, models.CASCADE, related_name="notifications")
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="notifications")
    about_type = models.ForeignKey(ContentType, models.PROTECT)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="notifications")
    address_kind = models.CharField(max_length=8, blank=True)
    link_target = models.CharField(_("lien vers"), max_length=9, choices=LinkTarget, blank=True)
    title = models.CharField(
        _("objet"), max_length=255, blank=True, help_text="What it tells of, as it was named then."
    )
    template_kind = models.CharField(
        _("type"), max_length=24, choices=TemplateKind, default=TemplateKind.DOCUMENT
    )
    template = models.ForeignKey(
        NotificationTemplate,
        models.SET_NULL,
        null=True,
        related_name="notifications",
        help_text="The firm's text that was used; none: the portal's own.",
    )
    occasion = models.DateTimeField(_("publié le"))
    status = models.CharField(
        _("état"), max_length=9, choices=NotificationStatus, default=NotificationStatus.WAITING
    )
    hold = models.CharField(_("motif"), max_length=16, choices=Hold, blank=True)
    is_forced = models.BooleanField(_("notification forcée"), default=False)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("renvoyée par")
    )
    is_released = models.BooleanField(default=False)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, related_name="notifications")
    created_at = models.DateTimeField(_("demandée le"), auto_now_add=True)
    sent_to = models.EmailField(_("adresse"), blank=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True)
    cancelled_at = models.DateTimeField(_("annulée le"), null=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "about_type",
                "about_id",
                "occasion",
                Coalesce("person", 0),
                "address_kind",
                name="told_once_of_an_occasion",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, address_kind="") | (Q(person=None) & ~Q(address_kind="")),
                name="told_to_a_person_or_an_address",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "-created_at"], name="notifications_of_a_firm"),
            models.Index(fields=["company", "-created_at"], name="notifications_of_a_company"),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="waiting", hold="", is_released=True, mail=None),
                name="notifications_due",
            ),
            models.Index(
                fields=["firm", "mail"], condition=Q(status="waiting"), name="notifications_that_wait"
            ),
        ]

    def __str__(self):
        return f"{self.about} – {self.person or self.address_kind}"

    def get_absolute_url(self):
        return reverse("notifications:notification", args=[self.pk])

    @property
    def badge(self) -> NotificationStatus:
        return NotificationStatus(self.status)

    @property
    def reader(self) -> Reader:
        """For whom its text is written."""
        return Reader.EMPLOYEE if self.employee_id else Reader.CLIENT

    @property
    def why_it_waits(self) -> Hold:
        """Why it would not leave now; what its mail says where one was written."""
        from notifications.queue.examining import examine  # rooms build on models

        return Hold(self.hold) if self.mail_id else examine([self])[0].hold

    def move_to_failed(self, **fields) -> bool:
        """It waits on, for a person: « envoi en échec » (D-44)."""
        mine = self.mine().filter(status=NotificationStatus.WAITING, mail=None)
        return mine.update(hold=Hold.FAILED, is_released=False, **fields) == 1

    def failed(self):
        return Notification.objects.waiting().filter(pk=self.pk, hold=Hold.FAILED)

    def has_failed(self) -> bool:
        return self.failed().exists()

    def retry(self) -> bool:
        """« envoi en échec » → due, as if new; False where it is not so."""
        again = {"hold": Hold.NONE, "is_released": True, "attempts": 0, "next_attempt_at": timezone.now()}
        moved = self.failed().update(**again) == 1
        if moved:
            ring(self.QUEUE)
        return moved
