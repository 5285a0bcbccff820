"""The portal's own pages as PDF, by WeasyPrint: letters, and whatever else is printed. In a worker, never in a request.

The HTML comes from a template of ours, in which Django has escaped what people typed. Should something slip through
all the same, it fetches nothing: only the project's own static files and `data:` are given, whatever asks (T55).
"""

import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

# No host of this name can exist (RFC 2606): what is relative in a page leads here, and is read from the disk.
BASE = "https://portal.invalid"


class OwnStatic(URLFetcher):
    """Gives the project's static files, read from the disk, and `data:`; refuses every other address."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url, headers=None):
        address = urlsplit(url)
        if address.scheme == "data":
            return super().fetch(url, headers)
        if f"{address.scheme}://{address.netloc}" != BASE or not address.path.startswith(settings.STATIC_URL):
            raise ValueError("only the portal’s own static files are fetched")
        path = static_path(unquote(address.path.removeprefix(settings.STATIC_URL)))
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


def static_path(name: str) -> Path:
    """The file of a static name, as collected or, in development, where it is written; ValueError for none of ours."""
    try:
        collected = Path(staticfiles_storage.path(name))
        found = str(collected) if collected.is_file() else finders.find(name)
    except SuspiciousFileOperation:
        found = None
    if not found:
        raise ValueError("no static file of the portal")
    return Path(found)


def pdf_of(template: str, context: dict) -> bytes:
    """The PDF of a template. Raises what the template raises; a resource that is refused is left out."""
    return pdf_of_html(render_to_string(template, context))


def pdf_of_html(html: str) -> bytes:
    return HTML(string=html, base_url=f"{BASE}/", url_fetcher=OwnStatic()).write_pdf()
