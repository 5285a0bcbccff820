"""« Comparer avec le portail » (S3-38, D-43): of each document what is wanted, what one reader is shown, who has seen it,
and what became of its notification. What is shown is asked of the portal's own query for that reader."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentView, Folder
from documents.publication.states import DocumentState, truth, with_state
from notifications.history.lists import RESEND
from notifications.history.shown import Shown, shown, with_all
from notifications.models import Notification
from portal.listing import BooleanFilter, Column, Listing, Order
from portal.models import ClientMember, Company, Employee, User

PIECE = 500  # notifications read at a time
DIFFERS = ~Q(is_wanted=F("is_shown"))


def readers_of(company: Company, employee: Employee | None) -> list[User]:
    """For whom the portal may be looked at: the salarié, then the company's contacts, client administrators first; of a
    salarié's folders those alone whom « Droits » lets in."""
    members = ClientMember.objects.live().filter(company=company).select_related("user")
    if employee:
        members = members.filter(is_admin=True, sees_employees=True)
    people = [member.user for member in members.order_by("-is_admin", "user__name", "pk")]
    return list(dict.fromkeys([employee.user, *people] if employee else people))


def compared(folder: Folder, company: Company, employee: Employee | None, reader: User | None) -> QuerySet:
    """The documents of `folder` with all that the screen says of them; without a reader what is on the portal at all."""
    documents = Document.objects.live().filter(folder=folder, company=company, employee=employee)
    own_view = DocumentView.objects.filter(document=OuterRef("pk"), user=reader).values("first_at")
    told = Notification.objects.filter(
        about_type=ContentType.objects.get_for_model(Document), about_id=OuterRef("pk")
    )
    seen = Document.objects.published_to(reader) if reader else Document.objects.none()
    return (
        with_state(documents)
        .annotate(
            is_shown=truth(Exists(seen.filter(pk=OuterRef("pk")))) if reader else F("is_there"),
            seen_at=Subquery(own_view[:1]),
            told_by=Subquery(told.order_by("-pk").values("pk")[:1]),
        )
        .select_related("company")
        .prefetch_related(
            Prefetch("views", DocumentView.objects.select_related("user").order_by("first_at", "pk"))
        )
    )


def told_by(keys: Iterable[int | None]) -> dict[int, Shown]:
    """The notifications of `keys` by these, each with what holds it now; a few queries a piece."""
    known = [key for key in keys if key is not None]
    found: dict[int, Shown] = {}
    for start in range(0, len(known), PIECE):
        rows = with_all(Notification.objects.filter(pk__in=known[start : start + PIECE]))
        found |= {told.row.pk: told for told in shown(list(rows))}
    return found


def yes_or_no(is_so: bool) -> str:
    return str(_("oui") if is_so else _("non"))


def seen_by(row: "Row") -> str:
    """« Marc Roux (8 mars 2026 14:32) » of each who has seen it, the first one first."""
    return ", ".join(
        f"{view.user} ({date_format(timezone.localtime(view.first_at), 'j F Y H:i')})"
        for view in row.document.views.all()
    )


def of_told(name: str):
    """A column of the export about the notification."""
    return lambda row: getattr(row.told, name) if row.told else ""


def state_told(row: "Row") -> str:
    if row.told is None:
        return ""
    words = [str(row.told.status.label), row.told.waits]
    return " – ".join(filter(None, words))


@dataclass(frozen=True)
class Row:
    """`told` is its latest notification."""

    document: Document
    state: DocumentState
    differs: bool
    told: Shown | None


class CompareList(Listing):
    search = ("name",)
    filters = (BooleanFilter("differences", _("Différences"), only=DIFFERS),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "document__name"),
        Column(_("Voulu sur le portail"), lambda row: yes_or_no(row.document.is_wanted)),
        Column(_("Affiché à ce lecteur"), lambda row: yes_or_no(row.document.is_shown)),
        Column(_("État"), "state__label", is_shown=False),
        Column(_("Classé"), "document__created_at", order="recents", is_shown=False),
        Column(_("Lu par ce lecteur le"), "document__seen_at", is_shown=False),
        Column(_("Lu par"), seen_by),
        Column(_("Notification"), state_told),
        Column(_("Adresse"), of_told("address"), is_shown=False),
        Column(_("Date"), of_told("at"), is_shown=False),
    )
    actions = (RESEND,)
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")

    @cached_property
    def told(self) -> dict[int, Shown]:
        """The notifications of all that is found, for the file that tells of them."""
        return told_by(self.found.order_by().values_list("told_by", flat=True))

    def exported(self, row):
        return (row_of(row, self.told),)


def rows_of(documents: Sequence) -> list[Row]:
    told = told_by(found.told_by for found in documents)
    return [row_of(found, told) for found in documents]


def row_of(found, told: dict[int, Shown]) -> Row:
    return Row(found, DocumentState(found.state), found.is_wanted != found.is_shown, told.get(found.told_by))
