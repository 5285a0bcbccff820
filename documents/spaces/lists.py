"""The documents of a space, and those in its trash, as lists."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from portal.listing import Action, Column, Listing, Order, PeriodFilter
from portal.listing.counts import Count
from portal.listing.selection import GESTURE, LIMIT


def origin_of(document: Document) -> str:
    """Who sent it, or laid it on the portal."""
    if document.source:
        return document.source.mail.sender
    return str(document.uploaded_by or "")


class MovableList(Listing):
    """A list whose gestures are there for rows that the person may move (`DocumentQuerySet.with_marks`)."""

    gestures: tuple[Action, ...] = ()

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.gestures if any(row.may_move for row in self.rows) else ()

    @property
    def everything(self) -> str:
        """Without their number: a space is large, and nothing else on its page counts."""
        return _("tous les résultats, %(count)s au plus") % {"count": Count(LIMIT)}

    @property
    def chosen(self) -> QuerySet:
        """The rows that the posted form names, of those that the person may move; none where it asks for no gesture."""
        asked = self.request.POST.get(GESTURE, "")
        if asked not in [gesture.name for gesture in self.gestures]:
            return self.scoped.none()
        return self.selected.filter(may_move=True)


class SpaceList(MovableList):
    search = ("name", "source__mail__sender", "uploaded_by__name")
    filters = (PeriodFilter("recu", field="created_at", label=_("Reçu du")),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("Reçu"), "created_at", order="recents"),
        Column(_("De"), origin_of),
        Column(_("Taille"), "file__size", css="number"),
    )
    gestures = (Action("corbeille", _("Mettre à la corbeille")),)
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")


class TrashList(MovableList):
    search = ("name", "trashed_by__name")
    orders = {"recents": Order("-trashed_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("À la corbeille"), "trashed_at", order="recents"),
        Column(_("Par"), "trashed_by__name"),
        Column(_("Taille"), "file__size", css="number"),
        Column(_("Actions"), is_silent=True),
    )
    gestures = (Action("restaurer", _("Restaurer"), tone="primary"),)
    nothing_found, show_all = _("Aucun document ne correspond"), _("Toute la corbeille")
