import os

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Firm, Job, User
from portal.moves import MovesQuerySet


class LettersStatus(models.TextChoices):
    """Letters are handed over once (D-06)."""

    READY = "ready", _("À télécharger")
    TAKEN = "taken", _("En cours de téléchargement")
    DELIVERED = "delivered", _("Téléchargées")
    EXPIRED = "expired", _("Expirées")

    @property
    def tone(self) -> str:
        return {
            LettersStatus.READY: "info",
            LettersStatus.TAKEN: "warning",
            LettersStatus.DELIVERED: "ok",
            LettersStatus.EXPIRED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            LettersStatus.READY: "arrow-down-tray",
            LettersStatus.TAKEN: "arrow-path",
            LettersStatus.DELIVERED: "check",
            LettersStatus.EXPIRED: "clock",
        }[self]


def random_salt() -> bytes:
    return os.urandom(16)


class PasswordLettersQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        """Their maker's alone, as long as this person works for the firm."""
        return self.filter(by=user, firm=user.firm_id) if user.staff else self.none()


class PasswordLetters(models.Model):
    """Letters with initial passwords, made by a job for whoever asked; what they say lies encrypted in their parts."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    job = models.OneToOneField(Job, models.CASCADE, related_name="letters")
    salt = models.BinaryField(default=random_salt, editable=False)
    status = models.CharField(max_length=9, choices=LettersStatus, default=LettersStatus.READY)
    count = models.PositiveIntegerField(_("lettres"), default=0)
    expires_at = models.DateTimeField(_("à télécharger avant"), null=True)

    objects = PasswordLettersQuerySet.as_manager()

    class Meta:
        verbose_name = _("lettres")
        indexes = [models.Index(fields=["status", "expires_at"])]

    def __str__(self):
        return self.job.title

    @property
    def badge(self) -> LettersStatus:
        return LettersStatus(self.status)


class LettersPart(models.Model):
    """A PDF of some of the letters, encrypted by `portal.sealed`; no row, and so no copy, once handed over."""

    letters = models.ForeignKey(PasswordLetters, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["letters", "number"], name="letters_part_once")]

    def __str__(self):
        return f"{self.letters_id}/{self.number}"
