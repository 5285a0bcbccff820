"""The notifications of documents: rows « En attente », in the caller's transaction, and what holds them later (D-44)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Document, FolderException
from documents.models.folder import KEPT_BY_LEAVERS
from documents.publication.recipients import Recipient, kind_of, link_of, recipient_of
from documents.publication.states import with_state
from notifications.models import Hold, LinkTarget, Notification, TemplateKind
from notifications.queue import asking
from notifications.queue.examining import already_told, told_key
from portal import history
from portal.models import User

# Of documents that are to be told of.
NEEDED = (
    "company__firm",
    "company__manager__user",
    "company__group",
    "firm",
    "folder__top",
    "employee__user",
)

Cells = dict[str, Any]


def tell_each(documents: Sequence[Document], occasion: datetime) -> None:
    """Of each of `documents` in a folder that notifies, as it was last published."""
    counting = counting_cells(documents)
    asking.ask(
        [
            row
            for document in documents
            if (cells := cells_of(document, counting)).get("notifies")
            and (row := row_of(document, cells, occasion))
        ]
    )


def tell_once(documents: Sequence[Document], occasion: datetime) -> None:
    """Of all `documents` together, once to each person whom one of their folders notifies: at most one row for each
    recipient and `occasion`, about the company or the employment, whose space it leads to."""
    counting = counting_cells(documents)
    folders = defaultdict[Recipient, dict[str, Document]](dict)
    for document in documents:
        cells = cells_of(document, counting)
        if cells.get("notifies") and (found := recipient(document, cells)):
            folders[found].setdefault(str(document.folder.top), document)
    rows = []
    for found, named in folders.items():
        first = next(iter(named.values()))
        about = first.employee if found.person else first.company
        assert about is not None  # what lies in a folder belongs to a company
        title = ", ".join(named)
        rows.append(row_about(about, first, found, title, TemplateKind.SEVERAL, LinkTarget.SPACE, occasion))
    asking.ask(rows)


def tell_again(documents: Sequence[Document], *, by: User, is_forced: bool) -> list[Notification]:
    """Because `by` asks for it, whatever their folders say of notifications: that is written on the row, and holds it.

    Without `is_forced` no row is written to whom has heard of a document; it is returned all the same, with that reason.
    """
    found = list(Document.objects.filter(pk__in=[one.pk for one in documents]).select_related(*NEEDED))
    counting, now = counting_cells(found), timezone.now()
    rows = {one.pk: row for one in found if (row := row_of(one, cells_of(one, counting), now))}
    told = set() if is_forced else already_told([*rows.values()])
    for document in found:
        row = rows.get(document.pk)
        if row is None:
            continue
        row.asked_by, row.is_forced = by, is_forced
        if told_key(row) in told:
            row.hold = Hold.ALREADY_TOLD
            continue
        text = _("%(by)s renvoie la notification de « %(name)s »") % {"by": by, "name": document.name}
        history.record(document, "told_again", text, company=document.company, by=by, internal=True)
    asking.ask([row for row in rows.values() if not row.hold])
    return [*rows.values()]


def row_of(document: Document, cells: Cells, occasion: datetime) -> Notification | None:
    """What tells of `document`; None where nobody reads such a folder on the portal."""
    found = recipient(document, cells)
    if found is None:
        return None
    kind = kind_of(document.folder.top.kind, cells)
    return row_about(document, document, found, document.name, kind, link_of(cells), occasion)


def row_about(
    about: models.Model,
    document: Document,
    found: Recipient,
    title: str,
    kind: TemplateKind,
    link_target: str,
    occasion: datetime,
) -> Notification:
    of_person = found.person is not None
    return Notification(
        firm=document.firm,
        company=document.company,
        employee=document.employee if of_person else None,
        about_type=ContentType.objects.get_for_model(about),
        about_id=about.pk,
        person=document.employee.user if document.employee and of_person else None,
        address_kind=found.kind,
        title=title[:255],
        template_kind=kind,
        link_target=link_target,
        occasion=occasion,
    )


def recipient(document: Document, cells: Cells) -> Recipient | None:
    user = document.employee.user_id if document.employee else None
    return recipient_of(document.folder.top.audience, document.company_id, cells, user)


def cells_of(document: Document, counting: dict[tuple[int, int], Cells]) -> Cells:
    return counting[document.folder.top_id, document.company_id]


def counting_cells(documents: Iterable[Document]) -> dict[tuple[int, int], Cells]:
    """The cells that count for each (top folder, company): those of the exception as published, else of the firm's row."""
    pairs = {(document.folder.top_id, document.company_id): document.folder.top for document in documents}
    exceptions = FolderException.objects.filter(
        folder__in={top for top, _company in pairs}, company__in={company for _top, company in pairs}
    )
    published = {(found.folder_id, found.company_id): found.published for found in exceptions}
    return {pair: published.get(pair) or top.published for pair, top in pairs.items()}


def why_not_told(rows: Sequence[Notification]) -> list[Hold]:
    """What was thrown away, withdrawn or moved since, and published anew perhaps, is no more what a row tells of; unless
    a person asked for it, who means the document as it is there."""
    live = Document.objects.live().filter(pk__in={row.about_id for row in rows}, folder__isnull=False)
    documents = {found.pk: found for found in with_state(live).select_related("folder__top", "employee")}
    counting = counting_cells(documents.values())
    return [why_not(row, documents.get(row.about_id), counting) for row in rows]


def why_not(row: Notification, document: Any, counting: dict[tuple[int, int], Cells]) -> Hold:
    if document is None or not document.is_there or document.employee_id != row.employee_id:
        return Hold.NOT_PUBLISHED
    if row.asked_by_id is None and document.published_at != row.occasion:
        return Hold.NOT_PUBLISHED
    if not cells_of(document, counting).get("notifies"):
        return Hold.SILENT_FOLDER
    has_left = document.employee is not None and document.employee.left_on is not None
    return Hold.NO_ACCESS if has_left and document.folder.top.kind not in KEPT_BY_LEAVERS else Hold.NONE
