"""Documents put into the trash, taken out again, and deleted for good.

The history of Mes documents never names a document: its owner alone knows what is in there (D-03).
"""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Document, DocumentVersion
from mailing.models import InboundAttachment
from portal import history
from portal.files import pages
from portal.files.keep import discard
from portal.models import StoredFile, User


@transaction.atomic
def throw(documents: Iterable[Document], *, by: User) -> list[Document]:
    """Put `documents`, which `by` may move, into the trash; those that were not there already."""
    now = timezone.now()
    moved = [
        document
        for document in documents
        if Document.objects.live().filter(pk=document.pk).update(trashed_at=now, trashed_by=by)
    ]
    for document in moved:
        record(document, "trashed", _("%(by)s met %(document)s à la corbeille de %(space)s"), by)
    return moved


@transaction.atomic
def restore(documents: Iterable[Document], *, by: User) -> list[Document]:
    """Take `documents`, which `by` may move, out of the trash; those that were still there."""
    moved = [
        document
        for document in documents
        if Document.objects.trashed().filter(pk=document.pk).update(trashed_at=None, trashed_by=None)
    ]
    for document in moved:
        record(document, "restored", _("%(by)s sort %(document)s de la corbeille de %(space)s"), by)
    return moved


@transaction.atomic
def delete(document: Document, *, by: User) -> bool:
    """Delete a document of the trash for good, with its bytes, those of its versions, and page images; False where it is
    no longer there.

    The line of history stays, and in « Activité » the name of the attachment it was. The bytes go once the row is
    gone: a transaction that fails has lost nothing.
    """
    files = [document.file, *(version.file for version in document.versions.select_related("file"))]
    if not Document.objects.trashed().filter(pk=document.pk).delete()[0]:
        return False
    record(document, "deleted", _("%(by)s supprime définitivement %(document)s de %(space)s"), by)
    for file in files:
        if file.documents.exists() or DocumentVersion.objects.filter(file=file).exists():
            continue
        InboundAttachment.objects.filter(file=file).update(file=None)
        StoredFile.objects.filter(pk=file.pk).delete()
        transaction.on_commit(partial(remove_bytes, file.key), robust=True)
    return True


def remove_bytes(key: str) -> None:
    discard(key)
    pages.forget(key)


def record(document: Document, verb: str, text: str, by: User) -> None:
    name = _("« %(name)s »") % {"name": document.name} if document.company_id else _("un document")
    said = text % {"by": by, "document": name, "space": document.place_label}
    history.record(
        document,
        verb,
        said,
        company=document.company,
        firm=document.firm,
        by=by,
        internal=document.folder_id is not None,  # what a client may see of a folder, its publication says
    )
