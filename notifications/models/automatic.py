from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from portal.models import Company, Firm, StaffMember


class AutomaticMail(models.Model):
    """A row of « Paramètres de l’e-mail »: who of the firm receives mails of a kind (S1-15 to S1-17).

    A kind without a row is « Standard ».
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="automatic_mails")
    kind = models.CharField(_("type"), max_length=24, choices=MailKind)
    is_custom = models.BooleanField(_("personnalisé"), default=False)
    is_digest = models.BooleanField(
        _("une fois par jour"), default=False, help_text="Gathered in one mail a day instead of at once."
    )
    recipients = models.ManyToManyField(StaffMember, related_name="+", verbose_name=_("destinataires"))

    class Meta:
        verbose_name = _("e-mail automatique")
        constraints = [models.UniqueConstraint(fields=["firm", "kind"], name="automatic_mail_once_in_firm")]

    def __str__(self):
        return str(MailKind(self.kind).label)


class AutomaticLine(models.Model):
    """What the mail of the day will tell one person of the firm, where a kind `is_digest`; `mail` once it was written."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="automatic_lines")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(_("type"), max_length=24, choices=MailKind)
    to_email = models.EmailField(_("destinataire"))
    to_name = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=300, help_text="Why this person hears of it, in French.")
    text = models.CharField(max_length=300)
    path = models.CharField(max_length=300, blank=True, help_text="Where it is dealt with.")
    created_at = models.DateTimeField(auto_now_add=True)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("ligne du récapitulatif")
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(
                fields=["firm", "kind", "to_email"], condition=Q(mail=None), name="automatic_lines_to_tell"
            )
        ]

    def __str__(self):
        return self.text

    @property
    def link(self) -> str:
        """Where it is dealt with, as a mail links to it; "" where it is only to be known."""
        return settings.SITE_URL + self.path if self.path else ""
