"""« Reçu », « Traité »: what became of a document that a client has sent."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from documents.models import Document


@dataclass(frozen=True)
class Mark:
    label: Any
    tone: str
    icon: str


RECEIVED = Mark(_("Reçu"), "neutral", "inbox")
PROCESSED = Mark(_("Traité"), "ok", "check-circle")


def mark_of(document: Document) -> Mark:
    """Filed into a folder or marked by the firm, it is « Traité »."""
    is_processed = document.processed_at is not None or document.folder_id is not None
    return PROCESSED if is_processed else RECEIVED
