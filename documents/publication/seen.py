"""Which documents a contact or a salarié was given, and which are still news to them (D-43)."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from documents.models import Document, DocumentView
from portal import history
from portal.models import User

NEWS_LAST = timedelta(days=90)  # what nobody has opened by then is no news any more


def saw(request: HttpRequest, *documents: Document) -> None:
    """Write down that this request is given `documents`: for a contact or a salarié to whom they are published, never
    for staff. Nothing where the request is not a person's look (`portal.history.seen`)."""
    if not request.user.is_authenticated or not history.seen(request):
        return
    given = [document.pk for document in documents if document.published_at]
    theirs = Document.objects.published_to(request.user).filter(pk__in=given) if given else ()
    keep(theirs, request.user)


def keep(documents: Iterable[Document], user: User) -> None:
    now = timezone.now()
    views = [DocumentView(document=document, user=user, first_at=now, last_at=now) for document in documents]
    # One statement: two requests at once (a page, and its download) write one row.
    DocumentView.objects.bulk_create(
        views, update_conflicts=True, unique_fields=["document", "user"], update_fields=["last_at"]
    )


def with_news(documents: QuerySet[Document], user: User) -> QuerySet[Document]:
    """Adds `is_new`: published of late, and not opened by `user` since. No visit is written down for that."""
    opened = DocumentView.objects.filter(
        document=OuterRef("pk"), user=user, last_at__gte=OuterRef("published_at")
    )
    is_new = Q(published_at__gte=timezone.now() - NEWS_LAST) & ~Exists(opened)
    return documents.annotate(is_new=ExpressionWrapper(is_new, output_field=BooleanField()))
