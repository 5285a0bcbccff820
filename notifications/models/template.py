from django.db import models
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from portal.models import Firm, User


class Reader(models.TextChoices):
    """For whom a text is written: the fields that it may use depend on it (D-45)."""

    CLIENT = "client", _("Clients")
    EMPLOYEE = "employee", _("Salariés")


class TemplateKind(models.TextChoices):
    """What a text says; the value is the kind of mail where there is one of its own."""

    DOCUMENT = MailKind.DOCUMENT.value, MailKind.DOCUMENT.label
    TO_SIGN = "to_sign", _("Document à signer")
    QUOTE = "quote", _("Devis")
    INVOICE = MailKind.INVOICE.value, MailKind.INVOICE.label
    PAYSLIP = "payslip", _("Bulletin")
    SEVERAL = "several", _("Plusieurs documents")
    DUNNING = MailKind.DUNNING.value, MailKind.DUNNING.label
    ACCESS = MailKind.ACCESS.value, MailKind.ACCESS.label
    WELCOME = MailKind.WELCOME.value, MailKind.WELCOME.label


class NotificationTemplate(models.Model):
    """A version of a firm's own text (S3-20, S3-32). The latest counts; a firm without a row has the portal's text.

    Rows are never changed: a mail that left can be held against the text it was made from.
    """

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="notification_templates")
    reader = models.CharField(_("destinataires"), max_length=8, choices=Reader)
    kind = models.CharField(_("type"), max_length=24, choices=TemplateKind)
    version = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("objet"), max_length=200)
    body = models.TextField(_("texte"), max_length=5000)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    class Meta:
        verbose_name = _("modèle de notification")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "reader", "kind", "version"], name="template_version_once_in_firm"
            )
        ]

    def __str__(self):
        return f"{TemplateKind(self.kind).label} – {Reader(self.reader).label}"

    @property
    def text(self):
        from notifications.merging import Text  # rooms build on models

        return Text(self.subject, self.body)

    def clean(self):
        from notifications.merging import check  # rooms build on models

        check(self.subject, self.body, Reader(self.reader), TemplateKind(self.kind))
