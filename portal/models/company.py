from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.models.firm import Firm, code_validator
from portal.models.people import Attachment, ClientMember, StaffMember, User


class ClientGroupQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Those of the firm, for its administrators alone."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class ClientGroup(models.Model):
    """Groupe de clients: its e-mail is the second branch of the cascade (S1-04)."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="client_groups")
    name = models.CharField(_("nom"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    email_is_unread = models.BooleanField(_("adresse non lue"), default=False)

    objects = ClientGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("groupe de clients")
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"],
                name="group_name_once_in_firm",
                violation_error_message=_("Un groupe porte déjà ce nom."),
            )
        ]

    def __str__(self):
        return self.name


class CompanyQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Companies that `user` may enter: as staff, or by an open client access (D-03)."""
        return self._live(user).filter(_entered_by(user))

    def showing(self, user: User, space: str):
        """Companies whose space `space`, "box" or "image", `user` sees: staff all, a contact as « Droits » says."""
        return self._live(user).filter(_entered_by(user, **{f"sees_{space}": True}))

    def administered_by(self, user: User, **rights: bool):
        """Companies whose approvals, accesses and mails `user` may see: staff and client administrators.

        With `rights` (`sees_box=True`) client administrators only where « Droits » gives them those too.
        """
        return self._live(user).filter(_entered_by(user, is_admin=True, **rights))

    def showing_employees(self, user: User):
        """Companies whose salariés' folders `user` sees: staff, and client administrators with that « Droit » (D-03)."""
        return self.administered_by(user, sees_employees=True)

    def staffed_by(self, user: User):
        """Companies on which `user` works: attached, or all of the firm's for its administrators."""
        return self._live(user).filter(_staffed_by(user))

    def kept_by(self, user: User):
        """Companies whose cards `user` keeps as an administrator of the firm, archived ones among them."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()

    def with_marks(self, user: User):
        """Adds what the frame shows of a company to `user`: `is_staffed`, `may_administer`, `sees_box`, `sees_image`,
        `shows_employees`, `may_star`, `is_favourite` (D-04)."""
        mine = Attachment.objects.filter(company=OuterRef("pk"), staff__user=user)
        live = _is_live(user)
        marks = {
            "is_staffed": _staffed_by(user),
            "may_administer": _entered_by(user, is_admin=True),
            "sees_box": _entered_by(user, sees_box=True),
            "sees_image": _entered_by(user, sees_image=True),
            "shows_employees": _entered_by(user, is_admin=True, sees_employees=True),
        }
        return self.annotate(
            **{name: ExpressionWrapper(live & mark, BooleanField()) for name, mark in marks.items()},
            may_star=Exists(mine),
            is_favourite=Exists(mine.filter(is_favourite=True)),
        )

    def _live(self, user: User):
        return self.filter(_is_live(user))


def _is_live(user: User) -> Q:
    live = Q(firm=user.firm_id, is_archived=False)
    return live if user.viewed_in is None else live & Q(pk=user.viewed_in)


def _entered_by(user: User, **rights: bool) -> Q:
    """Those on which `user` works, and those of which they are a contact with `rights`."""
    if user.is_firm_admin:  # all of the firm's, as a contact or not
        return _staffed_by(user)
    return _staffed_by(user) | _open_to(user, **rights)


def _staffed_by(user: User) -> Q:
    if user.is_firm_admin:
        return Q(firm=user.firm_id)
    if user.staff is None:
        return Q(pk__in=())
    return Q(
        pk__in=Attachment.objects.filter(staff__user=user, staff__user__is_active=True).values("company")
    )


def _open_to(user: User, **rights: bool) -> Q:
    return Q(pk__in=ClientMember.objects.open().filter(user=user, **rights).values("company"))


class Country(models.TextChoices):
    """Where a company is registered, which says what its numbers are."""

    FRANCE = "FR", _("France")
    BELGIUM = "BE", _("Belgique")


class VatRegime(models.TextChoices):
    NONE = "none", _("Non assujettie")
    FRANCHISE = "franchise", _("Franchise en base")
    SIMPLIFIED = "simplified", _("Réel simplifié, annuel")
    QUARTERLY = "quarterly", _("Déclaration trimestrielle")
    MONTHLY = "monthly", _("Déclaration mensuelle")


class PaperlessConsent(models.TextChoices):
    """« Demande de transfert des Factures et Devis » (S3-37)."""

    REQUESTED = "requested", _("En demande")
    ACCEPTED = "accepted", _("Accepté")
    DECLINED = "declined", _("Refusé")


class AddressKind(models.TextChoices):
    """Which of the addresses on a company's card: « Notifier sur » (S3-16). An employee has one only."""

    MAIN = "main", _("Email fiche")
    QUOTE = "quote", _("Email devis")
    BILLING = "billing", _("Email facturation")
    DUNNING = "dunning", _("Email relance")

    def of(self, company: "Company") -> str:
        """The address itself, "" where the card has none."""
        return {
            AddressKind.MAIN: company.email,
            AddressKind.QUOTE: company.quote_email,
            AddressKind.BILLING: company.billing_email,
            AddressKind.DUNNING: company.dunning_email,
        }[self]


class Company(models.Model):
    """A firm's customer: dossier and société are one thing (glossary)."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="companies")
    code = models.CharField(_("code"), max_length=32, validators=[code_validator])
    name = models.CharField(_("nom"), max_length=200)
    legal_form = models.CharField(_("forme juridique"), max_length=60, blank=True)
    country = models.CharField(_("pays"), max_length=2, choices=Country, default=Country.FRANCE)
    registration_number = models.CharField(
        _("numéro d’entreprise"),
        max_length=14,
        blank=True,
        help_text=_("SIREN ou SIRET en France, numéro BCE en Belgique."),
    )
    vat_number = models.CharField(_("numéro de TVA"), max_length=14, blank=True)
    vat_regime = models.CharField(_("régime de TVA"), max_length=12, choices=VatRegime, blank=True)
    year_end = models.CharField(
        _("clôture de l’exercice"), max_length=5, blank=True, help_text=_("Jour et mois : 31/12.")
    )
    street = models.CharField(_("rue"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    email = models.EmailField(_("email fiche"), blank=True)
    quote_email = models.EmailField(_("email devis"), blank=True)
    billing_email = models.EmailField(_("email facturation"), blank=True)
    dunning_email = models.EmailField(_("email relance"), blank=True)
    paperless_consent = models.CharField(
        _("demande de transfert des factures et devis"),
        max_length=9,
        choices=PaperlessConsent,
        default=PaperlessConsent.REQUESTED,
    )
    manager = models.ForeignKey(
        StaffMember,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="managed",
        verbose_name=_("gestionnaire"),
    )
    group = models.ForeignKey(
        ClientGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="companies",
        verbose_name=_("groupe"),
    )
    is_archived = models.BooleanField(_("archivée"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("entreprise")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "code"],
                name="company_code_once_in_firm",
                violation_error_message=_("Ce code est déjà celui d’une autre entreprise."),
            )
        ]

    def __str__(self):
        return self.name
