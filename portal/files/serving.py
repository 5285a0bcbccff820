"""Handing a file over: as a download, never as something the browser would run (T43, T44), in part where asked.

Who asks is the caller's business, at every request: a browser that resumes or jumps asks again and is checked again
(T30, T31), and nothing is kept by browser or proxy. `no-store` rather than `no-cache` with its 304: people look at
payslips on shared machines, and what stands in a browser's cache is still there after they logged out. It costs a
page image of 100 to 500 KB read from our disk again. The ETag is there all the same, for `If-Range` (RFC 9110).
"""

import logging
import os
import re
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from portal.files.keep import open_kept
from portal.files.pages import TYPE_OF

log = logging.getLogger(__name__)

SANDBOX = "sandbox; default-src 'none'"
OCTETS = "application/octet-stream"
# What a browser draws without running anything, and nothing else: no PDF, no SVG, no HTML, no XML.
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
RANGE = re.compile(r"(\d*)-(\d*)", re.ASCII)
FAR = 10**18  # beyond any file, and within what int() reads


class Unsatisfiable(Exception):
    """No byte of the file lies in the range that was asked for."""


class KeptResponse(FileResponse):
    """Read in pieces that make the number of calls small and the memory smaller."""

    block_size = 256 * 1024


class Part:
    """The next `length` bytes of an open file, as a file. Without `fileno`, lest a server sends the rest too."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


def serve(
    request: HttpRequest, key: str, *, name: str, content_type: str, inline: bool = False
) -> HttpResponseBase:
    """The bytes kept under `key`, called `name`; the caller has checked who asks.

    200, 206 for one range of bytes, 304, 412 or 416 (RFC 9110, sections 13 and 14); several ranges at once get the
    whole, as the RFC allows. `content_type` is the one read from the content, and `nosniff` keeps the browser to it.
    `inline` is granted to the pictures of INLINE, everything else stays an attachment. Http404 where the bytes are
    gone, which is logged, for it is a loss.
    """
    try:
        file = open_kept(key)
    except FileNotFoundError:
        log.error("the file kept under %s is gone", key)
        raise Http404("file gone") from None
    # Bytes under a key never change, and the key itself is nobody's business.
    return _hand_over(request, file, key, name=name, content_type=content_type, inline=inline)


def serve_page(request: HttpRequest, path: Path) -> HttpResponseBase:
    """A page image of `pages.page_image`, to be seen on the page; Http404 where it was pruned in between."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Http404("page image gone") from None
    identity = f"{path.parent.name}/{path.name} {os.fstat(file.fileno()).st_mtime_ns}"
    return _hand_over(request, file, identity, name=path.name, content_type=TYPE_OF[path.suffix], inline=True)


def disposition(name: str, kind: str = "attachment") -> str:
    """`attachment` with both forms of the name (RFC 6266, RFC 5987): plain ASCII for old clients, UTF-8 for the others.

    Neither form holds a quote, a control or direction-changing character, or a folder (T42, T43).
    """
    clean = re.split(
        r"[/\\]", "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Cf")
    )[-1]
    clean = clean or "document"
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode()
    plain = "".join(c if c.isalnum() or c in "._- ()" else "_" for c in plain).strip()
    plain = f"document{plain}" if not plain or plain.startswith(".") else plain
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range in a Range header, for a file of `size` bytes; None for the whole file.

    None too for what is no range of bytes, for several ranges and for an empty file: RFC 9110, 14.2 lets a server
    ignore them. Unsatisfiable where the range is one and lies behind the end.
    """
    unit, equals, ranges = header.partition("=")
    wanted = [part for part in (part.strip(" \t") for part in ranges.split(",")) if part]
    if unit.strip().lower() != "bytes" or not equals or len(wanted) != 1 or not size:
        return None
    match = RANGE.fullmatch(wanted[0])
    if not match or match[0] == "-":
        return None
    first, last = (_number(digits) if digits else None for digits in match.groups())
    if first is None:  # the last so many bytes
        if not last:
            raise Unsatisfiable
        return max(0, size - last), size - 1
    if last is not None and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, size - 1 if last is None else min(last, size - 1)


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= 18 else FAR


def _hand_over(
    request: HttpRequest, file: BinaryIO, identity: str, *, name: str, content_type: str, inline: bool
) -> HttpResponseBase:
    """`file` from its start, as `request` asks for it; it is closed here or with the response."""
    size = os.fstat(file.fileno()).st_size
    etag = f'"{sha256(f"{identity} {size}".encode()).hexdigest()[:32]}"'
    response = _answer(request, file, size, etag)
    if response.status_code in (200, 206):
        content_type = content_type if TYPE.fullmatch(content_type) else OCTETS
        response["Content-Type"] = content_type
        response["Content-Disposition"] = disposition(
            name, "inline" if inline and content_type in INLINE else "attachment"
        )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Cache-Control"] = "private, no-store"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def _answer(request: HttpRequest, file: BinaryIO, size: int, etag: str) -> HttpResponseBase:
    """Status, body and the headers that tell its length, in the order of RFC 9110, 13.2.2."""
    refused = get_conditional_response(request, etag=etag)
    if refused is not None or request.method == "HEAD":
        file.close()
        response = HttpResponse() if refused is None else HttpResponse(status=refused.status_code)
        if refused is None:
            response["Content-Length"] = str(size)
        return response
    asked = request.headers.get("Range", "")
    # Our tags are strong. A date in If-Range matches nothing, for we give none.
    if request.method != "GET" or request.headers.get("If-Range", etag).strip() != etag:
        asked = ""
    try:
        part = byte_range(asked, size)
    except Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        return KeptResponse(file)
    first, last = part
    file.seek(first)
    length = last - first + 1
    return KeptResponse(
        Part(file, length), status=206,
        headers={"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(length)},
    )  # fmt: skip
