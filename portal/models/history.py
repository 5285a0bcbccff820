from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.company import Company
from portal.models.firm import Firm
from portal.models.people import User


class HistoryQuerySet(models.QuerySet):
    def update(self, **fields):
        raise TypeError("history is written once and never changed")

    def delete(self):
        raise TypeError("history is written once and never deleted")

    def access_journal_of(self, user: User):
        """The journal of accesses of the firm that `user` administers; nothing for anybody else (T37)."""
        return self.filter(journal=Journal.ACCESS, firm=user.firm_id) if user.is_firm_admin else self.none()

    def of(self, thing: models.Model):
        return self.filter(about_type=ContentType.objects.get_for_model(thing), about_id=thing.pk)


class Journal(models.TextChoices):
    """Which journal of the firm an entry also belongs to."""

    NONE = "", _("aucun")
    ACCESS = "access", _("Journal des accès")


class HistoryEntry(models.Model):
    """One thing that happened: who, when, why. Written by `portal.history.record`, never changed (T37)."""

    firm = models.ForeignKey(Firm, models.CASCADE, null=True, related_name="+")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="history")
    about_type = models.ForeignKey(ContentType, models.PROTECT)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")
    verb = models.CharField(max_length=40)
    text = models.CharField(_("événement"), max_length=500)
    reason = models.CharField(_("motif"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("date"), auto_now_add=True)
    is_internal = models.BooleanField(default=False)
    journal = models.CharField(max_length=8, choices=Journal, blank=True)
    ip = models.GenericIPAddressField(_("adresse IP"), null=True, blank=True)

    objects = HistoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("historique")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["about_type", "about_id", "-at"]),
            models.Index(fields=["company", "-at"]),
            models.Index(
                fields=["firm", "-at"], condition=~Q(journal=""), name="entries_of_a_journal_of_firm"
            ),
        ]

    def __str__(self):
        return self.text

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("history is written once and never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("history is written once and never deleted")
