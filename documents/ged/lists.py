"""The documents of a folder, of a whole GED, and those of its trash, as lists; and the salariés of a company."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from documents.models import Document, Tag
from documents.publication.states import DocumentState
from documents.spaces.kinds import kind_of
from documents.spaces.lists import MovableList, origin_of
from portal.files.checks import OLD_SHEET, OLD_WORD, SHEET, WORD
from portal.files.pdf import PDF
from portal.listing import Action, BooleanFilter, ChoiceFilter, Column, Listing, Order, PeriodFilter
from portal.listing.filters import Filter, Input

TYPES = {
    "pdf": (_("PDF"), Q(file__type=PDF)),
    "image": (_("Images"), Q(file__type__startswith="image/")),
    "tableur": (
        _("Tableurs"),
        Q(file__type__in=(SHEET, OLD_SHEET, "text/csv", "application/vnd.oasis.opendocument.spreadsheet")),
    ),
    "texte": (
        _("Textes"),
        Q(
            file__type__in=(
                *(WORD, OLD_WORD, "text/plain", "application/rtf"),
                "application/vnd.oasis.opendocument.text",
            )
        ),
    ),
}
OTHER = "autre"

MOVE = Action("deplacer", _("Déplacer"))
TAG = Action("etiqueter", _("Étiqueter"))
SHARE = Action("partager", _("Mettre sur le portail"))
WITHDRAW = Action("retirer", _("Retirer du portail"))
MERGE = Action("fusionner", _("Fusionner en un PDF"))
PACK = Action("zip", _("Télécharger (ZIP)"))
THROW = Action("corbeille", _("Mettre à la corbeille"))
OF_STAFF = (MOVE, TAG, SHARE, WITHDRAW, MERGE, PACK, THROW)


class TypeFilter(ChoiceFilter):
    """By what the content is, in five sorts that people know."""

    def __init__(self) -> None:
        choices = [*((name, label) for name, (label, _condition) in TYPES.items()), (OTHER, _("Autres"))]
        super().__init__("type", field="file__type", choices=choices, menu=True, label=_("Type"))

    def condition(self, value: str, queryset: QuerySet) -> Q:
        if value != OTHER:
            return TYPES[value][1]
        return ~Q(*(condition for _label, condition in TYPES.values()), _connector=Q.OR)


class TagFilter(Filter):
    """By one of the étiquettes that documents here have."""

    def __init__(self, tags: Sequence[Tag]) -> None:
        super().__init__("etiquette", _("Étiquette"))
        self.tags = {str(tag.pk): tag for tag in tags}

    def read(self, data) -> str | None:
        value = data.get(self.param, "")
        return value if value in self.tags else None

    def condition(self, value: str, queryset: QuerySet) -> Q:
        return Q(pk__in=Document.tags.through.objects.filter(tag=int(value)).values("document"))

    def inputs(self, value: str | None) -> list[Input]:
        options = (("", _("Toutes")), *((key, tag.name) for key, tag in self.tags.items()))
        return [Input(self.param, self.label, value or "", options)] if self.tags else []


NAME = Column(_("Document"), "name", order="nom")
FOLDER = Column(_("Répertoire"), "folder__label")
FILED = Column(_("Classé"), "created_at", order="recents")
STATE = Column(_("Portail"), lambda row: DocumentState(row.state).label)
SIZE = Column(_("Taille"), "file__size", order="taille", css="number")
EXPORTED = (
    Column(_("De"), origin_of, is_shown=False),
    Column(_("Type"), kind_of, is_shown=False),
    Column(_("Étiquettes"), lambda row: ", ".join(str(tag) for tag in row.tags.all()), is_shown=False),
    Column(_("Description"), "description", is_shown=False),
)


class FolderList(Listing):
    """A folder's documents, or with `is_whole` those of the whole GED. Staff have gestures, and see what the portal shows."""

    search = ("name", "description", "tags__name")
    orders = {"recents": Order("-created_at"), "nom": Order("sort_name"), "taille": Order("-file__size")}
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        tags: Sequence[Tag],
        *,
        is_staffed: bool,
        is_whole: bool,
        path: str = "",
    ) -> None:
        period = PeriodFilter("classe", field="created_at", label=_("Classé du"))
        place = (FOLDER,) if is_whole else ()
        self.is_staffed, self.is_whole = is_staffed, is_whole
        if is_staffed:
            waiting = BooleanFilter(
                "attente", _("Pas encore publiés"), only=Q(state=DocumentState.TO_PUBLISH)
            )
            portal = ChoiceFilter(
                "portail", field="state", choices=DocumentState, menu=True, label=_("Portail")
            )
            self.filters = (waiting, period, TypeFilter(), TagFilter(tags), portal)
            self.columns = (NAME, *place, FILED, STATE, SIZE, *EXPORTED)
            self.exports = ("csv", "xlsx")
            self.possible = OF_STAFF
        else:
            self.search = ("name",)
            self.filters = (period, TypeFilter())
            self.columns = (NAME, *place, FILED, SIZE)
            self.possible = (PACK,)
        super().__init__(request, queryset)
        self.path = path or self.path

    @cached_property
    def rows(self) -> list:
        rows = super().rows
        for row in rows:
            row.shown = DocumentState(row.state)
        return rows

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.possible if self.rows else ()

    everything = MovableList.everything

    @property
    def document_state(self) -> str:
        """« ?… » for the links to its documents, whose page finds neighbours and way back by it."""
        told = {**self.state, LIST: WHOLE if self.is_whole else ONE}
        return f"?{urlencode(told)}"

    @property
    def asked(self) -> Action | None:
        """The gesture that the posted form asks for, also where nothing is left of the list."""
        name = self.request.POST.get("geste", "")
        return next((action for action in self.possible if action.name == name), None)


LIST, WHOLE, ONE = "liste", "ged", "dossier"


class GedTrashList(MovableList):
    search = ("name", "trashed_by__name", "folder__label")
    orders = {"recents": Order("-trashed_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("Répertoire"), "folder__label"),
        Column(_("À la corbeille"), "trashed_at", order="recents"),
        Column(_("Par"), "trashed_by__name"),
        Column(_("Taille"), "file__size", css="number"),
        Column(_("Actions"), is_silent=True),
    )
    gestures = (Action("restaurer", _("Restaurer"), tone="primary"),)
    nothing_found, show_all = _("Aucun document ne correspond"), _("Toute la corbeille")


class EmployeeGedList(Listing):
    search = ("user__name", "matricule")
    orders = {"nom": Order("user__name"), "matricule": Order("matricule")}
    columns = (
        Column(_("Matricule"), "matricule", order="matricule"),
        Column(_("Salarié"), "user__name", order="nom"),
        Column(_("Documents"), "filed", css="number"),
        Column(_("Sorti le"), "left_on"),
    )
    nothing_found, show_all = _("Aucun salarié ne correspond"), _("Tous les salariés")
