"""What an inbox did over the last thirty days, as a small drawing: a bar a day, stacked by what became of the mails.

The server draws it, as rectangles whose colours are classes of the style sheet: no script, no inline style. The same
numbers stand in a table beside it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailing.models import Fate

DAYS = 30
# Units of the drawing, which is stretched to its place: whole numbers, which no language writes with a comma.
DAY_WIDTH, BAR_WIDTH, HEIGHT = 20, 14, 100
HIGHEST = (
    HEIGHT - 4
)  # each of the four parts of a bar is rounded up, so that one mail among a thousand is seen


@dataclass(frozen=True)
class Group:
    """Fates that are one colour. `name` is a class of the style sheet."""

    name: str
    label: str | Promise
    fates: tuple[Fate, ...]


GROUPS = (
    Group("filed", _("Classés"), (Fate.FILED,)),
    Group("waiting", _("En attente"), (Fate.RECEIVED, Fate.HELD, Fate.CHALLENGED)),
    Group(
        "aside",
        _("Écartés"),
        (Fate.NOTHING_TO_FILE, Fate.REJECTED, Fate.BLACKLISTED, Fate.IGNORED, Fate.UNROUTABLE),
    ),
    Group("unreadable", _("Non traitables"), (Fate.UNREADABLE,)),
)
GROUP_OF = {fate: group for group in GROUPS for fate in group.fates}


@dataclass(frozen=True)
class Bar:
    """A part of a day's bar: a rectangle from its upper left corner."""

    group: Group
    x: int
    y: int
    height: int
    width: int = BAR_WIDTH


@dataclass(frozen=True)
class Day:
    """A day with its numbers in the order of GROUPS, and its bars from the ground up."""

    date: date
    numbers: tuple[int, ...]
    bars: tuple[Bar, ...]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@dataclass(frozen=True)
class Chart:
    days: tuple[Day, ...]
    totals: tuple[tuple[Group, int], ...]
    width: int = DAYS * DAY_WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(number for _group, number in self.totals)

    @property
    def most(self) -> int:
        return max(day.total for day in self.days)


def last_days(mails: QuerySet) -> Chart:
    """The chart of `mails`, which are within scope, up to today in the time zone of the reader; one query.

    The database is given the thirty midnights: SQLite would otherwise ask Python for the day of each mail.
    """
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    begins = [timezone.make_aware(datetime.combine(day, time.min)) for day in days]
    days_ago = Case(
        *(When(received_at__gte=begin, then=Value(back)) for back, begin in enumerate(begins)),
        output_field=IntegerField(),
    )
    rows = (
        mails.filter(received_at__gte=begins[-1])
        .order_by()
        .annotate(days_ago=days_ago)
        .values_list("days_ago", "status")
        .annotate(Count("pk"))
    )
    counts: Counter[tuple[date, str]] = Counter()
    for back, status, number in rows:
        counts[days[back], GROUP_OF[Fate(status)].name] += number
    return drawn(counts, today)


def drawn(counts: Mapping[tuple[date, str], int], today: date) -> Chart:
    """The chart of `counts`, numbers of mails by day and name of a group; days outside the thirty are left out."""
    dates = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    numbers = [tuple(counts.get((day, group.name), 0) for group in GROUPS) for day in dates]
    most = max(map(sum, numbers)) or 1
    days = tuple(
        Day(day, row, bars_of(row, place * DAY_WIDTH + (DAY_WIDTH - BAR_WIDTH) // 2, most))
        for place, (day, row) in enumerate(zip(dates, numbers, strict=True))
    )
    return Chart(days, tuple(zip(GROUPS, map(sum, zip(*numbers, strict=True)), strict=True)))


def bars_of(numbers: tuple[int, ...], x: int, most: int) -> tuple[Bar, ...]:
    bars, ground = [], HEIGHT
    for group, number in zip(GROUPS, numbers, strict=True):
        if number:
            height = -(-number * HIGHEST // most)
            ground -= height
            bars.append(Bar(group, x, ground, height))
    return tuple(bars)
