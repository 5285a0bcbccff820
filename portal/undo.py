"""« Annuler » beside the message that says what was done: reversible gestures do not ask first (ui.md).

The message carries the form that takes it back, as an address with its fields; `_messages.html` shows it as a button.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.contrib import messages
from django.http import HttpRequest
from django.utils.http import urlencode


@dataclass(frozen=True)
class Undo:
    """A form of one button: where it is posted, and its hidden fields."""

    url: str
    fields: list[tuple[str, str]]


def offer(request: HttpRequest, text: str, url: str, fields: Iterable[tuple[str, object]]) -> None:
    """Say `text` on the next page, with a button that posts `fields` to `url`, an address of ours."""
    messages.success(request, text, extra_tags=f"{url}?{urlencode([*fields])}")


def offered(tags: str) -> Undo | None:
    """What `offer` put into a message; None for all other messages."""
    address = urlsplit(tags)
    return Undo(address.path, parse_qsl(address.query)) if address.path.startswith("/") else None
