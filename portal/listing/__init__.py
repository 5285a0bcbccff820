"""The one way to show a list. A screen declares; its view stays five gestures.

    class AddressList(Listing):
        search = ("address", "name")
        filters = (ChoiceFilter("statut", field="status", choices=AddressStatus),)
        orders = {"recents": Order("-last_mail_at"), "adresse": Order("address")}
        columns = (Column(_("Adresse"), "address", order="adresse"), Column(_("Statut"), lambda row: row.badge.label))
        exports = ("csv", "xlsx")

    page = AddressList(request, company.sender_addresses.select_related("decided_by"))
    if page.export:
        return page.export_response("adresses")
    return render(request, "approvals/addresses.html", {"company": company, "page": page})

The template includes `portal/_list_tools.html`, `_list_head.html`, `_list_more.html` and `_list_empty.html`, and writes
its own rows from `page.rows`; with `actions`, `_list_bulk.html` and `_list_tick.html` too.
"""

from portal.listing.columns import Column
from portal.listing.filters import BooleanFilter, ChoiceFilter, Filter, PeriodFilter
from portal.listing.listing import Listing
from portal.listing.orders import Order
from portal.listing.selection import Action, selected

__all__ = [
    "Action",
    "BooleanFilter",
    "ChoiceFilter",
    "Column",
    "Filter",
    "Listing",
    "Order",
    "PeriodFilter",
    "selected",
]
