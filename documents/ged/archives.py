"""« Télécharger (ZIP) »: the documents of a selection as one file, made by a worker, for its maker alone, for an hour.

Nothing is compressed: PDFs and pictures are already, and a worker that only copies makes 500 MB in a few seconds.
"""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Document
from portal.files import soundness
from portal.files.checks import ZIP, clean_name
from portal.files.keep import PIECE, Keeper, Kept, discard, open_kept
from portal.files.uploads import FULL, NO_ROOM
from portal.jobs import Work, start
from portal.listing.selection import LIMIT
from portal.models import Job, StoredFile, User
from portal.models.stored_file import Flaw

LASTS = timedelta(hours=1)
MOST_BYTES = 500 * 1024 * 1024
FILE, PACKED = "file", "packed"  # of `Job.asked`: the key of the row of the ZIP, those of the documents in it


@dataclass
class Made:
    """The file kept, None where there is none, the keys of what is in it, and what is missing and why."""

    kept: Kept | None = None
    packed: list[int] = field(default_factory=list)
    report: list[str] = field(default_factory=list)


def why_not(documents: Iterable[Document]) -> str:
    """Why these are too much for one ZIP; "" where they are not."""
    if sum(document.file.size for document in documents) > MOST_BYTES:
        return _("Ces documents font plus de 500 Mo ensemble : faites plusieurs ZIP.")
    return ""


@transaction.atomic
def ask(documents: Sequence[Document], name: str, back: str, *, by: User) -> Job:
    """Lay down the work of making one ZIP of `documents`; `back` is the list from which they were chosen."""
    title = ngettext("ZIP de %(count)s document", "ZIP de %(count)s documents", len(documents))
    job = start(
        ARCHIVE,
        title % {"count": len(documents)},
        [document.pk for document in documents],
        firm=by.firm,
        by=by,
        name=clean_name(f"{name}-{timezone.localdate().isoformat()}.zip"),
        list=back,
    )
    job.asked["back"] = reverse("documents:archive", args=[job.pk])
    job.save(update_fields=["asked"])
    return job


def make(job: Job, items: list) -> Made:
    """The whole ZIP, of what its maker sees at this moment."""
    made = Made()
    seen = Document.objects.visible_to(job.by) if job.by else Document.objects.none()
    found = seen.filter(pk__in=items).select_related("file", "folder", "employee__user").in_bulk()
    documents = [found[pk] for pk in items if pk in found]
    if missing := len(items) - len(documents):
        text = ngettext("%(count)s document n’est plus là.", "%(count)s documents ne sont plus là.", missing)
        made.report.append(text % {"count": missing})
    try:
        with Keeper() as keeper:
            pack(documents, keeper, made)
            if made.packed:
                made.kept = keeper.keep()
    except OSError as error:
        if error.errno not in FULL:
            raise
        return Made(report=[str(NO_ROOM)])
    return made


def pack(documents: Sequence[Document], keeper: Keeper, made: Made) -> None:
    """Write the ZIP of `documents` into `keeper`; in folders where they come from several."""
    taken: set[str] = set()
    places = {(document.folder_id, document.employee_id) for document in documents}
    with zipfile.ZipFile(Written(keeper), "w") as archive:  # type: ignore[call-overload]
        for document in documents:
            try:
                source = open_kept(document.file.key)
            except FileNotFoundError:
                made.report.append(_("« %(name)s » : le fichier n’existe plus.") % {"name": document.name})
                continue
            name = clean_name(document.name)
            inside = f"{folder_of(document)}/{name}" if len(places) > 1 else name
            moment = timezone.localtime(document.created_at).timetuple()[:6]
            entry = zipfile.ZipInfo(unique(inside, taken), moment)
            entry.external_attr, entry.file_size = 0o600 << 16, document.file.size
            with source, archive.open(entry, "w") as into:
                while piece := source.read(PIECE):
                    into.write(piece)
            made.packed.append(document.pk)


class Written:
    """A Keeper as a file that can only be written to its end: what a ZIP needs that is not gone back in."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def write(self, piece: bytes) -> int:
        self.keeper.write(piece)
        return len(piece)

    def flush(self) -> None:
        pass


def folder_of(document: Document) -> str:
    """The folder inside a ZIP of several: « Facture », or « Bulletins – Léa Girard »."""
    parts = [str(document.folder or document.get_space_display())]
    if document.employee:
        parts.append(str(document.employee.user))
    return clean_name(" – ".join(parts))


def unique(name: str, taken: set[str]) -> str:
    """`name`, numbered where it is in `taken` whatever its case, as Windows sees names; added to `taken`."""
    stem, dot, ending = name.rpartition(".")
    if not dot or "/" in ending:
        stem, ending = name, ""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{stem} ({number}){dot and ending and '.'}{ending}"
    taken.add(found.casefold())
    return found


def write(job: Job, items: list, made: Made) -> Sequence[str]:
    if made.kept:
        file = soundness.store(job.firm, made.kept, ZIP, Flaw.SOUND)
        job.asked |= {FILE: file.pk, PACKED: made.packed}
        job.save(update_fields=["asked"])
    return made.report


ARCHIVE = Work("documents.archive", write, make=make, at_once=LIMIT)


def file_of(job: Job, user: User) -> StoredFile | None:
    """The ZIP of `job`, as long as it lasts and its maker still sees all that is in it (T30, T31)."""
    if job.ended_at is None or job.ended_at + LASTS <= timezone.now():
        return None
    packed = job.asked.get(PACKED, [])
    if Document.objects.visible_to(user).filter(pk__in=packed).count() < len(packed):
        return None
    return StoredFile.objects.filter(pk=job.asked.get(FILE)).first()


@transaction.atomic
def expire() -> int:
    """Remove the ZIPs whose hour is over; how many."""
    late = Job.objects.filter(kind=ARCHIVE.kind, ended_at__lte=timezone.now() - LASTS, asked__has_key=FILE)
    jobs = list(late.select_for_update())
    files = StoredFile.objects.filter(pk__in=[job.asked.pop(FILE) for job in jobs])
    Job.objects.bulk_update(jobs, ["asked"])
    for file in files:
        transaction.on_commit(partial(discard, file.key), robust=True)
    return files.delete()[0]
