from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from mailing.models import InboundMail
from portal.models import Company, Firm, User
from portal.moves import MovesQuerySet


class AddressStatus(models.TextChoices):
    """S0-15, and a fourth badge on blacklisted addresses only (D-11)."""

    PENDING = "pending", _("En attente")
    AUTHORISED = "authorised", _("Autorisée")
    REFUSED = "refused", _("Refusée")
    BLACKLISTED = "blacklisted", _("Blacklistée")

    @property
    def tone(self) -> str:
        return {
            AddressStatus.PENDING: "warning",
            AddressStatus.AUTHORISED: "ok",
            AddressStatus.REFUSED: "danger",
            AddressStatus.BLACKLISTED: "neutral",
        }[self]

    @property
    def icon(self) -> str:
        return {
            AddressStatus.PENDING: "clock",
            AddressStatus.AUTHORISED: "check-circle",
            AddressStatus.REFUSED: "x-circle",
            AddressStatus.BLACKLISTED: "no-symbol",
        }[self]


class Route(models.TextChoices):
    """Who is asked: another collaborateur of the dossier (E2), or the administrateur client (E3)."""

    STAFF = "staff", _("un collaborateur du dossier")
    CLIENT_ADMIN = "client_admin", _("l’administrateur client")


class Chased(models.TextChoices):
    """How far a request that nobody answers has been followed up (D-13)."""

    NO = "no", _("pas encore")
    REMINDED = "reminded", _("rappelée")
    ESCALATED = "escalated", _("transmise aux administrateurs du cabinet")


class SenderAddressQuerySet(MovesQuerySet):
    def visible_to(self, user: User):
        return self.filter(company__in=Company.objects.administered_by(user))

    def waiting(self):
        """Those with mails that a person must decide about."""
        held = InboundMail.objects.waiting().filter(company=OuterRef("company"), sender=OuterRef("address"))
        return self.filter(Exists(held))

    def for_rows(self):
        """With what `approvals.senders.rows` shows of each; `is_stopped`: blocked for the whole firm (D-11)."""
        stopped = FirmBlacklisting.objects.filter(firm=OuterRef("company__firm"), address=OuterRef("address"))
        people = self.select_related("company__firm", "company__manager__user", "decided_by")
        return people.annotate(is_stopped=Exists(stopped))


class SenderAddress(models.Model):
    """An address that writes to a company, and whether it may (D-10). Box and Image are one decision."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="sender_addresses")
    address = models.CharField(_("adresse"), max_length=254)
    name = models.CharField(_("nom affiché"), max_length=200, blank=True)
    status = models.CharField(
        _("statut"), max_length=12, choices=AddressStatus, default=AddressStatus.PENDING
    )
    route = models.CharField(_("décideur"), max_length=12, choices=Route, default=Route.CLIENT_ADMIN)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_mail_at = models.DateTimeField(_("dernier envoi"), null=True)
    requested_at = models.DateTimeField(
        _("demandée le"), null=True, help_text="Since when something of it has waited without a break."
    )
    chased = models.CharField(max_length=9, choices=Chased, default=Chased.NO)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("décidée le"), null=True)
    reason = models.CharField(_("motif"), max_length=300, blank=True)

    objects = SenderAddressQuerySet.as_manager()
    is_stopped: bool  # set by `for_rows`

    class Meta:
        verbose_name = _("adresse expéditrice")
        constraints = [
            models.UniqueConstraint(fields=["company", "address"], name="sender_address_once_in_company")
        ]
        indexes = [models.Index(fields=["requested_at"])]

    def __str__(self):
        return self.address

    @property
    def badge(self) -> AddressStatus:
        return AddressStatus(self.status)


class FirmBlacklistingQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Those of the firm, for its administrators alone."""
        return self.filter(firm=user.firm_id) if user.is_firm_admin else self.none()


class FirmBlacklisting(models.Model):
    """An address that no company of the firm hears any more (D-11); only a firm administrator says so."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="blacklistings")
    address = models.CharField(_("adresse"), max_length=254)
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("depuis"), auto_now_add=True)

    objects = FirmBlacklistingQuerySet.as_manager()

    class Meta:
        verbose_name = _("adresse blacklistée pour le cabinet")
        constraints = [models.UniqueConstraint(fields=["firm", "address"], name="blacklisted_once_in_firm")]
        indexes = [models.Index(fields=["firm", "-at"])]

    def __str__(self):
        return self.address
