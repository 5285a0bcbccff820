"""The notifications of documents that were just published: rows « En attente », in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from documents.models import Audience, Document, FolderException
from documents.publication.recipients import Recipient, hold_of, link_of, recipient_of
from notifications.models import Hold, LinkTarget, Notification, NotificationStatus
from portal.models import AddressKind, ClientMember, Company, Employee, Firm

NEEDED = ("company", "firm", "folder__top", "employee__user")  # of documents that are to be told of

Cells = dict[str, Any]


def tell_each(documents: Sequence[Document], occasion: datetime) -> None:
    """Of each of `documents` in a folder that notifies, as it was last published."""
    counting, office = counting_cells(documents), Office(documents)
    told = already_told(documents)
    rows = []
    for document in documents:
        cells = counting[document.folder.top_id, document.company_id]
        found = recipient(document, cells) if cells.get("notifies") else None
        if found:
            was_told = (document.pk, found.person, found.kind) in told
            hold = office.hold(document, found, was_told=was_told)
            rows.append(row(document, document, found, link_of(cells), occasion, hold))
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def tell_once(documents: Sequence[Document], occasion: datetime) -> None:
    """Of all `documents` together, once to each person whom one of their folders notifies: at most one row for each
    recipient and `occasion`, about the company or the employment, whose space it leads to."""
    counting, office = counting_cells(documents), Office(documents)
    rows = []
    for document in documents:
        cells = counting[document.folder.top_id, document.company_id]
        if cells.get("notifies") and (found := recipient(document, cells)):
            about = document.employee or document.company
            hold = office.hold(document, found)
            rows.append(row(document, about, found, LinkTarget.SPACE, occasion, hold))
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def row(
    document: Document,
    about: models.Model,
    found: Recipient,
    link_target: str,
    occasion: datetime,
    hold: Hold,
) -> Notification:
    return Notification(
        firm=document.firm,
        company=document.company,
        employee=document.employee if found.person else None,
        about_type=ContentType.objects.get_for_model(about),
        about_id=about.pk,
        person_id=found.person,
        address_kind=found.kind,
        link_target=link_target,
        occasion=occasion,
        hold=hold,
    )


def recipient(document: Document, cells: Cells) -> Recipient | None:
    user = document.employee.user_id if document.employee else None
    return recipient_of(document.folder.top.audience, document.company_id, cells, user)


def counting_cells(documents: Iterable[Document]) -> dict[tuple[int, int], Cells]:
    """The cells that count for each (top folder, company): those of the exception as published, else of the firm's row."""
    pairs = {(document.folder.top_id, document.company_id): document.folder.top for document in documents}
    exceptions = FolderException.objects.filter(
        folder__in={top for top, _company in pairs}, company__in={company for _top, company in pairs}
    )
    published = {(found.folder_id, found.company_id): found.published for found in exceptions}
    return {pair: published.get(pair) or top.published for pair, top in pairs.items()}


def already_told(documents: Iterable[Document]) -> set[tuple[int, int | None, str]]:
    """Document, person and kind of address of what was sent."""
    sent = Notification.objects.filter(
        about_type=ContentType.objects.get_for_model(Document),
        about_id__in=[document.pk for document in documents],
        status=NotificationStatus.SENT,
    )
    return set(sent.values_list("about_id", "person", "address_kind"))


class Office:
    """Who of the people of some documents may be written to: two queries for however many."""

    def __init__(self, documents: Sequence[Document]):
        companies = {document.company_id for document in documents}
        employees = {document.employee_id for document in documents if document.employee_id}
        members = ClientMember.objects.open().filter(company__in=companies)
        self.companies = set(members.values_list("company", flat=True))
        self.employees = set(Employee.objects.open().filter(pk__in=employees).values_list("pk", flat=True))

    def hold(self, document: Document, found: Recipient, *, was_told: bool = False) -> Hold:
        firm, company, employee = document.firm, document.company, document.employee
        assert company is not None  # what lies in a folder belongs to one
        return hold_of(
            is_muted=is_muted(firm, document.folder.top.audience),
            has_access=employee.pk in self.employees if found.person else company.pk in self.companies,
            address=employee.user.email if found.person else address_of(company, found.kind),
            was_told=was_told,
        )


def address_of(company: Company, kind: str) -> str:
    return AddressKind(kind).of(company)


def is_muted(firm: Firm, audience: str) -> bool:
    """« Désactiver les notifications » of clients, of salariés (S3-21)."""
    return firm.mutes_employees if audience == Audience.EMPLOYEES else firm.mutes_clients
