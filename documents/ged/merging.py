"""Several PDFs made into one, in the limited child of `portal.files`; they stay as they are (T46, T56)."""

from collections.abc import Sequence
from tempfile import TemporaryFile

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import Document
from documents.publication import publishing
from portal import history
from portal.files import pdf, soundness
from portal.files.checks import MAX_BYTES
from portal.files.child import Failure
from portal.files.keep import Kept, keep, path_of
from portal.models import User
from portal.models.stored_file import Flaw

MOST = 50


def why_not(documents: Sequence[Document]) -> str:
    """Why these cannot be one PDF, as far as their rows tell; "" where they can."""
    if not 2 <= len(documents) <= MOST:
        return _("Choisissez de 2 à %(count)s PDF à fusionner.") % {"count": MOST}
    if others := [f"« {document.name} »" for document in documents if document.file.type != pdf.PDF]:
        return _("Seuls des PDF se fusionnent ; ceci n’en est pas : %(names)s.") % {
            "names": ", ".join(others)
        }
    if sum(document.file.size for document in documents) > MAX_BYTES:
        return _("Ces PDF font plus de 50 Mo ensemble : choisissez-en moins.")
    if len({(document.company_id, document.employee_id) for document in documents}) > 1:
        return _("Ces documents sont de personnes différentes : ils ne se fusionnent pas.")
    return ""


def merge(documents: Sequence[Document], name: str, *, by: User) -> Document:
    """One PDF called `name`, clean already, of `documents` in their order, in the folder of the first.

    Raises ValidationError with the French reason, which names the file to blame; nothing is made then. Errors: OSError.
    Not to be called within a transaction.
    """
    if why := why_not(documents):
        raise ValidationError(why)
    with TemporaryFile() as into:
        made = pdf.merge([path_of(document.file.key) for document in documents], into)
        if isinstance(made, Failure):
            raise ValidationError(_("%(why)s Rien n’a été fusionné.") % {"why": blamed(made, documents)})
        into.seek(0)
        kept = keep(into)
    return file_merged(documents, name, kept, by=by)


def blamed(failure: Failure, documents: Sequence[Document]) -> str:
    if failure.index is None:
        return failure.reason
    return f"« {documents[failure.index].name} » : {failure.reason}"


@transaction.atomic
def file_merged(documents: Sequence[Document], name: str, kept: Kept, *, by: User) -> Document:
    """It goes to the portal only where all that it is made of were wanted there."""
    first = documents[0]
    document = Document.objects.create(
        firm=first.firm,
        company=first.company,
        folder=first.folder,
        employee=first.employee,
        name=name,
        is_shared=all(source.is_shared for source in documents),
        file=soundness.store(by.firm, kept, pdf.PDF, Flaw.UNSEEN),
        uploaded_by=by,
    )
    names = ", ".join(source.name for source in documents)
    said = _("%(by)s fusionne %(count)s PDF en « %(name)s »")
    history.record(
        document,
        "merged",
        said % {"by": by, "count": len(documents), "name": name},
        company=document.company,
        by=by,
        internal=True,
        reason=names,
    )
    publishing.arrived([document])
    return document
