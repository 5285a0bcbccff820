from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm
from portal.models.people import User
from portal.moves import Queued


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("En attente")
    RUNNING = "running", _("En cours")
    DONE = "done", _("Terminé")
    FAILED = "failed", _("En échec")
    CANCELLED = "cancelled", _("Arrêté")

    @property
    def tone(self) -> str:
        return {
            JobStatus.WAITING: "neutral",
            JobStatus.RUNNING: "info",
            JobStatus.DONE: "ok",
            JobStatus.FAILED: "danger",
            JobStatus.CANCELLED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            JobStatus.WAITING: "clock",
            JobStatus.RUNNING: "arrow-path",
            JobStatus.DONE: "check-circle",
            JobStatus.FAILED: "exclamation-triangle",
            JobStatus.CANCELLED: "x-mark",
        }[self]


class Job(Queued):
    """Long work that a person asked for: it goes on in a worker, shows how far it is, and can be left (ui.md).

    `kind` names the work (`portal.jobs`), `asked` holds its parameters, ids and choices only, `report` what there is to
    say at the end: lines in French for people.
    """

    QUEUE = "jobs"
    WAITING = (JobStatus.WAITING, JobStatus.RUNNING)
    FAILED = JobStatus.FAILED
    CLAIMED = JobStatus.RUNNING

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="jobs")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="jobs")
    kind = models.CharField(max_length=60)
    title = models.CharField(_("travail"), max_length=200)
    asked = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)
    status = models.CharField(max_length=9, choices=JobStatus, default=JobStatus.WAITING)
    created_at = models.DateTimeField(_("demandé"), default=timezone.now)
    ended_at = models.DateTimeField(_("terminé"), null=True)

    class Meta:
        verbose_name = _("travail")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "next_attempt_at"]),
            models.Index(fields=["by", "-created_at"]),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("portal:job", args=[self.pk])

    @property
    def badge(self) -> JobStatus:
        return JobStatus(self.status)

    @property
    def is_over(self) -> bool:
        return self.status not in self.WAITING

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
