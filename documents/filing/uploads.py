"""Files that a person lays on the portal: judged one by one like those of a mail, filed together (D-20)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import ngettext

from documents.filing.places import Place
from documents.models import Document
from documents.publication import publishing
from portal import history
from portal.files import soundness
from portal.files.checks import clean_name, detect, refusal
from portal.files.keep import Kept
from portal.files.mapped import content_of
from portal.files.scanning import Scanner, forbidden
from portal.files.uploads import Upload, keep_uploads
from portal.models import User
from portal.models.stored_file import Flaw


@dataclass(frozen=True)
class Judged:
    """A file of an upload, with its clean name and the type read from its content; `refused` is the reason, or ""."""

    upload: Upload
    name: str
    type: str
    flaw: Flaw
    refused: str = ""


def accepted_of(user: User) -> frozenset[str] | None:
    """The extensions that `user` may lay on the portal: staff all but what is forbidden (None), others as by mail."""
    return None if user.staff else user.firm.accepted_types


def lay(
    place: Place, uploads: Sequence[Upload], *, by: User, comment: str = ""
) -> tuple[list[Document], list[Judged]]:
    """Judge `uploads`, keep what may come in, and file it in `place`; the documents, and the files refused.

    `comment` is what a client says about them. What comes into a folder of the portal is published as D-41 says.

    Errors: ScannerDown, OSError and DatabaseError; nothing is filed then. Not to be called within a transaction.
    """
    judged = judge(uploads, accepted_of(by))
    taken = [file for file in judged if not file.refused]
    kept = keep_uploads([file.upload for file in taken])
    files = list(zip(taken, kept, strict=True))
    filed = file_uploads(place, files, by=by, comment=comment) if taken else []
    return filed, [file for file in judged if file.refused]


def judge(uploads: Sequence[Upload], accepted: frozenset[str] | None) -> list[Judged]:
    """What each file is and why it may not come in. A large one is never in memory as a whole."""
    scanner, judged = Scanner(), []
    for upload in uploads:
        name = clean_name(upload.name)
        with content_of(upload.file, upload.size) as content:
            type, why = detect(content, name), refusal(name, upload.content_type, content, accepted)
            flaw = soundness.first_look(content, type)
        upload.seek(0)
        if why is None and (found := scanner.signature_in(upload)):
            why = forbidden(found)
        judged.append(Judged(upload, name, type, flaw, why or ""))
    return judged


@transaction.atomic
def file_uploads(
    place: Place, files: Sequence[tuple[Judged, Kept]], *, by: User, comment: str = ""
) -> list[Document]:
    """A document for each file kept, and one row of history. The same file twice is two documents."""
    filed = [
        Document.objects.create(
            firm=by.firm,
            company=place.company,
            owner=place.owner,
            space=place.space or "",
            folder=place.folder,
            employee=place.employee,
            comment=comment,
            name=file.name,
            file=soundness.store(by.firm, kept, file.type, file.flaw),
            uploaded_by=by,
        )
        for file, kept in files
    ]
    text = ngettext(
        "%(count)s document déposé par %(name)s dans %(space)s",
        "%(count)s documents déposés par %(name)s dans %(space)s",
        len(filed),
    )
    history.record(
        place.company or by,
        "uploaded",
        text % {"count": len(filed), "name": by, "space": place.label},
        company=place.company,
        firm=by.firm,
        by=by,
        internal=place.folder is not None,  # what a client may see of a folder, its publication says
    )
    publishing.arrived(filed)
    return filed
