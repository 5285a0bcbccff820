"""« Tout télécharger »: the documents of a list in one ZIP, written while it is sent; nothing of it is kept anywhere."""

import io
import zipfile
from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.ged.archives import unique
from documents.models import Document
from documents.publication.seen import saw
from portal.files.checks import clean_name
from portal.files.keep import open_kept
from portal.files.serving import disposition
from portal.listing import Listing

PARAM, WANTED = "zip", "oui"
MOST_FILES = 300
MOST_BYTES = 200 * 1024 * 1024
PIECE = 256 * 1024


class Sink(io.RawIOBase):
    """Where zipfile writes, and from where what it wrote is taken to be sent."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        content, self.written = b"".join(self.written), []
        return content


def is_wanted(request: HttpRequest) -> bool:
    return request.GET.get(PARAM) == WANTED


def url_of(page: Listing) -> str:
    """The whole of what `page` has found, as a ZIP."""
    return page.url(**{PARAM: WANTED})


def response(page: Listing, name: str) -> HttpResponseBase:
    """All documents that `page` has found, as `name`.zip; where they are too many, back to the list with a sentence."""
    request = page.request
    if request.method == "HEAD":
        return HttpResponse(content_type="application/zip")
    documents = list(
        page.found.select_related("source__mail").order_by("-published_at", "-pk")[: MOST_FILES + 1]
    )
    if why := refusal_of(documents):
        messages.error(request, why)
        return redirect(page.url())
    saw(request, *documents)
    return StreamingHttpResponse(
        pieces(documents),
        content_type="application/zip",
        headers={
            "Content-Disposition": disposition(clean_name(f"{name}.zip")),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def refusal_of(documents: Sequence[Document]) -> str:
    """Why they do not go into one ZIP, and what to do; "" where they do."""
    if not documents:
        return _("Il n’y a aucun document à télécharger.")
    if len(documents) <= MOST_FILES and sum(document.file.size for document in documents) <= MOST_BYTES:
        return ""
    return _(
        "Plus de 300 documents ou de 200 Mo ne se téléchargent pas d’un coup : choisissez un répertoire ou une période, "
        "ou cherchez un mot ; « Tout télécharger » prend alors ce que la liste montre."
    )


def pieces(documents: Sequence[Document]) -> Iterator[bytes]:
    """The ZIP, a quarter of a megabyte in memory at a time. A file that is gone is named in a text, the others come."""
    sink, gone = Sink(), []
    with zipfile.ZipFile(sink, "w") as archive:
        for document, path in zip(documents, paths_of(documents), strict=True):
            try:
                file = open_kept(document.file.key)
            except FileNotFoundError:
                gone.append(path)
                continue
            moment = timezone.localtime(document.published_at).timetuple()[:6]
            with file, archive.open(zipfile.ZipInfo(path, moment), "w") as entry:
                while piece := file.read(PIECE):
                    entry.write(piece)
                    yield sink.taken()
            yield sink.taken()
        if gone:
            says = _("Ces documents n’ont pas pu être lus ; demandez-les à votre cabinet :")
            archive.writestr("LISEZ-MOI.txt", "\r\n".join([says, *gone]))
    yield sink.taken()


def paths_of(documents: Sequence[Document]) -> list[str]:
    """« Facture/facture-101.pdf » for each, no two alike: nor by case, which Windows and Macs do not tell apart."""
    taken: set[str] = set()
    names = (f"{folder_of(document)}/{clean_name(document.name)}" for document in documents)
    return [unique(name, taken) for name in names]


def folder_of(document: Document) -> str:
    label = str(document.folder).replace("/", "-").replace("\\", "-")
    return clean_name(label)
