"""Requests about users as lists: of a company, and of all companies of a staff member."""

from django.utils.translation import gettext_lazy as _

from approvals.models import RequestKind, RequestStatus, UserRequest
from portal.listing import ChoiceFilter, Column, Listing, Order


def status_of(asked: UserRequest):
    return asked.badge.label


class RequestList(Listing):
    search = ("name", "email", "comment", "by__name")
    filters = (
        ChoiceFilter(
            "statut",
            field="status",
            choices=RequestStatus,
            every=_("Toutes"),
            plurals={
                RequestStatus.ACCEPTED: _("Acceptées"),
                RequestStatus.REFUSED: _("Refusées"),
                RequestStatus.WITHDRAWN: _("Retirées"),
            },
        ),
        ChoiceFilter("type", field="kind", choices=RequestKind, every=_("Tous"), menu=True, label=_("Type")),
    )
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Demandée"), "created_at", order="recents"),
        Column(_("Type"), lambda asked: asked.kind_of.label),
        Column(_("Personne"), "name"),
        Column(_("Adresse e-mail"), "email", is_shown=False),
        Column(_("Commentaire"), "comment", is_shown=False),
        Column(_("Demandée par"), "by__name"),
        Column(_("Statut"), status_of),
        Column(_("Motif"), "reason", is_shown=False),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune demande ne correspond"), _("Toutes les demandes")


class FirmRequestList(RequestList):
    search = (*RequestList.search, "company__name", "company__code")
    columns = (
        RequestList.columns[0],
        Column(_("Code"), "company__code", is_shown=False),
        Column(_("Entreprise"), "company__name"),
        *RequestList.columns[1:],
    )
