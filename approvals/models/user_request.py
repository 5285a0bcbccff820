from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Company, User
from portal.models.firm import code_validator
from portal.moves import MovesQuerySet


class RequestStatus(models.TextChoices):
    """Where a request of a client administrator stands (S1-14)."""

    PENDING = "pending", _("En attente")
    ACCEPTED = "accepted", _("Acceptée")
    REFUSED = "refused", _("Refusée")
    WITHDRAWN = "withdrawn", _("Retirée")

    @property
    def tone(self) -> str:
        return {
            RequestStatus.PENDING: "warning",
            RequestStatus.ACCEPTED: "ok",
            RequestStatus.REFUSED: "danger",
            RequestStatus.WITHDRAWN: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            RequestStatus.PENDING: "clock",
            RequestStatus.ACCEPTED: "check-circle",
            RequestStatus.REFUSED: "x-circle",
            RequestStatus.WITHDRAWN: "arrow-uturn-left",
        }[self]


class RequestKind(models.TextChoices):
    CONTACT = "contact", _("Nouveau contact")
    EMPLOYEE = "employee", _("Nouveau salarié")
    CHANGE = "change", _("Modification")


class UserRequestQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        """Those of the companies that `user` administers, as staff or as a client administrator."""
        return self.filter(company__in=Company.objects.administered_by(user))

    def decided_by_staff(self, user: User):
        """Those that `user` may decide: of the companies on which this person works."""
        return self.filter(company__in=Company.objects.staffed_by(user))

    def pending(self):
        return self.filter(status=RequestStatus.PENDING)


class UserRequest(models.Model):
    """What a client administrator asks of the firm: a new user of the company, or a change to one (S1-14)."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="user_requests")
    kind = models.CharField(_("type"), max_length=8, choices=RequestKind)
    name = models.CharField(_("nom"), max_length=200)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    matricule = models.CharField(_("matricule"), max_length=32, blank=True, validators=[code_validator])
    is_admin = models.BooleanField(_("administrateur client"), default=False)
    person = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("personne"),
        help_text="Whom a change is about.",
    )
    comment = models.TextField(_("commentaire"), max_length=1000, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("demandée par"))
    created_at = models.DateTimeField(_("demandée le"), auto_now_add=True)
    status = models.CharField(_("statut"), max_length=9, choices=RequestStatus, default=RequestStatus.PENDING)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("décidée le"), null=True)
    reason = models.CharField(_("motif"), max_length=300, blank=True)

    objects = UserRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande d’utilisateur")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["company", "-created_at"]),
            models.Index(
                fields=["company"], condition=Q(status=RequestStatus.PENDING), name="requests_that_wait"
            ),
        ]

    def __str__(self):
        return f"{RequestKind(self.kind).label} – {self.name}"

    def get_absolute_url(self):
        return reverse("approvals:user_request", args=[self.company.code, self.pk])

    @property
    def badge(self) -> RequestStatus:
        return RequestStatus(self.status)

    @property
    def kind_of(self) -> RequestKind:
        return RequestKind(self.kind)

    @property
    def is_pending(self) -> bool:
        return self.badge is RequestStatus.PENDING

    @property
    def is_change(self) -> bool:
        return self.kind_of is RequestKind.CHANGE
