"""In which order a list is shown: orders that the screen declares, on columns that an index holds.

The primary key is always the last key, so that an order is total and no row is shown twice or never. An empty value
(NULL) counts as the smallest on both databases: last where the greatest come first, first the other way round. Hence one
index serves an order and its reverse. For a column that may be empty PostgreSQL wants that index to say so:
`Index("company", F("last_mail_at").desc(nulls_last=True), name=…)`; SQLite takes any.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import F, Field, ForeignKey, Q, QuerySet
from django.db.models.expressions import OrderBy

NOTHING = Q(pk__in=())


@dataclass(frozen=True)
class Key:
    """One column of an order."""

    path: str
    field: Field
    is_descending: bool = False
    is_nullable: bool = False

    @property
    def ordering(self) -> OrderBy:
        column = F(self.path)
        if not self.is_nullable:  # without NULLS FIRST or LAST, so that a plain index serves
            return column.desc() if self.is_descending else column.asc()
        return column.desc(nulls_last=True) if self.is_descending else column.asc(nulls_first=True)

    @property
    def empty(self) -> Q:
        return Q((f"{self.path}__isnull", True))

    def filled_after(self, value: Any) -> Q:
        """Rows with a value of their own after `value`, which is not empty."""
        return Q((f"{self.path}__{'lt' if self.is_descending else 'gt'}", value))

    def filled_from(self, value: Any) -> Q:
        return Q((f"{self.path}__{'lte' if self.is_descending else 'gte'}", value))

    def at(self, value: Any) -> Q:
        return self.empty if value is None else Q((self.path, value))

    def after(self, value: Any) -> Q:
        """Rows after `value`, the empty ones in their place."""
        if value is None:
            return NOTHING if self.is_descending else ~self.empty
        filled = self.filled_after(value)
        return filled | self.empty if self.is_nullable and self.is_descending else filled

    def value_of(self, row: Any) -> Any:
        """What `row` holds; what it points to must have come with it (`select_related`)."""
        *steps, last = self.path.split("__")
        for step in steps:
            row = getattr(row, step)
            if row is None:
                return None
        return getattr(row, self.field.attname if isinstance(self.field, ForeignKey) else last)

    def reversed(self) -> "Key":
        return replace(self, is_descending=not self.is_descending)


class Order:
    """A declared order: paths of columns, « - » before those that run from the greatest to the smallest.

    A path may lead to what a row points to (`company__name`) or be an annotation, which no index holds. `is_filled`: no
    row of the list has an empty value, though the column may: a plain index serves.
    """

    def __init__(self, *paths: str, is_filled: bool = False):
        if not paths:
            raise ImproperlyConfigured("Order : nommer au moins une colonne.")
        self.paths, self.is_filled = paths, is_filled

    @property
    def is_descending(self) -> bool:
        return self.paths[0].startswith("-")

    def reversed(self) -> "Order":
        paths = (path[1:] if path.startswith("-") else f"-{path}" for path in self.paths)
        return Order(*paths, is_filled=self.is_filled)

    def keys(self, queryset: QuerySet) -> tuple[Key, ...]:
        """The keys of this order for `queryset`, the primary key at the end."""
        paths = self.paths
        if paths[-1].lstrip("-") not in ("pk", queryset.model._meta.pk.name):
            paths = (*paths, "-pk" if paths[-1].startswith("-") else "pk")
        return tuple(self._key(queryset, path) for path in paths)

    def _key(self, queryset: QuerySet, path: str) -> Key:
        name = path.removeprefix("-")
        field, may_be_empty = field_of(queryset, name)
        return Key(name, field, path.startswith("-"), may_be_empty and not self.is_filled)


def field_of(queryset: QuerySet, path: str) -> tuple[Field, bool]:
    """The field to which `path` leads, and whether it may be empty; an annotation always may."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field, True
    fields = fields_of(queryset, path)
    return fields[-1], any(field.null for field in fields)


def fields_of(queryset: QuerySet, path: str) -> list[Field]:
    """The fields along `path`: those that lead to other rows, then the one that holds the value."""
    model, fields = queryset.model, []
    for name in path.split("__"):
        fields.append(model._meta.pk if name == "pk" else model._meta.get_field(name))
        model = fields[-1].related_model
    return fields
