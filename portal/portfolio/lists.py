"""The companies of a person, as a list: favourites first, codes in the order people count."""

from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from portal.listing import Column, Listing, Order

CODE_LENGTH = Length("code")  # the annotation `code_length`: 4 before 12 before 27


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
