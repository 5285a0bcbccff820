"""The grid « Droit(s) d’accès au portail » as a list (S3-24), and what a row of it shows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from approvals.access.rights import code_of
from approvals.access.states import (
    AccessState,
    PasswordShown,
    facts_of,
    password_of,
    state_of,
    unpublished_cells,
)
from approvals.access.stories import Access
from portal.listing import Action, ChoiceFilter, Column, Listing, Order
from portal.listing.keyset import ordering
from portal.listing.selection import EVERYTHING, FIELD
from portal.login import locks


@dataclass(frozen=True)
class Row:
    access: Access
    state: AccessState
    unpublished: frozenset[str]
    code: str
    password: PasswordShown
    lock: AccessState | None = None

    @property
    def notified_at(self) -> str:
        return moment(self.access)


def row_of(access: Access, locked: Collection[int] = ()) -> Row:
    """`locked`: the ids of persons who are locked out now (`portal.login.locks`)."""
    facts, code = facts_of(access), code_of(access)
    return Row(
        access,
        state_of(facts),
        unpublished_cells(facts),
        code.code if code else "",
        shown_password(access),
        AccessState.LOCKED if access.user_id in locked else None,
    )


def rows_of(accesses: Iterable[Access]) -> list[Row]:
    """What a page shows of its accesses; who is locked out costs one query."""
    shown = list(accesses)
    locked = locks.locked(access.user_id for access in shown)
    return [row_of(access, locked) for access in shown]


def shown_password(access: Access) -> PasswordShown:
    user = access.user
    return password_of(
        is_usable=user.has_usable_password(),
        origin=user.password_origin,
        must_change=user.must_change_password,
        is_published=access.is_open,
    )


def moment(access: Access) -> str:
    """« Email envoyé le » as S3-24 writes it: 08/03/2019 16:55:15."""
    at = access.notified_at
    return date_format(timezone.localtime(at), "d/m/Y H:i:s") if at else ""


def yes_or_no(is_so: bool) -> str:
    return str(_("oui") if is_so else _("non"))


EMAIL = pgettext_lazy("grille des accès", "Email")  # Django's own catalogue would say « Courriel »
GESTURES = (
    Action(
        "mdp",
        _("Mdp aléatoire"),
        confirm=_(
            "Faire de nouveaux mots de passe ? Les anciens ne marcheront plus ; des lettres donnent les nouveaux."
        ),
    ),
    Action("acces", _("Accès"), tone="primary"),
    Action("notifier", _("Notifier")),
    Action("deverrouiller", _("Déverrouiller")),
    Action(
        "retirer",
        _("Retirer l’accès"),
        tone="danger",
        confirm=_("Retirer ces accès ? Les personnes n’entrent plus dès maintenant."),
    ),
)


GROUPS = (
    *((state.value, state.label) for state in AccessState),
    ("jamais", _("Jamais connecté")),
    ("sans_email", _("Sans e-mail")),
)
OTHER_GROUPS = {
    "jamais": Q(is_authorised=True, user__last_login=None),
    "sans_email": Q(user__email=""),
}


class GroupFilter(ChoiceFilter):
    """The states, and what else people look for, one at a time."""

    def condition(self, value: str, queryset: QuerySet) -> Q:
        if value == AccessState.LOCKED:
            return Q(user__in=locks.locked_in(queryset.values("user__firm")))
        return OTHER_GROUPS.get(value) or super().condition(value, queryset)


class AccessList(Listing):
    """With `may_act=False` without gestures, for whoever only reads."""

    search: ClassVar[tuple[str, ...]] = (
        *("company__code", "company__name"),
        *("user__name", "user__email", "user__login_codes__code"),
    )
    filters = (GroupFilter("etat", field="state", choices=GROUPS, every=_("Tous"), counts=False),)
    orders = {
        "code": Order("code_length", "company__code"),
        "nom": Order("company__name"),
        "email": Order("user__email"),
    }
    columns: ClassVar[tuple[Column, ...]] = (
        Column(_("Etat"), lambda row: state_of(facts_of(row)).label, css="tight"),
        Column(_("Code"), "company__code", order="code", css="tight"),
        Column(_("Nom du client"), "company__name", order="nom"),
        Column(_("Contact"), "user__name", is_shown=False),
        Column(EMAIL, "user__email", order="email", css="long"),
        Column(_("Identifiant"), lambda row: row_of(row).code),
        Column(_("Mot de passe"), lambda row: shown_password(row).label),
        Column(_("Accès autorisé"), lambda row: yes_or_no(row.is_authorised), css="short"),
        Column(_("Notifier par email"), lambda row: yes_or_no(row.notify_wanted), css="short"),
        Column(_("Email envoyé à"), "notified_to", css="long"),
        Column(_("Email envoyé le"), moment),
        Column(_("Dernière connexion"), "user__last_login", is_shown=False),
        Column(_("Droits"), css="tight", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun accès ne correspond"), _("Tous les accès")

    def __init__(self, request, queryset, *, may_act: bool = True):
        super().__init__(request, queryset)
        self.may_act = may_act

    @property
    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]
        return GESTURES if self.may_act else ()

    @property
    def everything(self) -> str:
        """All that the filter shows, however many: what is long goes on in a worker."""
        words = ngettext("l’accès trouvé", "les %(count)s accès trouvés", self.total.number)
        return words % {"count": self.total}

    @property
    def chosen(self) -> list[int]:
        """The keys of the rows that the posted form names, in the order shown."""
        found: QuerySet = self.found
        if EVERYTHING not in self.request.POST.getlist(FIELD):
            found = self.selected
        return list(found.order_by(*ordering(self.keys)).values_list("pk", flat=True))


class EmployeeAccessList(AccessList):
    search = (*AccessList.search, "matricule")
    columns = tuple(
        Column(_("Salarié"), "user__name", is_shown=False) if column.value == "user__name" else column
        for column in AccessList.columns
    )
