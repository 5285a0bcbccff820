"""Content-Transfer-Encoding undone, byte for byte (RFC 2045 section 6), with native decoders."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from io import BytesIO

BASE64_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
NOT_BASE64 = bytes(set(range(256)) - set(BASE64_LETTERS))
PIECE = 1024 * 1024
# More padding than any encoder writes: this is no base64.
MAX_PADS = 1_000_000
PADS = (b"", b"", b"==", b"=")  # by the letters beyond the last whole four
BASE64_RUN = re.compile(rb"([A-Za-z0-9+/]+)=*")
TRAILING_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\r?\Z)")
UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def decode(payload: bytes, encoding: str) -> bytes:
    """The content of a part from its payload and its Content-Transfer-Encoding (lower case).

    Never raises: damaged base64 gives every byte that is certain, an unknown encoding gives the payload.
    Uuencode is no encoding of RFC 2045: such a payload is a container, opened like the others.
    """
    if encoding == "base64":
        return base64(payload)
    if encoding == "quoted-printable":
        return quoted_printable(payload)
    return payload


def base64(payload: bytes) -> bytes:
    """Base64 with whatever stands between: junk, missing padding, several padded runs in a row."""
    # A line of hyphens is a boundary that nobody recognised: what follows is no content.
    payload = payload.partition(b"\n--")[0]
    end = payload.find(b"=")
    if end < 0 or not payload[end:].strip(b"=\r\n\t "):
        try:
            return binascii.a2b_base64(payload)
        except binascii.Error:
            pass
    clean = payload.translate(None, NOT_BASE64)
    if clean.count(b"=") > MAX_PADS:
        return payload
    content = BytesIO()
    write, whole = content.write, binascii.a2b_base64  # looked up once: there may be a million runs
    for match in BASE64_RUN.finditer(clean):  # a list of them all would be many times larger than the payload
        run = match[1]
        rest = len(run) & 3
        # One letter alone holds six bits, no byte.
        write(whole(run[:-1] if rest == 1 else run + PADS[rest]))
    return content.getvalue()


def quoted_printable(payload: bytes) -> bytes:
    """Quoted-printable; blanks at the end of a line were added on the way (RFC 2045 6.7 rule 3)."""
    if b" \n" in payload or b"\t\n" in payload or b" \r" in payload or b"\t\r" in payload:
        payload = b"".join(TRAILING_BLANKS.sub(b"", lines) for lines in _in_pieces(payload))
    return binascii.a2b_qp(payload)


def _in_pieces(payload: bytes) -> Iterator[bytes]:
    """Whole lines, a megabyte or so at a time: `re.sub` holds an object for each match until it is done."""
    start = 0
    while start < len(payload):
        stop = payload.find(b"\n", start + PIECE) + 1 or len(payload)
        yield payload[start:stop]
        start = stop


def uuencoded(payload: bytes) -> bytes:
    """The file between `begin` and `end`; where there is no `begin` the payload as it is."""
    begin = UU_BEGIN.search(payload)
    if not begin:
        return payload
    out = []
    for line in payload[begin.end() :].splitlines():
        if line.rstrip() in (b"end", b"`", b""):
            if line.rstrip() == b"end":
                break
            continue
        out.append(_uu_line(line))
    return b"".join(out)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders count wrongly: take as many letters as the count of the line says.
        letters = ((line[0] - 32 & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:letters])
        except binascii.Error:
            return b""
