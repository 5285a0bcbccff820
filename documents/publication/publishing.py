"""Documents that come into a folder of the portal, and what is on the portal of whom (D-41)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from documents.models import Document, FolderKind
from documents.models.folder import is_on_the_portal
from documents.publication.telling import NEEDED, tell_each


def arrived(documents: Sequence[Document]) -> list[Document]:
    """`documents` have come in, or into another folder, in the caller's transaction: those published by that.

    With « Synchronisation automatique » what is wanted on the portal is there at once, in a folder that is there
    already, and its people are told; without it the document waits, red, for « Synchroniser ».
    """
    filed = [
        document.pk for document in documents if document.folder_id and document.firm.publishes_by_itself
    ]
    if not filed:
        return []
    now = timezone.now()
    published = {document.pk for document in publish(filed, now)}
    for document in documents:
        if document.pk in published:
            document.published_at = now
    return [document for document in documents if document.pk in published]


@transaction.atomic
def publish(keys: Collection[int], at: datetime, *, tells: bool = True) -> list[Document]:
    """Those of the documents `keys` that come to be on the portal by this, whose people are told of each.

    The rows are locked first: of two who publish the same document, the second finds nothing left to do or to tell.
    """
    locked = publishable().filter(pk__in=keys).select_related(*NEEDED).select_for_update(of=("self",))
    ready = list(locked.order_by("pk"))
    Document.objects.filter(pk__in=[document.pk for document in ready]).update(published_at=at)
    for document in ready:
        document.published_at = at
    if tells and ready:
        tell_each(ready, at)
    return ready


def publishable():
    """Documents that are wanted on the portal, in a folder that is there, and not published yet; no bulletin of whoever
    wants it on paper (D-03)."""
    on_paper = {"folder__top__kind": FolderKind.PAYSLIPS, "employee__wants_paper": True}
    waiting = Document.objects.live().filter(is_shared=True, published_at=None, folder__isnull=False)
    return waiting.exclude(**on_paper).filter(is_on_the_portal("folder__top", "company"))
