"""The lists of « Entreprises », « Groupes », « Collaborateurs » and « Fournisseurs »."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from approvals.directory.standing import Standing, of_staff
from portal.listing import Action, BooleanFilter, ChoiceFilter, Column, Listing, Order
from portal.models import Attachment, ClientGroup, Company, StaffMember, StaffRole, Supplier
from portal.portfolio.lists import CODE_LENGTH

ARCHIVED = "archives"


def archived_filter(label: Any) -> BooleanFilter:
    """The chip that shows what is archived instead of what is not; `shelf` takes the rows."""
    return BooleanFilter(ARCHIVED, label, only=Q())


def shelf(request: HttpRequest, rows: QuerySet) -> QuerySet:
    return rows.filter(is_archived=request.GET.get(ARCHIVED) == "oui")


def menu_of(param: str, field: str, rows: Any, every: Any, label: Any) -> ChoiceFilter:
    """A menu of rows of the firm, by their keys."""
    pairs = [(str(row.pk), str(row)) for row in rows]
    return ChoiceFilter(param, field=field, choices=pairs, every=every, label=label, counts=False, menu=True)


class CompanyDirectory(Listing):
    """Every company of the firm, or with « Archivées » those that nobody enters any more."""

    search = ("code", "name", "registration_number", "vat_number", "city")
    orders = {"code": Order("code_length", "code"), "nom": Order("name")}
    columns = (
        Column(_("Code"), "code", order="code", css="tight"),
        Column(_("Entreprise"), "name", order="nom"),
        Column(_("Forme juridique"), "legal_form", is_shown=False),
        Column(_("Pays"), "get_country_display", is_shown=False),
        Column(_("Numéro d’entreprise"), "registration_number"),
        Column(_("Numéro de TVA"), "vat_number", is_shown=False),
        Column(_("Régime de TVA"), lambda row: row.get_vat_regime_display(), is_shown=False),
        Column(_("Clôture"), "year_end", is_shown=False),
        Column(_("Rue"), "street", is_shown=False),
        Column(_("Code postal"), "postcode", is_shown=False),
        Column(_("Ville"), "city", is_shown=False),
        Column(_("Email fiche"), "email", is_shown=False),
        Column(_("Email devis"), "quote_email", is_shown=False),
        Column(_("Email facturation"), "billing_email", is_shown=False),
        Column(_("Email relance"), "dunning_email", is_shown=False),
        Column(_("Dématérialisation"), lambda row: row.get_paperless_consent_display(), is_shown=False),
        Column(_("Gestionnaire"), "manager__user__name"),
        Column(_("Groupe"), "group__name"),
        Column(_("État"), lambda row: (Standing.ARCHIVED if row.is_archived else Standing.LIVE).label),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune entreprise ne correspond"), _("Toutes les entreprises")

    def __init__(self, request):
        user = request.user
        staff = StaffMember.objects.visible_to(user).select_related("user").order_by("user__name")
        groups = ClientGroup.objects.visible_to(user).order_by("name")
        self.filters = (
            BooleanFilter("sans-gestionnaire", _("Sans gestionnaire"), only=Q(manager=None)),
            archived_filter(_("Archivées")),
            menu_of("gestionnaire", "manager", staff, _("Tous"), _("Gestionnaire")),
            menu_of("groupe", "group", groups, _("Tous"), _("Groupe")),
        )
        rows = shelf(request, Company.objects.kept_by(user)).annotate(code_length=CODE_LENGTH)
        super().__init__(request, rows.select_related("manager__user", "group"))

    @property
    def shown(self) -> list[tuple[Company, Standing]]:
        return [(row, Standing.ARCHIVED if row.is_archived else Standing.LIVE) for row in self.rows]


class GroupList(Listing):
    search = ("name", "email")
    orders = {"nom": Order("name")}
    columns = (
        Column(_("Groupe"), "name", order="nom"),
        Column(_("E-mail"), "email"),
        Column(_("Adresse non lue"), lambda row: _("oui") if row.email_is_unread else "", is_shown=False),
        Column(_("Entreprises"), "companies_count"),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun groupe ne correspond"), _("Tous les groupes")

    def __init__(self, request):
        live = Count("companies", filter=Q(companies__is_archived=False))
        super().__init__(request, ClientGroup.objects.visible_to(request.user).annotate(companies_count=live))


class StaffList(Listing):
    """The collaborateurs who are active, or with « Désactivés » those who left."""

    search = ("user__name", "user__email")
    orders = {"nom": Order("user__name"), "email": Order("user__email")}
    columns = (
        Column(_("Nom"), "user__name", order="nom"),
        Column(_("E-mail"), "user__email", order="email"),
        Column(_("Rôle"), lambda row: row.get_role_display()),
        Column(_("Gestionnaire de"), "managed_count"),
        Column(_("Attaché à"), "attached_count"),
        Column(_("État"), lambda row: of_staff(row).label),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun collaborateur ne correspond"), _("Tous les collaborateurs")

    def __init__(self, request):
        self.filters = (
            ChoiceFilter("role", field="role", choices=StaffRole, every=_("Tous les rôles"), counts=False),
            BooleanFilter("desactives", _("Désactivés"), only=Q()),
        )
        rows = StaffMember.objects.visible_to(request.user).filter(
            user__is_active=request.GET.get("desactives") != "oui"
        )
        live = {"managed__is_archived": False}
        rows = rows.select_related("user").annotate(
            managed_count=Count("managed", filter=Q(**live), distinct=True),
            attached_count=Count(
                "attachments", filter=Q(attachments__company__is_archived=False), distinct=True
            ),
        )
        super().__init__(request, rows)

    @property
    def shown(self) -> list[tuple[StaffMember, Standing]]:
        return [(row, of_staff(row)) for row in self.rows]


class SupplierList(Listing):
    search = ("code", "name", "email", "vat_number", "city")
    orders = {"nom": Order("name"), "code": Order("code")}
    columns = (
        Column(_("Code"), "code", order="code", css="tight"),
        Column(_("Fournisseur"), "name", order="nom"),
        Column(_("E-mail"), "email"),
        Column(_("Numéro de TVA"), "vat_number"),
        Column(_("Rue"), "street", is_shown=False),
        Column(_("Code postal"), "postcode", is_shown=False),
        Column(_("Ville"), "city", is_shown=False),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun fournisseur ne correspond"), _("Tous les fournisseurs")

    def __init__(self, request):
        self.filters = (archived_filter(_("Archivés")),)
        super().__init__(request, shelf(request, Supplier.objects.visible_to(request.user)))


class CompanyPicker(Listing):
    """Companies to tick, many at once: into a group, or onto the desk of a collaborateur."""

    search = ("code", "name", "city")
    orders = {"code": Order("code_length", "code"), "nom": Order("name")}
    columns = (
        Column(_("Code"), "code", order="code", css="tight"),
        Column(_("Entreprise"), "name", order="nom"),
        Column(_("Gestionnaire"), "manager__user__name"),
        Column(_("Aujourd’hui")),
    )
    nothing_found, show_all = _("Aucune entreprise ne correspond"), _("Toutes les entreprises")

    def __init__(self, request, rows):
        live = Company.objects.kept_by(request.user).filter(is_archived=False, pk__in=rows.values("pk"))
        super().__init__(
            request,
            rows.filter(pk__in=live.values("pk"))
            .annotate(code_length=CODE_LENGTH)
            .select_related("manager__user", "group"),
        )


class GroupPicker(CompanyPicker):
    actions = (
        Action("ajouter", _("Mettre dans le groupe"), tone="primary"),
        Action("retirer", _("Retirer du groupe")),
    )

    def __init__(self, request, group):
        self.group = group
        self.filters = (
            BooleanFilter("du-groupe", _("Du groupe"), only=Q(group=group)),
            BooleanFilter("sans-groupe", _("Sans groupe"), only=Q(group=None)),
        )
        super().__init__(request, Company.objects.filter(firm=group.firm_id))

    @property
    def shown(self) -> list[tuple[Company, Any]]:
        return [(row, row.group.name if row.group else _("sans groupe")) for row in self.rows]


class StaffPicker(CompanyPicker):
    actions = (Action("attacher", _("Attacher"), tone="primary"), Action("detacher", _("Détacher")))

    def __init__(self, request, member):
        self.member = member
        self.filters = (
            BooleanFilter("attachees", _("Attachées"), only=Q(is_attached=True)),
            BooleanFilter("sans-personne", _("Sans collaborateur"), only=Q(has_staff=False)),
        )
        there = Attachment.objects.filter(company=OuterRef("pk"))
        super().__init__(
            request,
            Company.objects.filter(firm=member.user.firm_id).annotate(
                is_attached=Exists(there.filter(staff=member)),
                has_staff=Exists(there.filter(staff__user__is_active=True)),
            ),
        )

    @property
    def shown(self) -> list[tuple[Company, Any]]:
        return [(row, self._today(row)) for row in self.rows]

    def _today(self, row: Any) -> Any:
        if row.manager_id == self.member.pk:
            return _("gestionnaire")
        return _("attachée") if row.is_attached else _("—")
