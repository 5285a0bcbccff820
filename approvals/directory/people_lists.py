"""The people of a company, as the tabs of its card list them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.directory.lists import archived_filter, shelf
from approvals.directory.standing import Standing, of_access
from portal.listing import Column, Listing, Order, PeriodFilter
from portal.models import ClientMember, Employee


def codes_of(access: ClientMember | Employee) -> str:
    return ", ".join(code.code for code in access.user.login_codes.all())


class PeopleList(Listing):
    orders = {"nom": Order("user__name"), "email": Order("user__email")}
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Personne ne correspond"), _("Tout le monde")

    def __init__(self, request, queryset):
        self.filters = (archived_filter(_("Archivés")),)
        super().__init__(request, shelf(request, queryset))

    @property
    def shown(self) -> list[tuple[Any, str, Standing]]:
        return [(row, codes_of(row), of_access(row)) for row in self.rows]


class ContactList(PeopleList):
    search = ("user__name", "user__email", "user__login_codes__code")
    columns = (
        Column(_("Nom"), "user__name", order="nom"),
        Column(_("E-mail"), "user__email", order="email"),
        Column(_("Identifiant"), codes_of),
        Column(_("Rôle"), lambda row: role_of(row)),
        Column(_("Accès"), lambda row: of_access(row).label),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )


class EmployeeList(PeopleList):
    search = ("matricule", "user__name", "user__email", "user__login_codes__code")
    orders = {**PeopleList.orders, "matricule": Order("matricule")}
    columns = (
        Column(_("Matricule"), "matricule", order="matricule", css="tight"),
        Column(_("Nom"), "user__name", order="nom"),
        Column(_("E-mail"), "user__email", order="email"),
        Column(_("Identifiant"), codes_of),
        Column(_("Rue"), "street", is_shown=False),
        Column(_("Code postal"), "postcode", is_shown=False),
        Column(_("Ville"), "city", is_shown=False),
        Column(_("Accès"), lambda row: of_access(row).label),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )


def role_of(member: ClientMember) -> Any:
    return _("Administrateur client") if member.is_admin else _("Utilisateur client")


class CardHistory(Listing):
    """Who changed what on the card, its people and its accesses."""

    search = ("text", "reason", "by__name")
    filters = (PeriodFilter("le", field="at", label=_("Du")),)
    orders = {"recents": Order("-at")}
    columns = (
        Column(_("Date"), "at", order="recents"),
        Column(_("Événement"), "text"),
        Column(_("Motif"), "reason", is_shown=False),
        Column(_("Par"), "by__name"),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun événement ne correspond"), _("Tout l’historique")
