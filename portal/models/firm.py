from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.files.checks import MAIL_TYPES

UNREAD_NAMES = ("noreply", "no-reply", "ne-pas-repondre")


def looks_unread(address: str) -> bool:
    """Does the name of `address` say that nobody reads it? The tick « adresse non lue » follows it (D-33)."""
    return address.partition("@")[0].partition("+")[0].lower() in UNREAD_NAMES


class Firm(models.Model):
    """An accounting firm (cabinet, bureau): the tenant. Nothing of a firm is seen from another (D-01)."""

    name = models.CharField(_("nom"), max_length=200)
    slug = models.SlugField(_("nom court"), max_length=40, unique=True)
    communication_email = models.EmailField(_("adresse de communication"), blank=True)
    communication_is_unread = models.BooleanField(_("adresse de communication non lue"), default=False)
    functional_email = models.EmailField(_("adresse e-mail fonctionnelle"), blank=True)
    functional_is_unread = models.BooleanField(_("adresse e-mail fonctionnelle non lue"), default=False)
    notification_from = models.EmailField(_("adresse mail de notification"), blank=True)
    reply_to = models.EmailField(_("adresse mail de réponse"), blank=True)
    favourite_suffices = models.BooleanField(
        _("favori suffit"),
        default=True,
        help_text=_("Un collaborateur dépose sans approbation dans les entreprises de ses favoris."),
    )
    extra_types = models.CharField(
        _("types de fichiers acceptés en plus"),
        max_length=300,
        blank=True,
        help_text=_(
            "Extensions que les clients peuvent déposer, par e-mail ou sur le portail, en plus de la liste du "
            "portail ; par exemple : dwg, xlsb."
        ),
    )
    publishes_by_itself = models.BooleanField(
        _("synchronisation automatique"),
        default=True,
        help_text=_("Les accès et les nouveaux documents sont publiés sans « Synchroniser »."),
    )
    mfa_is_required = models.BooleanField(
        _("double authentification obligatoire pour les collaborateurs"),
        default=False,
        help_text=_("Un collaborateur sans second facteur en met un en place avant toute autre page."),
    )
    mutes_clients = models.BooleanField(_("désactiver les notifications clients"), default=False)
    mutes_employees = models.BooleanField(_("désactiver les notifications salariés"), default=False)
    grouping_minutes = models.PositiveSmallIntegerField(
        _("regrouper les notifications d’une même personne, en minutes"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_(
            "Plusieurs documents déposés dans ce délai font un seul e-mail ; 0 : un e-mail par document, sans attendre."
        ),
    )
    clients_root = models.CharField(_("racine des clients"), max_length=60, default="CLIENTS")
    employees_root = models.CharField(_("racine des salariés"), max_length=60, default="SALARIES")
    suppliers_root = models.CharField(_("racine des fournisseurs"), max_length=60, default="FOURNISSEURS")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("cabinet")
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def deposit_domain(self) -> str:
        """The domain of the firm's inbound addresses."""
        return f"{self.slug}.{settings.DEPOSIT_DOMAIN}"

    @property
    def accepted_types(self) -> frozenset[str]:
        """The extensions that mails and clients may bring in: the portal's list, lengthened by the firm (D-20)."""
        return MAIL_TYPES | frozenset(self.extra_types.split())

    @property
    def has_read_address(self) -> bool:
        """Is there an address at which the firm itself reads its mail? Without one nobody may be told (D-33)."""
        functional = self.functional_email and not self.functional_is_unread
        communication = self.communication_email and not self.communication_is_unread
        return bool(functional or communication)

    @property
    def proposed_notification_from(self) -> str:
        """« noreply@ » and the firm's domain, for S3-03: proposed, never invented (D-37); "" where no domain is known."""
        domain = (self.communication_email or self.functional_email).partition("@")[2]
        return f"noreply@{domain}" if domain else ""


code_validator = RegexValidator(
    r"^[A-Za-z0-9._-]{1,32}\Z", _("De 1 à 32 lettres sans accent, chiffres, points, tirets ou soulignés.")
)
