from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.company import Company
from portal.models.firm import Firm
from portal.models.people import User
from portal.moves import MovesQuerySet


class TaskStatus(models.TextChoices):
    OPEN = "open", _("À traiter")
    RETRIED = "retried", _("Relancée")
    DONE = "done", _("Traitée")

    @property
    def tone(self) -> str:
        return {TaskStatus.OPEN: "danger", TaskStatus.RETRIED: "info", TaskStatus.DONE: "ok"}[self]

    @property
    def icon(self) -> str:
        return {
            TaskStatus.OPEN: "exclamation-triangle",
            TaskStatus.RETRIED: "arrow-path",
            TaskStatus.DONE: "check-circle",
        }[self]


class FailedTaskQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        """Failures of the companies that `user` works on; a firm administrator sees those of no company too."""
        mine = Q(company__in=Company.objects.staffed_by(user))
        if user.is_firm_admin:
            mine |= Q(company=None, firm=user.firm_id)
        return self.filter(mine)

    def open(self):
        return self.filter(status=TaskStatus.OPEN)

    def to_announce(self):
        """Open, and no automatic mail told of it yet (S1-11); the oldest first."""
        return self.open().filter(announced_at=None).order_by("opened_at", "pk")


class FailedTask(models.Model):
    """Something that could not be handled after every attempt: a person opens it, and retries or closes it (S1-11)."""

    firm = models.ForeignKey(Firm, models.CASCADE, null=True, related_name="failed_tasks")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="failed_tasks")
    about_type = models.ForeignKey(ContentType, models.PROTECT)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")
    title = models.CharField(_("tâche"), max_length=200)
    reason = models.CharField(_("motif"), max_length=500)
    status = models.CharField(_("statut"), max_length=8, choices=TaskStatus, default=TaskStatus.OPEN)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("prise en charge par")
    )
    opened_at = models.DateTimeField(_("depuis"), auto_now_add=True)
    announced_at = models.DateTimeField(null=True, help_text="When the automatic mails told of it (S1-11).")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = FailedTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("tâche échouée")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["about_type", "about_id"],
                condition=Q(status="open"),
                name="one_open_task_about_a_row",
            )
        ]
        indexes = [
            models.Index(fields=["company", "status"]),
            models.Index(
                fields=["opened_at"], condition=Q(status="open", announced_at=None), name="tasks_to_announce"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def url(self) -> str:
        """Where the thing that failed is shown; "" where it has no page, or one that only its owner sees."""
        if not hasattr(self.about, "get_absolute_url") or (
            self.company_id is None and not self.about.FIRM_SEES
        ):
            return ""
        return self.about.get_absolute_url()

    @property
    def opens_beside(self) -> bool:
        """Does that page open in the panel?"""
        return bool(self.url) and self.about.OPENS_BESIDE

    @property
    def is_open(self) -> bool:
        return self.status == TaskStatus.OPEN

    @property
    def is_done(self) -> bool:
        return self.status == TaskStatus.DONE

    @property
    def is_free(self) -> bool:
        """Nobody looks after it, or somebody who is not there any more."""
        return self.owner is None or not self.owner.is_active

    @property
    def badge(self) -> TaskStatus:
        return TaskStatus(self.status)
