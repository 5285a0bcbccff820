from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.models import Company, Employee, Firm, User
from portal.moves import MovesQuerySet


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


class NotificationQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        """Those of the companies that `user` works on."""
        return self.filter(firm=user.firm_id, company__in=Company.objects.staffed_by(user))

    def of(self, thing: models.Model):
        return self.filter(about_type=ContentType.objects.get_for_model(thing), about_id=thing.pk)

    def waiting(self):
        return self.filter(status=NotificationStatus.WAITING)


class Notification(models.Model):
    """Somebody is to hear of something on the portal, once: of a document, or of all that a folder newly shows.

    To a person (`person`), or to an address of the company's card (`address_kind`, as the floor above names them): the
    address is read when the mail leaves, and kept in `sent_to`. `occasion` is the moment of what it tells of: one
    publication makes one row for each recipient, whatever is killed or pressed twice. `hold` is what was known when it
    was written; what it is about is asked again, `why_not_told(notification)`, before it leaves.
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="notifications")
    company = models.ForeignKey(Company, models.CASCADE, related_name="notifications")
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="notifications")
    about_type = models.ForeignKey(ContentType, models.PROTECT)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="notifications")
    address_kind = models.CharField(max_length=8, blank=True)
    link_target = models.CharField(_("lien vers"), max_length=9)
    occasion = models.DateTimeField(_("publié le"))
    status = models.CharField(
        _("état"), max_length=9, choices=NotificationStatus, default=NotificationStatus.WAITING
    )
    hold = models.CharField(_("motif"), max_length=16, choices=Hold, blank=True)
    is_forced = models.BooleanField(_("notification forcée"), default=False)
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
                fields=["firm", "created_at"],
                condition=Q(status="waiting"),
                name="notifications_that_wait",
            ),
        ]

    def __str__(self):
        return f"{self.about} – {self.person or self.address_kind}"

    @property
    def badge(self) -> NotificationStatus:
        return NotificationStatus(self.status)

    @property
    def why_it_waits(self) -> Hold:
        """Why it would not leave now, as far as the row and what it is about can tell."""
        if self.hold:
            return Hold(self.hold)
        if self.about is None:  # deleted for good
            return Hold.NOT_PUBLISHED
        ask = getattr(self.about, "why_not_told", None)
        return ask(self) if ask else Hold.NONE
