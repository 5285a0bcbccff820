"""Files of a form on their way in: straight to the disk, counted, and never an error that is a bare number (D-20).

Django reads a form before any view, and before it knows who sends it. Hence one handler for every form: it holds a
piece of 64 KB in memory, writes each file where `keep` will want it, and refuses by noting why; the view says it.
"""

import errno
import logging
from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.files.checks import MAX_BYTES, MAX_FILES
from portal.files.keep import Keeper, Kept, keep_written

log = logging.getLogger(__name__)

# Beyond the limit a body is read and thrown away, so that the browser gets to hear why; beyond this it is cut off.
MOST_READ = 4 * MAX_BYTES
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

TOO_MANY = _("Plus de 200 fichiers en un seul envoi : rien n’a été déposé. Faites plusieurs envois.")
TOO_BIG = _("Plus de 50 Mo en un seul envoi : rien n’a été déposé. Faites plusieurs envois.")
CUT_OFF = _("L’envoi s’est interrompu : rien n’a été déposé. Recommencez.")
NO_ROOM = _(
    "Le portail n’a plus de place pour de nouveaux fichiers : rien n’a été déposé. Prévenez le cabinet."
)
NOT_WRITTEN = _("Le portail n’a pas pu enregistrer l’envoi : rien n’a été déposé. Réessayez dans un instant.")


class Upload(UploadedFile):
    """A file of a form: on the disk under no name that lasts, readable from its start, gone once the request is over."""

    def __init__(self, keeper: Keeper, name: str, content_type: str, size: int) -> None:
        super().__init__(keeper.reader(), name, content_type, size)
        self.keeper = keeper

    def close(self) -> None:
        super().close()
        self.keeper.close()


class Body:
    """A body that knows how much of it has come."""

    def __init__(self, body) -> None:
        self.body, self.read_so_far = body, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.body.read(size)
        self.read_so_far += len(piece)
        return piece


class UploadHandler(FileUploadHandler):
    """The only one of FILE_UPLOAD_HANDLERS; a request's own, as Django makes it."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.files = self.bytes = 0
        self.keeper: Keeper | None = None

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        """Let Django read the form, and look whether all of it has come.

        Gunicorn gives the body of a browser that went away as if it ended there; Django takes what was whole until
        then. An upload that somebody cancelled would be filed in part.
        """
        if isinstance(input_data, Body):
            return None
        body = Body(input_data)
        read = MultiPartParser(META, body, [self], encoding).parse()
        if body.read_so_far < content_length and not self.is_refused:
            self.refuse(CUT_OFF)
        return read

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        if self.files > MAX_FILES:
            self.refuse(TOO_MANY)
        self.keeper = None if self.is_refused else Keeper()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.bytes += len(raw_data)
        if self.bytes > MOST_READ:
            self.give_up()
            raise StopUpload(connection_reset=True)
        if self.bytes > MAX_BYTES:
            self.refuse(TOO_BIG)
        if self.is_refused or self.keeper is None:
            return self.give_up()
        try:
            self.keeper.write(raw_data)
        except OSError as error:
            self.refuse(sentence_of(error))
            self.give_up()

    def file_complete(self, file_size: int) -> Upload | None:
        keeper, self.keeper = self.keeper, None
        if keeper is None:
            return None
        try:
            return Upload(keeper, self.file_name, self.content_type, file_size)
        except OSError as error:  # an empty file is opened here
            keeper.close()
            self.refuse(sentence_of(error))
            return None

    def upload_interrupted(self) -> None:
        self.give_up()

    def give_up(self) -> None:
        if self.keeper is not None:
            self.keeper.close()
            self.keeper = None

    @property
    def is_refused(self) -> bool:
        return bool(refusal_of(self.request))

    def refuse(self, why: str | Promise) -> None:
        """The first reason is the one that is told."""
        self.request.upload_refusal = self.request.__dict__.get("upload_refusal") or why


def refusal_of(request: HttpRequest) -> str:
    """Why the files of this form were not taken, all of them, as a French sentence; "" where they were."""
    return str(request.__dict__.get("upload_refusal", ""))


def keep_uploads(uploads: Sequence[Upload]) -> list[Kept]:
    """Keep the files of a form for good, all or none. Errors: OSError."""
    return keep_written([upload.keeper for upload in uploads])


def sentence_of(error: OSError) -> Promise:
    """What a person is told of a disk that does not take what it should."""
    if error.errno in FULL:
        return NO_ROOM
    log.error("a file of a form could not be written: %r", error)
    return NOT_WRITTEN
