"""Handing a file over: always as a download, never as something the browser would run (T43, T44)."""

import unicodedata
from urllib.parse import quote

from django.http import FileResponse

from portal.files.keep import open_kept

SANDBOX = "sandbox; default-src 'none'"


def download(key: str, name: str, content_type: str = "application/octet-stream") -> FileResponse:
    """The bytes kept under `key`, as an attachment called `name`; the caller has checked who asks.

    Raises FileNotFoundError where the file is gone. The type is the one read from the content, and `nosniff` keeps
    the browser to it.
    """
    response = FileResponse(open_kept(key), content_type=content_type)
    response["Content-Disposition"] = disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


def disposition(name: str) -> str:
    """`attachment` with both forms of the name (RFC 6266, RFC 5987): plain ASCII for old clients, UTF-8 for the others."""
    clean = "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Cf") or "document"
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode()
    plain = "".join(c if c.isalnum() or c in "._- ()" else "_" for c in plain).strip()
    plain = f"document{plain}" if not plain or plain.startswith(".") else plain
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"
