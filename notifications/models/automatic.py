from django.db import models
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from portal.models import Firm, StaffMember


class AutomaticMail(models.Model):
    """A row of « Paramètres de l’e-mail »: who of the firm receives mails of a kind (S1-15 to S1-17).

    A kind without a row is « Standard ».
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="automatic_mails")
    kind = models.CharField(_("type"), max_length=24, choices=MailKind)
    is_custom = models.BooleanField(_("personnalisé"), default=False)
    recipients = models.ManyToManyField(StaffMember, related_name="+", verbose_name=_("destinataires"))

    class Meta:
        verbose_name = _("e-mail automatique")
        constraints = [models.UniqueConstraint(fields=["firm", "kind"], name="automatic_mail_once_in_firm")]

    def __str__(self):
        return str(MailKind(self.kind).label)
