"""The work of the box and of Image: documents filed from there, marked as processed, and taken back into the queue.

« Traité » has one meaning: filed or marked. Two people may work at one queue: whoever comes second changes nothing.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.filing import moving
from documents.models import Document, Folder
from portal import history
from portal.files.checks import clean_name, extension
from portal.models import Employee, User


@transaction.atomic
def file(
    documents: Iterable[Document], folder: Folder, *, by: User, employee: Employee | None = None
) -> list[Document]:
    """File those of `documents` that were still to be processed into `folder`."""
    return moving.move(claim(documents, by), folder, by=by, employee=employee)


@transaction.atomic
def file_as(
    document: Document,
    folder: Folder,
    *,
    by: User,
    name: str,
    description: str,
    employee: Employee | None = None,
) -> bool:
    """The same for one, under `name`; False where somebody was faster, and then the name stays too."""
    if not claim([document], by):
        return False
    before, document.name, document.description = document.name, named(name, document.name), description
    Document.objects.filter(pk=document.pk).update(name=document.name, description=document.description)
    if document.name != before:
        text = _("%(by)s renomme « %(before)s » en « %(name)s »") % {
            "by": by,
            "before": before,
            "name": document.name,
        }
        history.record(document, "renamed", text, company=document.company, by=by, internal=True)
    return bool(moving.move([document], folder, by=by, employee=employee))


@transaction.atomic
def mark(documents: Iterable[Document], *, by: User) -> list[Document]:
    """« Marquer comme traité »: those of `documents` that were still to be processed need no folder."""
    marked = claim(documents, by)
    record(marked, "processed", _("%(by)s marque « %(name)s » comme traité"), by)
    return marked


@transaction.atomic
def take_back(documents: Iterable[Document], *, by: User) -> list[Document]:
    """Put processed `documents` of a space back among what is to be processed: out of their folder, and off the
    portal with it; those that were processed."""
    given = {document.pk: document for document in documents}
    processed = Document.objects.live().filter(pk__in=given, processed_at__isnull=False).exclude(space="")
    taken = [given[pk] for pk in processed.select_for_update().order_by("pk").values_list("pk", flat=True)]
    Document.objects.filter(pk__in=[document.pk for document in taken]).update(
        folder=None, employee=None, published_at=None, processed_at=None, processed_by=None
    )
    record(taken, "taken_back", _("%(by)s remet « %(name)s » à traiter"), by)
    return taken


def claim(documents: Iterable[Document], by: User) -> list[Document]:
    """Those of `documents` that were still to be processed; they are processed by `by` from now on."""
    given = {document.pk: document for document in documents}
    free = Document.objects.to_process().filter(pk__in=given).select_for_update().order_by("pk")
    claimed = [given[pk] for pk in free.values_list("pk", flat=True)]
    Document.objects.filter(pk__in=[document.pk for document in claimed]).update(
        processed_at=timezone.now(), processed_by=by
    )
    return claimed


def named(wanted: str, before: str) -> str:
    """The name that a person gives to a file: fit to be downloaded, with the ending that says what the file is."""
    if not wanted.strip():
        return before
    name, ending = clean_name(wanted), extension(before)
    return name if extension(name) == ending or not ending else clean_name(f"{name}.{ending}")


def record(documents: Iterable[Document], verb: str, text: str, by: User) -> None:
    history.record_all(
        history.entry(
            document,
            verb,
            text % {"by": by, "name": document.name},
            company=document.company,
            by=by,
            internal=True,
        )
        for document in documents
    )
