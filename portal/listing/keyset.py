"""A page of a list by where the one before it ended, never by its number: row 500,000 costs what row 1 costs.

A cursor is the values of a row's keys, as text in the URL. It is data that anyone can write: what this file would not
have written itself is no cursor, and the list starts at its first page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Q, QuerySet

from portal.listing.orders import NOTHING, Key

LONGEST = 3000  # characters of a cursor: a line of a request has 4,094 in all
WHOLE = 2**63  # where the whole numbers of a database end

Values = tuple[Any, ...]
Keys = Sequence[Key]


@dataclass(frozen=True)
class Part:
    """The rows of one page, and whether there are others before and after."""

    rows: list
    has_before: bool
    has_after: bool


def read(
    queryset: QuerySet, keys: Keys, size: int, *, after: Values | None = None, before: Values | None = None
) -> Part:
    """The `size` rows that follow `after`, or that precede `before`; the first ones without either.

    One query; a second where a page reaches from filled to empty values, or where nothing is left there: then it is the
    first page, which is also never shown half full on the way back.
    """
    if before is not None:
        rows = _beyond(queryset, [key.reversed() for key in keys], before, size + 1)
        if len(rows) >= size:
            return Part(rows[:size][::-1], has_before=len(rows) > size, has_after=True)
    elif after is not None and (rows := _beyond(queryset, keys, after, size + 1)):
        return Part(rows[:size], has_before=True, has_after=len(rows) > size)
    rows = list(queryset.order_by(*ordering(keys))[: size + 1])
    return Part(rows[:size], has_before=False, has_after=len(rows) > size)


def ordering(keys: Keys) -> list:
    return [key.ordering for key in keys]


def _beyond(queryset: QuerySet, keys: Keys, values: Values, count: int) -> list:
    rows: list = []
    for stretch in stretches(keys, values):
        if len(rows) < count:
            rows += queryset.filter(stretch).order_by(*ordering(keys))[: count - len(rows)]
    return rows


def stretches(keys: Keys, values: Values) -> list[Q]:
    """The rows after `values`, in one or two parts, each of which is one stretch of the index.

    A database starts in the middle of an index only for a comparison that stands alone: hence `a <= x`, which
    `a < x or (a = x and …)` already implies, and hence the empty values on their own.
    """
    first, value = keys[0], values[0]
    rest = _after(keys[1:], values[1:])
    if value is None:
        return [first.empty & rest] if first.is_descending else [first.empty & rest, ~first.empty]
    filled = first.filled_from(value) & (first.filled_after(value) | (first.at(value) & rest))
    return [filled, first.empty] if first.is_nullable and first.is_descending else [filled]


def _after(keys: Keys, values: Values) -> Q:
    condition = NOTHING
    for key, value in zip(reversed(keys), reversed(values), strict=True):
        condition = key.after(value) | (key.at(value) & condition)
    return condition


def cursor_of(keys: Keys, row: Any) -> str:
    return encode(tuple(key.value_of(row) for key in keys))


def encode(values: Values) -> str:
    written = json.dumps([_plain(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode(keys: Keys, text: str, using: str = "default") -> Values | None:
    """The values in cursor `text` for `keys`; None for whatever `encode` has not written for such keys."""
    if not text or len(text) > LONGEST:
        return None
    try:
        written = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        values = tuple(_value(key, item) for key, item in zip(keys, written, strict=True))
        if encode(values) != text:
            return None
        for key, value in zip(keys, values, strict=True):  # raises for a date or a decimal out of range
            key.field.get_db_prep_value(value, connections[using])
        return values
    except (ValueError, TypeError, ArithmeticError, RecursionError, ValidationError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _value(key: Key, item: Any) -> Any:
    if item is None:
        if key.is_nullable:
            return None
        raise ValueError(key.path)
    value = key.field.to_python(item)
    texts, numbers = isinstance(value, str), isinstance(value, int)
    if (texts and "\0" in value) or (numbers and not -WHOLE <= value < WHOLE):
        raise ValueError(key.path)
    return value
