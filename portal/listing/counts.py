"""How many rows there are, as far as it is worth knowing: no count reads more than CEILING rows."""

from collections.abc import Hashable
from dataclasses import dataclass

from django.db import models
from django.db.models import QuerySet
from django.utils.formats import number_format

CEILING = 10_000


@dataclass(frozen=True)
class Count:
    """A number of rows; `is_more` where there are more and nobody counted on."""

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        """« 14 », « 10 000 + »."""
        written = number_format(self.number, use_l10n=True, force_grouping=True)
        return f"{written}\xa0+" if self.is_more else written

    @classmethod
    def of(cls, number: int) -> "Count":
        return cls(min(number, CEILING), number > CEILING)


def count(queryset: QuerySet) -> Count:
    """How many rows `queryset` has; one query."""
    return Count.of(queryset.order_by()[: CEILING + 1].count())


def counts_by(queryset: QuerySet, path: str) -> tuple[Count, dict[Hashable, Count]]:
    """How many rows, and how many with each value of `path`, a column of the row; one query.

    Beyond the ceiling the parts are not known: the dict is empty.
    """
    some = queryset.order_by().values("pk")[: CEILING + 1]
    rows = queryset.model._base_manager.using(queryset.db).filter(pk__in=some)
    parts = dict(rows.order_by().values_list(path).annotate(models.Count("pk")))
    total = Count.of(sum(parts.values()))
    return total, {} if total.is_more else {value: Count(number) for value, number in parts.items()}
