"""Who of a company was given a document, and when first (D-43): one of the few facts appended on GET."""

from django.http import HttpRequest
from django.utils import timezone

from documents.models import Document, DocumentView
from mailing.tracking import viewing
from portal import history


def saw(request: HttpRequest, document: Document) -> None:
    """This request is given `document`, on screen or as a file, which the person may see: the mails that told of it
    count as « ouvert », and a contact or a salarié has seen it; nothing where the request is not a person's look.
    """
    viewing.opened(request, document.told_of)
    if document.company_id is None or request.user.staff or not history.seen(request):
        return
    # One statement: two windows at once are one row, and the first moment stays.
    DocumentView.objects.bulk_create(
        [DocumentView(document=document, user=request.user, last_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["document", "user"],
        update_fields=["last_at"],
    )
