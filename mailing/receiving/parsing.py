"""One mail read: sender, text, files, marks, or the reason why it cannot be read as a whole (D-18, D-20)."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from portal.files.checks import clean_name, detect, extension, refusal

from .bodies import is_body, pictures_shown, text_of
from .containers import UU_ENCODINGS, InnerFile, file_of_uu, files_of_tnef, is_tnef
from .headers import date_of, decode_words, end_of_headers, fields, one_line
from .loops import REPORT_TYPES, Marks, marks_of
from .sender import Sender, identify
from .skeleton import MAX_HEADER_BYTES, Unreadable
from .structure import Budget, Leaf, leaves_of

MAX_FILES = 200
MAX_BYTES = 50 * 1024 * 1024
# Logos and signatures are smaller; a photographed receipt pasted into a mail is larger.
MAX_LOGO = 64 * 1024
MESSAGE_TYPES = ("message/rfc822", "message/global", "message/news")
SIGNATURE_TYPES = (
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
)  # fmt: skip
LOGO = "Petite image affichée dans le texte (logo ou signature)."
OPENED = "Ouvert : ses fichiers suivent."
OPENED_EMPTY = "Enveloppe d'Outlook (winmail.dat) sans fichier."
KEPT_CLOSED = "N'a pas pu être ouvert : gardé tel quel."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """One leaf that is no body. `left_out`: the French reason why it is no document, or None.
    `inside`: the index of the container that it was in. `notice`: something to tell about a kept file.
    """

    index: int
    name: str | None
    type: str
    detected: str
    size: int
    sha256: str
    left_out: str | None
    inside: int | None
    content: bytes = field(repr=False)
    notice: str = ""

    @cached_property
    def csha(self) -> str:
        """SHA-256 of the content with line ends folded to LF and trailing ones removed (corpus README)."""
        folded = self.content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")
        return hashlib.sha256(folded).hexdigest()

    @property
    def display_name(self) -> str:
        """The name for screens and downloads, safe and never empty (T42)."""
        return clean_name(self.name or "")


@dataclass(frozen=True)
class ReadMail:
    """Everything the rules and the screens need of a mail. `problem` is "" or the French reason why the whole
    mail is parked; sender, subject and marks are then still filled as far as the headers allow.
    """

    sender: Sender
    subject: str = ""
    message_id: str = ""
    date: datetime | None = None
    text: str = ""
    html: str = ""
    attachments: tuple[Part, ...] = ()
    marks: Marks = field(default_factory=Marks)
    has_received: bool = False
    problem: str = ""


def read(raw: bytes) -> ReadMail:
    """A raw mail as `ReadMail`. Never raises; time and memory are bounded by the size of the mail (T48)."""
    end, _ = end_of_headers(raw)
    if end > MAX_HEADER_BYTES:
        return ReadMail(identify(raw), problem="Message non lu : en-têtes de plus de 256 Ko.")
    top = fields(raw[:end])
    mail = _headers(raw[:end], top)
    try:
        reading = _Reading()
        text, html, types = reading.collect(raw)
        marks = marks_of(top, types)
        return replace(mail, text=text, html=html, attachments=reading.parts(), marks=marks)
    except Unreadable as error:
        return replace(mail, marks=marks_of(top), problem=f"Message non lu : {error}.")
    except Exception as error:
        # Whatever a mail does to the parsers, it is kept, shown and can be read again later.
        logger.exception("mail could not be read")
        return replace(
            mail, marks=marks_of(top), problem=f"Message non lu : erreur de lecture ({type(error).__name__})."
        )


def read_top(raw: bytes) -> ReadMail:
    """Sender, subject and date alone, from the beginning of a raw mail; it reads no body. Never raises."""
    end, _ = end_of_headers(raw)
    return _headers(raw[:end], fields(raw[:end]))


def html_of(raw: bytes) -> str:
    """The mail's own HTML as it came, "" where it has none or cannot be read.

    For the page that shows it: no attachment is decoded, so that 50 MB cost what finding their boundaries costs.
    """
    try:
        return text_of(leaf for leaf in leaves_of(raw, Budget()) if is_body(leaf))[1]
    except Unreadable:
        return ""
    except Exception:
        logger.exception("HTML of a mail could not be read")
        return ""


def _headers(block: bytes, top: list[tuple[str, bytes]]) -> ReadMail:
    """What the top headers alone say, without the marks."""
    values: dict[str, bytes] = {}
    for name, value in top:
        values.setdefault(name.strip().lower(), value)
    return ReadMail(
        sender=identify(block),
        subject=one_line(decode_words(values.get("subject", b"")))[:1000],
        message_id=one_line(values.get("message-id", b"").decode("latin-1"))[:998],
        date=date_of(values.get("date", b"")),
        has_received="received" in values,
    )


class _Reading:
    """The files of one mail as they are found, containers opened, limits counted."""

    def __init__(self) -> None:
        self.budget = Budget()
        self.found: list[Part] = []
        self.size = 0

    def collect(self, raw: bytes, depth: int = 0, inside: int | None = None) -> tuple[str, str, set[str]]:
        """Add the files of one message; return its text, its HTML and the types of its leaves."""
        leaves = leaves_of(raw, self.budget, depth)
        text, html = text_of(leaf for leaf in leaves if is_body(leaf))
        shown = pictures_shown(html)
        for leaf in leaves:
            if not is_body(leaf):
                self._add(leaf, _not_a_document(leaf, shown), depth, inside)
        return text, html, {leaf.type for leaf in leaves}

    def _add(self, leaf: Leaf, left_out: str | None, depth: int, inside: int | None) -> None:
        index = self._keep(leaf.name, leaf.type, leaf.content, left_out, inside)
        if leaf.type in MESSAGE_TYPES or (extension(leaf.name or "") == "eml" and left_out is None):
            self.collect(leaf.content, depth + 1, index)
        elif is_tnef(leaf.type, leaf.content):
            self._open_tnef(index, leaf.content)
        elif leaf.encoding in UU_ENCODINGS:
            self._add_files(index, file_of_uu(leaf.content), leaf.type)

    def _open_tnef(self, index: int, content: bytes) -> None:
        part = self.found[index]
        try:
            files = files_of_tnef(content)
        except ValueError:
            # Not lost: filed as it is, unless it is something that no folder takes (T47).
            harm = refusal(part.name or "winmail.dat", part.type, content, allowed=None)
            self.found[index] = replace(part, left_out=harm, notice="" if harm else KEPT_CLOSED)
            return
        self.found[index] = replace(part, left_out=OPENED if files else OPENED_EMPTY)
        self._add_files(index, files)

    def _add_files(self, container: int, files: list[InnerFile], type: str = "") -> None:
        for file in files:
            self._keep(file.name, type or file.type, file.content, None, container)

    def _keep(
        self, name: str | None, type: str, content: bytes, left_out: str | None, inside: int | None
    ) -> int:
        """Append one part and return its index. Raises `Unreadable` beyond 200 files or 50 MiB."""
        if len(self.found) >= MAX_FILES:
            raise Unreadable(f"plus de {MAX_FILES} fichiers")
        self.size += len(content) if inside is None else 0
        if self.size > MAX_BYTES:
            raise Unreadable("fichiers de plus de 50 Mo ensemble")
        detected = detect(content, name or "")
        known = name or ("message.eml" if type in MESSAGE_TYPES else "")
        self.found.append(
            Part(
                index=len(self.found),
                name=name,
                type=type,
                detected=detected,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                left_out=left_out or refusal(known, type, content),
                inside=inside,
                content=content,
            )
        )
        return len(self.found) - 1

    def parts(self) -> tuple[Part, ...]:
        """The parts in the mail's order; a container whose files are documents is none itself."""
        served = {part.inside for part in reversed(self.found) if part.left_out is None}
        for part in reversed(self.found):
            if part.index in served:
                served.add(part.inside)
        return tuple(replace(part, left_out=OPENED) if part.index in served else part for part in self.found)


def _not_a_document(leaf: Leaf, shown: frozenset[str]) -> str | None:
    """The French reason why a leaf is no document whatever its type, or None (D-20)."""
    if leaf.type in SIGNATURE_TYPES:
        return "Signature électronique du message."
    if leaf.type in REPORT_TYPES or leaf.type in ("text/rfc822-headers", "text/rfc822-header"):
        return "Partie d'un rapport de remise."
    if leaf.type in ("message/external-body", "message/partial"):
        return "Renvoi à un contenu qui n'est pas dans le message."
    if leaf.around == "multipart/alternative" and leaf.type.startswith("text/") and not leaf.name:
        return "Autre version du texte du message."
    is_small = leaf.type.startswith("image/") and len(leaf.content) <= MAX_LOGO
    if is_small and leaf.content_id and leaf.content_id.lower() in shown:
        return LOGO
    return None
