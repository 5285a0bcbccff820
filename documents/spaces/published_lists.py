"""What is published to a contact or to a salarié as lists, and what they have sent."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.spaces.marks import mark_of
from portal.listing import BooleanFilter, Column, Listing, Order, PeriodFilter


class PublishedList(Listing):
    search = ("name", "description", "folder__label")
    filters = (
        BooleanFilter("nouveaux", _("Nouveaux"), only=Q(is_new=True)),
        PeriodFilter("publie", field="published_at", label=_("Publié du")),
    )
    orders = {"recents": Order("-published_at", is_filled=True), "nom": Order("name")}
    columns = (
        Column(_("Document"), "name", order="nom"),
        Column(_("Répertoire"), "folder__label"),
        Column(_("Publié"), "published_at", order="recents"),
        Column(_("Taille"), "file__size", css="number"),
    )
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")


class PayslipList(PublishedList):
    """By month, so in no other order."""

    orders = {"recents": Order("-published_at", is_filled=True)}
    columns = (
        Column(_("Bulletin"), "name"),
        Column(_("Employeur"), "company__name"),
        Column(_("Publié"), "published_at"),
        Column(_("Taille"), "file__size", css="number"),
    )
    nothing_found, show_all = _("Aucun bulletin ne correspond"), _("Tous les bulletins")


class DepositList(Listing):
    """« Mes envois »: what the person has laid there, or sent by mail."""

    search = ("name", "comment")
    filters = (PeriodFilter("envoye", field="created_at", label=_("Envoyé du")),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("Commentaire"), "comment"),
        Column(_("Envoyé"), "created_at", order="recents"),
        Column(_("État"), lambda document: mark_of(document).label),
        Column(_("Taille"), "file__size", css="number"),
    )
    nothing_found, show_all = _("Aucun envoi ne correspond"), _("Tous mes envois")
    anchor = "#envois"


class OwnCompanyList(Listing):
    """The companies of a contact."""

    search = ("name", "code")
    orders = {"nom": Order("name")}
    nothing_found, show_all = _("Aucune entreprise ne correspond"), _("Toutes mes entreprises")
