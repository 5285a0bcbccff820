"""How long what came in is kept (D-22), and the nightly forgetting of what is over.

First the bytes go, with the text and the kept files, and a line remains: addresses, subject, fate, reasons and hash.
A year later the line goes too. What waits for a person stays, and what is filed as long as one of its documents.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from mailing.models import Fate, InboundAttachment, InboundMail, RawMail
from mailing.models.inbound import KEPT_A_WHILE
from portal.files.keep import discard
from portal.models import StoredFile

BYTES_KEPT = timedelta(days=30)
LINE_KEPT = timedelta(days=365)
BATCH = 200
SECONDS = 60  # a night's work; what is left waits for the next one


def kept_until(fate: Fate, settled_at: datetime, *, has_documents: bool = False) -> datetime | None:
    """When the bytes, the text and the files of a mail may go; None where that is not foreseen.

    In: its fate and since when it has it; whether one of its documents is there. A filed mail whose last document is
    gone may go at once; held and unreadable ones stay until a person has decided.
    """
    if fate in KEPT_A_WHILE:
        return settled_at + BYTES_KEPT
    if fate == Fate.FILED and not has_documents:
        return settled_at
    return None


def line_until(emptied_at: datetime) -> datetime:
    """When the line of a mail may go whose bytes went at `emptied_at`."""
    return emptied_at + LINE_KEPT


def forget() -> tuple[int, int]:
    """Empty the mails whose time is over, remove the lines whose year is over; how many of each.

    One short transaction a mail, its files removed after the commit; the sweep of orphans removes those that a kill
    leaves behind.
    """
    until = monotonic() + SECONDS
    emptied = removed = 0
    for mail in found(over, until):
        emptied += empty(mail)
    for mail in found(lines_over, until):
        remove_line(mail)
        removed += 1
    return emptied, removed


def found(due, until: float) -> Iterator[InboundMail]:
    """The mails of the queryset `due()`, oldest first, until the clock says `until`."""
    last = 0
    while batch := list(due().filter(pk__gt=last).order_by("pk")[:BATCH]):
        for mail in batch:
            if monotonic() > until:
                return
            last = mail.pk
            yield mail


def over() -> QuerySet[InboundMail]:
    """Mails that `kept_until` lets go now."""
    files = InboundAttachment.objects.filter(mail=OuterRef("pk"))
    now = timezone.now()
    # A mail that was filed without a file, into a thread, has no document that could go.
    without_documents = Exists(files.filter(left_out="")) & ~Exists(files.filter(document__isnull=False))
    return (
        InboundMail.objects.annotate(since=Coalesce("decided_at", "received_at"))
        .filter(
            Q(status__in=KEPT_A_WHILE, since__lte=now - BYTES_KEPT)
            | Q(without_documents, status=Fate.FILED, since__lte=now),
            emptied_at=None,
        )
        .defer("text")
    )


def lines_over() -> QuerySet[InboundMail]:
    """Lines that `line_until` lets go now."""
    return InboundMail.objects.filter(emptied_at__lte=timezone.now() - LINE_KEPT)


@transaction.atomic
def empty(mail: InboundMail) -> bool:
    """Leave the line of `mail` alone; False where a person has meanwhile made something else of it."""
    now = timezone.now()
    same = InboundMail.objects.filter(pk=mail.pk, status=mail.status, emptied_at=None)
    if not same.update(emptied_at=now, text="", has_html=False):
        return False
    files = list(StoredFile.objects.filter(pk__in=mail.attachments.values("file")))
    mail.attachments.update(file=None)
    gone = [file.key for file in files if delete_unused(file)]
    if not InboundMail.objects.filter(raw=mail.raw_id, emptied_at=None).exists():
        gone.append(mail.raw.key)  # no other recipient of the same mail needs it
    for key in gone:
        transaction.on_commit(partial(discard, key), robust=True)
    return True


def delete_unused(file: StoredFile) -> bool:
    """Delete the row of a file that nothing refers to any more; whatever floor does refers with PROTECT."""
    try:
        with transaction.atomic():
            file.delete()
    except ProtectedError:
        return False
    return True


@transaction.atomic
def remove_line(mail: InboundMail) -> None:
    raw_id = mail.raw_id
    mail.delete()
    RawMail.objects.filter(pk=raw_id, mails=None).delete()
