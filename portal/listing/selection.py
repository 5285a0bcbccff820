"""Rows that people tick, and what they then do with all of them.

The boxes are named `choix`; they stand in the table and belong to the form of `_list_bulk.html` by their attribute
`form`. A box says a primary key, or TOUS: all that the search and the filters leave, up to LIMIT.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.listing.keyset import WHOLE

LIMIT = 1000
FIELD = "choix"
GESTURE = "geste"
EVERYTHING = "tous"
PAGE = "page"


@dataclass(frozen=True)
class Action:
    """A gesture on the rows ticked: `name` in the form, its words, `tone` of its button ("", "primary", "danger").

    `confirm`: the question asked first, in the page's small dialog.
    """

    name: str
    label: Any
    tone: str = ""
    confirm: Any = ""


def selected(request: HttpRequest, queryset: QuerySet) -> QuerySet:
    """The rows of `queryset` ticked in the form posted.

    `queryset` is what the person may see: whatever else the form names, or what is no key at all, is ignored.
    """
    return queryset.filter(pk__in=ticked(request, queryset))


def ticked(request: HttpRequest, queryset: QuerySet) -> list:
    """The primary keys that the form names, at most LIMIT of them, whether or not such rows are there."""
    keys = (_key(queryset, text) for text in request.POST.getlist(FIELD)[:LIMIT])
    return [key for key in keys if key is not None]


def _key(queryset: QuerySet, text: str) -> Any:
    try:
        key = queryset.model._meta.pk.to_python(text)
    except ValidationError:
        return None
    is_too_big = isinstance(key, int) and not -WHOLE <= key < WHOLE
    return None if is_too_big or str(key) != text else key
