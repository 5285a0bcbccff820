"""The list of « Accès email »: who may send to a company."""

from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from approvals.models import AddressStatus
from portal.listing import Action, ChoiceFilter, Column, Listing, Order

WAITING_FIRST = Case(When(status=AddressStatus.PENDING, then=0), default=1)  # the annotation `is_decided`


class AddressList(Listing):
    search = ("address", "name")
    filters = (
        ChoiceFilter(
            "statut",
            field="status",
            choices=AddressStatus,
            every=_("Toutes"),
            plurals={
                AddressStatus.AUTHORISED: _("Autorisées"),
                AddressStatus.REFUSED: _("Refusées"),
                AddressStatus.BLACKLISTED: _("Blacklistées"),
            },
        ),
    )
    orders = {
        "attente": Order("is_decided", "-last_mail_at"),
        "adresse": Order("address"),
        "recents": Order("-last_mail_at"),
    }
    columns = (
        Column(_("Adresse"), "address", order="adresse", css="who"),
        Column(_("Nom affiché"), "name", is_shown=False),
        Column(_("Statut"), lambda row: row.badge.label),
        Column(_("En attente")),
        Column(_("Dernier envoi"), "last_mail_at", order="recents"),
        Column(_("Décision"), "decided_at"),
        Column(_("Décidée par"), "decided_by__name", is_shown=False),
        Column(_("Motif"), "reason", is_shown=False),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    actions = (Action("accepter", _("Accepter"), tone="primary"), Action("refuser", _("Refuser")))
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune adresse ne correspond"), _("Toutes les adresses")


class WaitingList(Listing):
    """Over all companies, what waits longest first."""

    search = ("address", "name", "company__code", "company__name")
    orders = {"attente": Order("requested_at")}
    columns = (
        Column(_("Adresse"), "address", css="who"),
        Column(_("Statut"), lambda row: row.badge.label),
        Column(_("En attente")),
        Column(_("Dernier envoi"), "last_mail_at"),
        Column(_("Décision")),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    nothing_found, show_all = _("Aucune demande ne correspond"), _("Toutes les demandes")


class BlacklistedList(Listing):
    search = ("address", "reason")
    orders = {"recents": Order("-at"), "adresse": Order("address")}
    columns = (
        Column(_("Adresse"), "address", order="adresse", css="who"),
        Column(_("Depuis"), "at", order="recents"),
        Column(_("Par"), "by__name"),
        Column(_("Motif"), "reason"),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune adresse ne correspond"), _("Toutes les adresses")
