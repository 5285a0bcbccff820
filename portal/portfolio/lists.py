"""The companies of a person: as a list, favourites first, codes in the order people count; as a menu that filters others."""

from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from portal.listing import ChoiceFilter, Column, Listing, Order
from portal.models import Company

CODE_LENGTH = Length("code")  # the annotation `code_length`: 4 before 12 before 27
MOST_COMPANIES = 200  # in a menu; beyond, the search and the links of the rows lead to one


class CompanyList(Listing):
    search = ("code", "name")
    orders = {"favoris": Order("-is_favourite", "code_length", "code"), "nom": Order("name")}
    columns = (
        Column(_("Favori"), css="tight", is_silent=True),
        Column(_("Code"), "code", css="tight"),
        Column(_("Entreprise"), "name", order="nom"),
        Column(_("Ce qui attend")),
    )
    nothing_found, show_all = _("Aucune entreprise ne correspond"), _("Toutes les entreprises")


def company_filter(request) -> ChoiceFilter:
    """One of the companies that the person works on, by its code; one query, or two where they are many."""
    mine = Company.objects.staffed_by(request.user).order_by("name", "pk").values_list("code", "name")
    listed, chosen = dict(mine[:MOST_COMPANIES]), request.GET.get("entreprise", "").replace("\0", "")
    if chosen and chosen not in listed:
        listed |= dict(mine.filter(code=chosen))
    return ChoiceFilter(
        "entreprise",
        field="company__code",
        choices=[(code, f"{name} ({code})") for code, name in listed.items()],
        every=_("Toutes"),
        menu=True,
        label=_("Entreprise"),
    )
