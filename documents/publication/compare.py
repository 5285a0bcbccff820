"""« Comparer avec le portail » (S3-38, D-43): of each document what is wanted, what one reader is shown, who has seen it,
and what became of its notification. What is shown is asked of the portal's own query for that reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentView, Folder
from documents.publication.states import DocumentState, truth, with_state
from notifications.models import Hold, Notification, NotificationStatus
from portal.listing import BooleanFilter, Column, Listing, Order
from portal.models import AddressKind, ClientMember, Company, Employee, User

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
    ).order_by("-pk")
    facts = JSONObject(
        status="status", hold="hold", sent_to="sent_to", kind="address_kind", email="person__email"
    )
    shown = Document.objects.published_to(reader) if reader else Document.objects.none()
    return (
        with_state(documents)
        .annotate(
            is_shown=truth(Exists(shown.filter(pk=OuterRef("pk")))) if reader else F("is_there"),
            seen_at=Subquery(own_view[:1]),
            told=Subquery(told.values(facts=facts)[:1]),
            told_moment=Subquery(told.values("occasion")[:1]),
            told_at=Subquery(told.values(moment=Coalesce("sent_at", "created_at"))[:1]),
        )
        .select_related("company")
        .prefetch_related(
            Prefetch("views", DocumentView.objects.select_related("user").order_by("first_at", "pk"))
        )
    )


@dataclass(frozen=True)
class Told:
    """The latest notification of a document: to which address, when asked for or sent, its state and what holds it."""

    status: NotificationStatus
    hold: Hold
    address: str
    at: datetime | None


def told_of(row) -> Told | None:
    """As `compared` has annotated `row`. What was withdrawn since, or published anew, does not leave any more."""
    if row.told is None:
        return None
    told, status = row.told, NotificationStatus(row.told["status"])
    known = told["email"] or (AddressKind(told["kind"]).of(row.company) if told["kind"] else "")
    hold = Hold(told["hold"])
    if status == NotificationStatus.WAITING and not hold:
        is_current = row.is_there and row.told_moment == row.published_at
        hold = Hold.NONE if is_current else Hold.NOT_PUBLISHED
    return Told(status, hold, told["sent_to"] or known, row.told_at)


def yes_or_no(is_so: bool) -> str:
    return str(_("oui") if is_so else _("non"))


def seen_by(row) -> str:
    """« Marc Roux (8 mars 2026 14:32) » of each who has seen it, the first one first."""
    return ", ".join(
        f"{view.user} ({date_format(timezone.localtime(view.first_at), 'j F Y H:i')})"
        for view in row.views.all()
    )


def of_told(name: str):
    """A column of the export about the notification."""

    def value(row):
        told = told_of(row)
        return getattr(told, name) if told else ""

    return value


def state_told(row) -> str:
    told = told_of(row)
    if told is None:
        return ""
    return f"{told.status.label} – {told.hold.label}" if told.hold else str(told.status.label)


class CompareList(Listing):
    search = ("name",)
    filters = (BooleanFilter("differences", _("Différences"), only=DIFFERS),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "name"),
        Column(_("Voulu sur le portail"), lambda row: yes_or_no(row.is_wanted)),
        Column(_("Affiché à ce lecteur"), lambda row: yes_or_no(row.is_shown)),
        Column(_("État"), lambda row: DocumentState(row.state).label, is_shown=False),
        Column(_("Classé"), "created_at", order="recents", is_shown=False),
        Column(_("Lu par ce lecteur le"), "seen_at", is_shown=False),
        Column(_("Lu par"), seen_by),
        Column(_("Notification"), state_told),
        Column(_("Adresse"), of_told("address"), is_shown=False),
        Column(_("Date"), of_told("at"), is_shown=False),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun document ne correspond"), _("Tous les documents")


@dataclass(frozen=True)
class Row:
    document: Document
    state: DocumentState
    differs: bool
    told: Told | None


def rows_of(documents: Sequence) -> list[Row]:
    return [
        Row(found, DocumentState(found.state), found.is_wanted != found.is_shown, told_of(found))
        for found in documents
    ]
