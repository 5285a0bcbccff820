"""What is new to a contact or to a salarié: read off what they were given, no visit is written down for it."""

from datetime import timedelta

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.utils import timezone

from documents.models import Document, DocumentView
from portal.models import User

LASTS = timedelta(days=90)  # what nobody has opened by then is no news any more


def with_news(documents: QuerySet[Document], user: User) -> QuerySet[Document]:
    """Adds `is_new`: published of late, and not opened by `user` since; a new version is new again."""
    # What one person has opened is little beside what is published, so it is listed once, not asked of each document.
    opened = DocumentView.objects.filter(user=user, last_at__gte=F("document__published_at"))
    is_new = Q(published_at__gte=timezone.now() - LASTS) & ~Q(pk__in=opened.values("document"))
    return documents.annotate(is_new=ExpressionWrapper(is_new, output_field=BooleanField()))
