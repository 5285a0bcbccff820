"""« Renvoyer » from « Comparer avec le portail » (S3-39): the notifications of documents, sent once more."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import Document
from notifications.history.shown import with_all
from notifications.models import Notification, NotificationStatus
from notifications.queue import stories
from notifications.queue.stories import Resent
from portal.models import User


@transaction.atomic
def resend(documents: Sequence[Document], *, by: User, is_forced: bool) -> Resent:
    """Of each of `documents`, the latest notification where it waits is tried again; else it is told again, as the grid
    counts now. Without « Notification forcée » whoever has heard of it is left alone, and nothing is written.
    """
    latest = latest_of(documents)
    waiting = [row for row in latest.values() if row.status == NotificationStatus.WAITING]
    tried = stories.resend(waiting, by=by, is_forced=is_forced)
    keys = {row.about_id for row in waiting}
    others = [one for one in documents if one.pk not in keys]
    made = Document.tell_again(others, by=by, is_forced=is_forced)
    read = {row.about_id for row in made}
    unread = _("personne ne lit ce répertoire sur le portail")
    anew = stories.outcome(made, [stories.said(one.name, unread) for one in others if one.pk not in read])
    return Resent(tried.count + anew.count, tried.held + anew.held)


def latest_of(documents: Sequence[Document]) -> dict[int, Notification]:
    """The latest notification of each of `documents` that has one."""
    rows = with_all(
        Notification.objects.filter(
            about_type=ContentType.objects.get_for_model(Document), about_id__in=[one.pk for one in documents]
        )
    )
    return {row.about_id: row for row in rows.order_by("pk")}
