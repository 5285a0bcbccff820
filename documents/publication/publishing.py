"""Documents that come into a folder of the portal, and what is on the portal of whom (D-41)."""

from collections.abc import Sequence

from django.utils import timezone

from documents.models import Document, FolderKind
from documents.models.folder import is_on_the_portal


def arrived(documents: Sequence[Document]) -> list[Document]:
    """`documents` have come in, or into another folder, in the caller's transaction: those published by that.

    With « Synchronisation automatique » what is wanted on the portal is there at once, in a folder that is there
    already; without it the document waits, red, for « Synchroniser ».
    """
    filed = [
        document.pk for document in documents if document.folder_id and document.firm.publishes_by_itself
    ]
    now = timezone.now()
    ready = list(publishable().filter(pk__in=filed)) if filed else []
    Document.objects.filter(pk__in=[document.pk for document in ready]).update(published_at=now)
    published = {document.pk for document in ready}
    for document in documents:
        if document.pk in published:
            document.published_at = now
    return [document for document in documents if document.pk in published]


def publishable():
    """Documents that are wanted on the portal, in a folder that is there, and not published yet; no bulletin of whoever
    wants it on paper (D-03)."""
    on_paper = {"folder__top__kind": FolderKind.PAYSLIPS, "employee__wants_paper": True}
    waiting = Document.objects.live().filter(is_shared=True, published_at=None, folder__isnull=False)
    return waiting.exclude(**on_paper).filter(is_on_the_portal("folder__top", "company"))
