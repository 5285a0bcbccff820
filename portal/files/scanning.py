"""Every file that comes in is shown to ClamAV where `CLAMAV_SOCKET` names one (T41): « INSTREAM » over a plain socket.

The protocol is of clamd(8), section COMMANDS: `zINSTREAM\\0`, pieces with their length as four bytes before them, a
length of zero; the answer is `stream: OK`, `stream: <signature> FOUND`, or a sentence that ends in ERROR. Whatever is
not one of the first two is no verdict: the file is not passed, it waits.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from time import monotonic
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)

PIECE = 64 * 1024
SECONDS = 25  # for all files of one mail or upload: a lease of the worker is 45
MAX_ANSWER = 4096
MAX_SIGNATURE = 100


class ScannerDown(Exception):
    """No verdict was to be had; `str()` is the French sentence to show."""


class Scanner:
    """Scans the files of one mail or upload, within SECONDS for all of them."""

    def __init__(self) -> None:
        self.until = monotonic() + SECONDS

    def signature_in(self, content: bytes | BinaryIO) -> str:
        """The name of what ClamAV found in the bytes, or in the stream to its end; "" where it found nothing, or where
        no scanner is configured. Errors: ScannerDown."""
        if not settings.CLAMAV_SOCKET:
            return ""
        try:
            with self._connected() as connection:
                answer = ask(connection, BytesIO(content) if isinstance(content, bytes) else content)
        except OSError as error:
            log.warning("ClamAV at %s: %r", settings.CLAMAV_SOCKET, error)
            raise ScannerDown(_("l’antivirus du portail ne répond pas")) from error
        return self._verdict(answer)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("no time is left")
        address = settings.CLAMAV_SOCKET
        if address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(left)
            with connection:
                connection.connect(address)
                yield connection
        else:
            host, _colon, port = address.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), timeout=left) as connection:
                yield connection

    def _verdict(self, answer: str) -> str:
        said = answer.partition(": ")[2]
        if said == "OK":
            return ""
        if said.endswith(" FOUND"):
            name = "".join(c for c in said.removesuffix(" FOUND") if c.isprintable())
            return name[:MAX_SIGNATURE] or _("sans nom")
        log.error("ClamAV gave no verdict: %r", answer)
        raise ScannerDown(_("l’antivirus du portail n’a pas pu contrôler un fichier"))


def forbidden(signature: str) -> str:
    """The reason why a file in which `signature` was found is left out."""
    return _("Contenu interdit (%(signature)s).") % {"signature": signature}


def ask(connection: socket.socket, content: BinaryIO) -> str:
    """One INSTREAM; the answer without its NUL. Errors: OSError."""
    try:
        connection.sendall(b"zINSTREAM\0")
        while piece := content.read(PIECE):
            connection.sendall(len(piece).to_bytes(4, "big") + piece)
        connection.sendall(bytes(4))
    except BrokenPipeError:  # what is too large for it is answered before the end; the answer tells
        pass
    heard = b""
    while not heard.endswith(b"\0") and len(heard) < MAX_ANSWER and (piece := connection.recv(MAX_ANSWER)):
        heard += piece
    return heard.rstrip(b"\0\n").decode("utf-8", "replace")
