"""A new file for a document: the old one is kept, and the name, the folder and the étiquettes stay."""

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from documents.filing.uploads import Judged, judge
from documents.models import Document, DocumentVersion
from documents.publication import publishing
from portal import history
from portal.files import soundness
from portal.files.keep import Kept
from portal.files.uploads import Upload, keep_uploads
from portal.models import User

NAMED = 10  # readers named in the history


class Quicker(Exception):
    """Somebody else has put a new version there meanwhile."""


def lay_version(document: Document, upload: Upload, *, seen: int, by: User) -> str:
    """Put `upload` in the place of the file `seen` of `document`; why it may not come in, or "".

    The content has to be what the document's name says. Errors: Quicker, ScannerDown, OSError; nothing is kept then.
    Not to be called within a transaction.
    """
    upload.name = document.name
    [judged] = judge([upload], None)
    if judged.refused:
        return judged.refused
    [kept] = keep_uploads([upload])
    replace(document, judged, kept, seen=seen, by=by)
    return ""


@transaction.atomic
def replace(document: Document, judged: Judged, kept: Kept, *, seen: int, by: User) -> None:
    """What was published is published anew, as D-41 says of what comes in: a new version is not yet seen by anybody."""
    before = document.file
    file = soundness.store(by.firm, kept, judged.type, judged.flaw)
    mine = Document.objects.live().filter(pk=document.pk, file=seen)
    if before.pk != seen or not mine.update(file=file, uploaded_by=by, published_at=None):
        raise Quicker
    DocumentVersion.objects.create(
        document=document,
        file=before,
        name=document.name,
        by=document.uploaded_by,
        created_at=before.created_at,
    )
    said = _("%(by)s dépose une nouvelle version de « %(name)s »") % {"by": by, "name": document.name}
    history.record(
        document,
        "replaced",
        said,
        company=document.company,
        by=by,
        internal=True,
        reason=who_saw(document),
    )
    document.views.all().delete()
    document.file, document.uploaded_by, document.published_at = file, by, None
    publishing.arrived([document])


def who_saw(document: Document) -> str:
    """« La version précédente avait été vue par … »; "" where nobody had."""
    views = list(document.views.select_related("user").order_by("first_at", "pk"))
    if not views:
        return ""
    names = [f"{view.user} ({date_format(localtime(view.first_at), 'j F Y H:i')})" for view in views[:NAMED]]
    more = [_("et %(count)s autres") % {"count": len(views) - NAMED}] if len(views) > NAMED else []
    text = _("La version précédente avait été vue par %(names)s.")
    return text % {"names": ", ".join([*names, *more])}
