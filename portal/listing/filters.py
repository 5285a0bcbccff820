"""What narrows a list: filters whose state is the URL, so that a filtered list can be kept, sent and come back to.

A value that the filter does not know is no value: the list is shown whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Choices, DateTimeField, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.listing.counts import Count, counts_by
from portal.listing.orders import field_of

if TYPE_CHECKING:
    from portal.listing.listing import Listing

YES = "oui"


@dataclass(frozen=True)
class Chip:
    """A link that sets or lifts a filter. `count` is None where it is not known."""

    label: Any
    url: str
    is_current: bool
    count: Count | None = None


@dataclass(frozen=True)
class Input:
    """A field to fill in: a date, or with `options` (values and words) a menu."""

    name: str
    label: Any
    value: str
    options: tuple[tuple[str, Any], ...] = ()


class Filter:
    """A filter by one parameter of the URL. Subclasses say what it means."""

    def __init__(self, param: str, label: Any = ""):
        self.param, self.label = param, label

    def read(self, data: QueryDict) -> Any:
        """The value in the URL; None when there is none, or nonsense."""
        raise NotImplementedError

    def params(self, value: Any) -> dict[str, str]:
        """The parameters that say `value`, or None, in a URL."""
        return {self.param: "" if value is None else str(value)}

    def condition(self, value: Any, queryset: QuerySet) -> Q:
        """The rows of `queryset` that `value` leaves."""
        raise NotImplementedError

    def chips(self, value: Any, page: "Listing") -> list[Chip]:
        """What the page shows of it as links."""
        return []

    def inputs(self, value: Any) -> list[Input]:
        """What the page shows of it in the form of all filters that are filled in."""
        return []


class ChoiceFilter(Filter):
    """One of several values of column `field`, as chips: « Toutes 14 · En attente 2 · Refusées 3 ».

    `choices` is an enum of Django, or pairs of value and label. `plurals` gives the words of chips that differ from the
    labels; `every` is the word of the first. With `counts` (one query) each chip says how many rows it would show; they
    stop at 10 000, and beyond that only the first has one. With `menu` it is a menu called `label`, for more than six
    choices, and counts nothing.
    """

    def __init__(
        self,
        param: str,
        *,
        field: str,
        choices: type[Choices] | Iterable[tuple[str, Any]],
        plurals: dict[str, Any] | None = None,
        every: Any = "",
        label: Any = "",
        counts: bool = True,
        menu: bool = False,
    ):
        super().__init__(param, label)
        pairs = choices.choices if isinstance(choices, type) else choices
        self.field, self.every, self.counts = field, every or _("Tout"), counts
        self.menu = menu
        self.labels = {value: (plurals or {}).get(value, words) for value, words in pairs}

    def read(self, data: QueryDict) -> str | None:
        value = data.get(self.param, "")
        return value if value in self.labels else None

    def condition(self, value: str, queryset: QuerySet) -> Q:
        return Q((self.field, value))

    def chips(self, value: str | None, page: "Listing") -> list[Chip]:
        if self.menu:
            return []
        total, parts = counts_by(page.found_but_for(self), self.field) if self.counts else (None, {})
        shown = [Chip(self.every, page.url(**self.params(None)), value is None, total)]
        for choice, label in self.labels.items():
            count = parts.get(choice, Count(0)) if total and not total.is_more else None
            shown.append(Chip(label, page.url(**self.params(choice)), value == choice, count))
        return shown

    def inputs(self, value: str | None) -> list[Input]:
        options = (("", self.every), *self.labels.items())
        return [Input(self.param, self.label, value or "", options)] if self.menu else []


class BooleanFilter(Filter):
    """One chip, on or off: the rows that `only` holds for, or all."""

    def __init__(self, param: str, label: Any, *, only: Q):
        super().__init__(param, label)
        self.only = only

    def read(self, data: QueryDict) -> str | None:
        return YES if data.get(self.param) == YES else None

    def condition(self, value: str, queryset: QuerySet) -> Q:
        return self.only

    def chips(self, value: str | None, page: "Listing") -> list[Chip]:
        return [Chip(self.label, page.url(**self.params(None if value else YES)), bool(value))]


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both within; either may be left open."""

    first: date | None
    last: date | None


class PeriodFilter(Filter):
    """The days between two dates of column `field`, in the time zone of the reader.

    `label` says what begins there: « Reçu du ». The parameters are `<param>_du` and `<param>_au`: `2026-03-08` as
    browsers write dates, `08/03/2026` as people do.
    """

    def __init__(self, param: str, *, field: str, label: Any):
        super().__init__(param, label)
        self.field = field

    def read(self, data: QueryDict) -> Period | None:
        first, last = (_day(data.get(name, "")) for name in self.names)
        return Period(first, last) if first or last else None

    @property
    def names(self) -> tuple[str, str]:
        return f"{self.param}_du", f"{self.param}_au"

    def params(self, value: Period | None) -> dict[str, str]:
        days = (value.first, value.last) if value else (None, None)
        return {name: day.isoformat() if day else "" for name, day in zip(self.names, days, strict=True)}

    def condition(self, value: Period, queryset: QuerySet) -> Q:
        found, _nullable = field_of(queryset, self.field)
        start = _midnight if isinstance(found, DateTimeField) else _same
        condition = Q()
        if value.first:
            condition &= Q((f"{self.field}__gte", start(value.first)))
        if value.last:
            condition &= Q((f"{self.field}__lt", start(value.last + timedelta(days=1))))
        return condition

    def inputs(self, value: Period | None) -> list[Input]:
        first, last = self.params(value).items()
        return [Input(first[0], self.label, first[1]), Input(last[0], _("au"), last[1])]


def _day(text: str) -> date | None:
    try:
        day = forms.DateField(required=False).clean(text)
    except ValidationError:
        return None
    return day if day and 1900 <= day.year < 9999 else None  # far years overflow on their way to UTC


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _same(day: date) -> date:
    return day
