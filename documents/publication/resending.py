"""« Renvoyer » from « Comparer avec le portail » (S3-39): the notifications of documents, sent once more."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Document
from documents.publication.telling import NEEDED, cells_of, counting_cells, row_of
from notifications.history.shown import with_all
from notifications.models import Hold, Notification, NotificationStatus
from notifications.queue import stories
from notifications.queue.examining import already_told, told_key
from notifications.queue.stories import Resent
from portal.models import User


@transaction.atomic
def resend(documents: Sequence[Document], *, by: User, is_forced: bool) -> Resent:
    """Of each of `documents`, the latest notification where it waits is tried again; else it is told again, as the grid
    counts now. Without « Notification forcée » whoever has heard of it is left alone, and nothing is written.
    """
    found = list(Document.objects.filter(pk__in=[one.pk for one in documents]).select_related(*NEEDED))
    latest = latest_of(found)
    waiting = [row for row in latest.values() if row.status == NotificationStatus.WAITING]
    tried = stories.resend(waiting, by=by, is_forced=is_forced)
    keys = {row.about_id for row in waiting}
    again, refused = told_anew([one for one in found if one.pk not in keys], is_forced=is_forced)
    made = Document.tell_again(again, by=by, is_forced=is_forced) if again else []
    held = [stories.said(row, Hold(row.hold).label) for row in made if row.hold]
    leaving = sum(not row.hold for row in made)
    return Resent(tried.count + leaving, (*tried.held, *refused, *held))


def latest_of(documents: Sequence[Document]) -> dict[int, Notification]:
    """The latest notification of each of `documents` that has one."""
    rows = with_all(
        Notification.objects.filter(
            about_type=ContentType.objects.get_for_model(Document), about_id__in=[one.pk for one in documents]
        )
    )
    return {row.about_id: row for row in rows.order_by("pk")}


def told_anew(documents: Sequence[Document], *, is_forced: bool) -> tuple[list[Document], list[str]]:
    """Those of `documents` that may be told anew, and of each other one why it may not."""
    counting, now = counting_cells(documents), timezone.now()
    rows = {one.pk: row_of(one, cells_of(one, counting), now) for one in documents}
    known = set() if is_forced else already_told([row for row in rows.values() if row is not None])
    again, refused = [], []
    for one in documents:
        row = rows[one.pk]
        if row is None:
            refused.append(named(one, _("personne ne lit ce répertoire sur le portail")))
        elif told_key(row) in known:
            refused.append(named(one, Hold.ALREADY_TOLD.label))
        else:
            again.append(one)
    return again, refused


def named(document: Document, why: object) -> str:
    return _("« %(title)s » : %(why)s") % {"title": document.name, "why": why}
