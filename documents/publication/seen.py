"""Who of a company was given a document, and when first (D-43): one of the few facts appended on GET."""

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils import timezone

from documents.models import Document, DocumentView
from mailing.tracking import viewing
from notifications.models import Notification
from portal import history


def saw(request: HttpRequest, *documents: Document) -> None:
    """This request is given `documents`, on screen or as files, which the person may see: the mails that told of them
    count as « ouvert », and a contact or a salarié has seen them; nothing where the request is not a person's look.
    """
    notifications = Notification.objects.filter(
        about_type=ContentType.objects.get_for_model(Document),
        about_id__in=[document.pk for document in documents],
        mail__isnull=False,
    )
    things = [thing for document in documents for thing in document.told_of]
    viewing.opened(request, things, told_by=notifications.values("mail"))
    published = [document for document in documents if document.company_id is not None]
    if not published or request.user.staff or not history.seen(request):
        return
    # One statement: two windows at once are one row, and the first moment stays.
    DocumentView.objects.bulk_create(
        [
            DocumentView(document=document, user=request.user, last_at=timezone.now())
            for document in published
        ],
        update_conflicts=True,
        unique_fields=["document", "user"],
        update_fields=["last_at"],
    )
