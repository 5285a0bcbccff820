"""Header fields read from the raw bytes: fields, encoded words (RFC 2047), parameters (RFC 2231).

Nothing here trusts a charset, a quote or a line end, and nothing raises: a damaged header gives the best
text that can be had. Everything is linear in the size of its input (quality.md, fact 6).
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_tz
from functools import lru_cache
from urllib.parse import unquote_to_bytes

END_OF_HEADERS = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r(?!\n)")
LINE_END = re.compile(rb"\r\n|\n|\r")
FIELD = re.compile(rb"([!-9;-~]+)([ \t]*):[ \t]*")
ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?\r\n]*)\?=")
BETWEEN_WORDS = re.compile(
    r"(=\?[^?\s]{1,80}\?[bBqQ]\?[^?\r\n]*\?=)[ \t\r\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=)"
)
CONTINUATION = re.compile(r"^(.*?)\*(?:(\d{1,4})(\*)?)?$")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LOW_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
MAX_CONTINUATIONS = 1000

# Python's registry also holds transforms and codecs that are slow or run no charset at all.
NOT_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
ALIASES = {
    "ansi_x3.110-1983": "latin-1", "cp-850": "cp850", "default": "utf-8", "gb2312": "gb18030",
    "gbk": "gb18030", "iso-8859-8-i": "iso-8859-8", "ks_c_5601-1987": "cp949", "unknown-8bit": "utf-8",
    "us-ascii": "utf-8", "ascii": "utf-8", "x-sjis": "cp932", "shift_jis": "cp932", "x-unknown": "utf-8",
    "utf8mb4": "utf-8",
}  # fmt: skip
# Labels under which Windows' western charset travels; the standard one has only controls in its place.
WESTERN = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1"})


def end_of_headers(raw: bytes, start: int = 0, stop: int | None = None) -> tuple[int, int]:
    """Where the header block that begins at `start` ends: (end of the headers, start of the body).

    Both are `stop` (the end of `raw` by default) where no empty line follows (RFC 5322, 2.1).
    """
    stop = len(raw) if stop is None else stop
    if first := LINE_END.match(raw, start, stop):
        return start, first.end()
    blank = END_OF_HEADERS.search(raw, start, stop)
    return (blank.start(), blank.end()) if blank else (stop, stop)


def fields(block: bytes) -> list[tuple[str, bytes]]:
    """The fields of a header block in order: (name as written, raw value with its folds removed).

    A name keeps the space before its colon (`From :`, obsolete in RFC 5322 4.5 and a trick in mails), so
    that whoever decides can see it. A line that is no field and continues none is skipped.
    """
    found: list[tuple[str, list[bytes]]] = []
    for line in LINE_END.split(block):
        if line[:1] in (b" ", b"\t"):
            if found:
                found[-1][1].append(line)
        elif match := FIELD.match(line):
            found.append(((match[1] + match[2]).decode("ascii"), [line[match.end() :]]))
    return [(name, b"".join(lines).strip()) for name, lines in found]


@lru_cache(maxsize=256)
def charset_of(label: str) -> str | None:
    """The Python codec for a charset label of a mail, or None where there is no such charset."""
    label = label.strip(" '\"").split("*")[0].lower()
    label = ALIASES.get(label, label)
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    usable = getattr(info, "_is_text_encoding", True) and info.name.replace("-", "_") not in NOT_CHARSETS
    return label if usable else None


def decode_bytes(content: bytes, label: str = "") -> str:
    """Bytes as text: in the charset declared if it fits, else UTF-8, else Windows' western, else Latin-1."""
    declared = charset_of(label) if label else None
    for codec in filter(None, (declared, "utf-8", "cp1252")):
        try:
            return content.decode(codec)
        except (UnicodeError, ValueError):
            continue
    return content.decode("latin-1")


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return unquote_to_bytes(data.replace(b"_", b" ").replace(b"%", b"%25").replace(b"=", b"%"))
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def decode_words(value: bytes | str) -> str:
    """A header value as text: raw 8-bit bytes and RFC 2047 encoded words decoded, folds gone.

    Words that follow one another in the same charset are joined before decoding, because senders cut
    multi-byte characters in two.
    """
    text = decode_bytes(value) if isinstance(value, bytes) else value
    if "=?" not in text:
        return text
    text = BETWEEN_WORDS.sub(r"\1", text)
    pieces: list[str] = []
    pending, label, end = b"", "", 0
    for match in ENCODED_WORD.finditer(text):
        if pending and (match.start() != end or match[1].lower() != label):
            pieces.append(decode_bytes(pending, label))
            pending = b""
        pieces.append(text[end : match.start()])
        label, end = match[1].lower(), match.end()
        pending += _word_bytes(match[2], match[3])
    pieces.append(decode_bytes(pending, label) if pending else "")
    return "".join(pieces) + text[end:]


def one_line(text: str) -> str:
    """Text for one line of a screen: NFC, control characters (CR, LF, VT, NUL) as one space (T51)."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", CONTROL.sub(" ", text)).strip()


def file_name(text: str) -> str | None:
    """A file name as it was meant: NFC, on one line, None where nothing is left."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", LOW_CONTROL.sub("", text)).strip() or None


def _segments(value: str) -> list[str]:
    """Split at the semicolons outside quotes; a quote that never closes ends with the value."""
    return re.findall(r'(?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*(?:"|\\?$)|\\$)+', value, re.DOTALL)


def _unquote(value: str) -> str:
    value = value.strip()
    if value[:1] == '"':
        end = re.match(r'"((?:[^"\\]|\\.)*)', value, re.DOTALL)
        return re.sub(r"\\(.)", r"\1", end[1], flags=re.DOTALL) if end else ""
    return value


def _percent(value: str) -> bytes:
    return unquote_to_bytes(value.encode("utf-8", "surrogateescape"))


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """The value of one parameter from its RFC 2231 pieces: {number: (text, percent-encoded?)}."""
    label, content = "", b""
    for place, number in enumerate(sorted(pieces)):
        text, extended = pieces[number]
        if place == 0 and extended and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        content += _percent(text) if extended else text.encode("utf-8", "surrogateescape")
    return decode_words(decode_bytes(content, label))


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition: (main value in lower case, parameters decoded).

    Understands RFC 2231 (charset, continuations), encoded words and raw 8-bit bytes inside parameters,
    missing and unbalanced quotes. Where a parameter is there twice the first counts; the extended form
    `name*` beats the plain one (RFC 6266 4.3).
    """
    main, *rest = _segments(value.decode("utf-8", "surrogateescape")) or [""]
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for segment in rest[:MAX_CONTINUATIONS]:
        name, equals, text = segment.partition("=")
        name, text = name.strip().lower(), _unquote(text)
        if not equals or not name:
            continue
        starred = CONTINUATION.match(name) if "*" in name else None
        if starred is None:
            plain.setdefault(name, decode_words(text.encode("utf-8", "surrogateescape")))
            continue
        extended = starred[2] is None or starred[3] is not None
        pieces.setdefault(starred[1], {}).setdefault(int(starred[2] or 0), (text, extended))
    return one_line(main.replace('"', "")).lower(), plain | {
        name: _joined(found) for name, found in pieces.items()
    }


def date_of(value: bytes) -> datetime | None:
    """A Date field as an aware datetime in UTC, None where it cannot be read (RFC 5322 3.3)."""
    try:
        parts = parsedate_tz(value[:200].decode("ascii", "replace"))
        if parts is None:
            return None
        moment = datetime(*parts[:6], tzinfo=UTC).timestamp() - (parts[9] or 0)
        return datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
