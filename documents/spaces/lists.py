"""The documents of a space, as a list."""

from django.utils.translation import gettext_lazy as _

from portal.listing import Column, Listing, Order, PeriodFilter


class SpaceList(Listing):
    search = ("name", "source__mail__sender")
    filters = (PeriodFilter("recu", field="created_at", label=_("Reçu du")),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("Reçu"), "created_at", order="recents"),
        Column(_("De"), "source__mail__sender"),
        Column(_("Taille"), "file__size", css="number"),
    )
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")
