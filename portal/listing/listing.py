"""A list as a screen declares it, and the page of it that a request asks for.

The state of a list is its URL: `q`, the parameters of its filters, `tri` (the name of an order, « - » before it for the
reverse), then `apres` or `avant` (where the page starts). Whatever of it makes no sense is as if it was not there.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.listing import counts, export, keyset, search, selection
from portal.listing.columns import Column, Head
from portal.listing.filters import Chip, Filter, Input
from portal.listing.orders import Order

QUERY, SORT, AFTER, BEFORE, EXPORT = "q", "tri", "apres", "avant", "export"


class Listing:
    """One list: the class declares it, an instance is the page asked for.

    In: the request, and the rows that the person may see, with what the rows of the page need (`select_related`,
    `prefetch_related`, annotations). Nothing is read before it is used. A page costs one query, one more for each
    ChoiceFilter with counts and one where there are actions, as many for 1 row as for 300; see `keyset.read` for the
    pages after the first. `tri`, `q` and the rest are read from the URL, also where a form is posted to it.
    """

    search: ClassVar[tuple[str, ...]] = ()
    filters: ClassVar[tuple[Filter, ...]] = ()
    orders: ClassVar[dict[str, Order]] = {"recents": Order("-pk")}  # the first is the one shown first
    columns: ClassVar[tuple[Column, ...]] = ()
    actions: ClassVar[tuple[selection.Action, ...]] = ()
    exports: ClassVar[tuple[str, ...]] = ()  # "csv", "xlsx"
    page_size: ClassVar[int] = 50
    anchor: ClassVar[str] = ""  # « #… » of a list that does not stand at the top of its page
    nothing_found: ClassVar[Any] = _("Rien ne correspond")
    show_all: ClassVar[Any] = _("Tout afficher")

    def __init__(self, request: HttpRequest, queryset: QuerySet):
        self.request, self.scoped = request, queryset
        self.carried: dict[str, str] = {}  # what else its URLs say, which is the screen's own
        data = request.GET
        self.path = request.path
        self.query = search.typed(data.get(QUERY, "")) if self.search else ""
        self.values = {bound: bound.read(data) for bound in self.filters}
        self.sort, self.order = self._order(data.get(SORT, ""))
        self.keys = self.order.keys(queryset)
        self.export = data.get(EXPORT, "") if data.get(EXPORT) in self.exports else ""

    def _order(self, name: str) -> tuple[str, Order]:
        known = name.removeprefix("-")
        if known not in self.orders:
            name = known = next(iter(self.orders))
        return name, self.orders[known].reversed() if name.startswith("-") else self.orders[known]

    # The rows

    @property
    def rows(self) -> list:
        return self._part.rows

    @cached_property
    def found(self) -> QuerySet:
        """All that the search and the filters leave, in no order."""
        return self.found_but_for(None)

    def found_but_for(self, left_out: Filter | None) -> QuerySet:
        """The same, one filter left out: what its chips count."""
        conditions = [
            bound.condition(value, self.scoped)
            for bound, value in self.values.items()
            if value is not None and bound is not left_out
        ]
        if self.query:
            conditions.append(search.matching(self.query, self.search, self.scoped))
        return self.scoped.filter(*conditions) if conditions else self.scoped

    @cached_property
    def _place(self) -> dict[str, keyset.Values]:
        """Where the page starts, as the URL says it; nothing for the first page."""
        for name, param in (("after", AFTER), ("before", BEFORE)):
            values = keyset.decode(self.keys, self.request.GET.get(param, ""), self.scoped.db)
            if values is not None:
                return {name: values}
        return {}

    @cached_property
    def _part(self) -> keyset.Part:
        return keyset.read(self.found, self.keys, self.page_size, **self._place)

    @cached_property
    def total(self) -> counts.Count:
        """How many rows are found. The current chip of a filter that counts knows it already."""
        known = [chip.count for row in self.chips for chip in row if chip.is_current and chip.count]
        return known[0] if known else counts.count(self.found)

    # Its URLs

    @cached_property
    def state(self) -> dict[str, str]:
        """What the URL of this list says, but for the page."""
        state = {QUERY: self.query}
        for bound, value in self.values.items():
            state |= bound.params(value)
        if self.sort != next(iter(self.orders)):
            state[SORT] = self.sort
        return {name: text for name, text in {**state, **self.carried}.items() if text}

    def url(self, **changes: str) -> str:
        """This list with `changes` to its state ("" leaves a parameter out), at its first page."""
        return self._url({name: text for name, text in {**self.state, **changes}.items() if text})

    def _url(self, state: dict[str, str]) -> str:
        return f"{self.path}?{urlencode(state)}{self.anchor}" if state else f"{self.path}{self.anchor}"

    @property
    def form_url(self) -> str:
        """Where its forms lead, which carry the state in fields."""
        return self._url({})

    @property
    def whole_url(self) -> str:
        """The list without search and filters: « tout afficher »."""
        return self._url(self.carried)

    @property
    def query_string(self) -> str:
        """« ?… » with the list's state or "": for the URL to which its form is posted."""
        return self.url().removeprefix(self.path)

    @property
    def here(self) -> str:
        """This very page, for a way back."""
        return self.url(**self._place_params)

    @property
    def _place_params(self) -> dict[str, str]:
        names = {"after": AFTER, "before": BEFORE}
        return {names[name]: keyset.encode(values) for name, values in self._place.items()}

    @property
    def next_url(self) -> str:
        return self.url(**{AFTER: keyset.cursor_of(self.keys, self.rows[-1])}) if self._part.has_after else ""

    @property
    def previous_url(self) -> str:
        return (
            self.url(**{BEFORE: keyset.cursor_of(self.keys, self.rows[0])}) if self._part.has_before else ""
        )

    # What the partials show

    @property
    def is_filtered(self) -> bool:
        return bool(self.query) or any(value is not None for value in self.values.values())

    @cached_property
    def chips(self) -> list[list[Chip]]:
        """The chips of each filter that has some."""
        rows = [bound.chips(value, self) for bound, value in self.values.items()]
        return [row for row in rows if row]

    @cached_property
    def inputs(self) -> list[Input]:
        """The fields of the filters that are filled in, all in one form."""
        return [field for bound, value in self.values.items() for field in bound.inputs(value)]

    @property
    def inputs_hidden(self) -> list[tuple[str, str]]:
        """The state that the form of these fields carries along."""
        return self._state_but_for(*(field.name for field in self.inputs))

    @property
    def inputs_clear_url(self) -> str:
        """The list without them; "" where none is filled in."""
        filled = {field.name: "" for field in self.inputs if field.value}
        return self.url(**filled) if filled else ""

    def _state_but_for(self, *names: str) -> list[tuple[str, str]]:
        return [(name, text) for name, text in self.state.items() if name not in names]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The state that the search form carries along."""
        return self._state_but_for(QUERY)

    @cached_property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.columns if column.is_shown]

    def _head(self, column: Column) -> Head:
        if column.order not in self.orders:
            return Head(column)
        is_current = column.order == self.sort.removeprefix("-")
        sort = ("descending" if self.order.is_descending else "ascending") if is_current else ""
        target = f"-{column.order}" if self.sort == column.order else column.order
        return Head(column, self.url(**{SORT: "" if target == next(iter(self.orders)) else target}), sort)

    @property
    def export_links(self) -> list[tuple[str, str]]:
        """Word and URL of each format in which the list may be taken away."""
        return [(export.LABELS[name], self.url(**{EXPORT: name})) for name in self.exports]

    def export_response(self, name: str) -> HttpResponseBase:
        """All rows found, in the order shown, as a file called after `name`, in the format that the URL asks for."""
        rows = self.found.order_by(*keyset.ordering(self.keys))
        return export.response(self.export, name, self.columns, rows, self.exported)

    def exported(self, row: Any) -> Iterable:
        """The lines of an export that `row` is told in."""
        return (row,)

    # Rows ticked

    @property
    def has_other_pages(self) -> bool:
        return self._part.has_before or self._part.has_after

    @property
    def is_ticked(self) -> bool:
        """Whether all boxes of the page are ticked, by a link, for whoever has no JavaScript."""
        return self.request.GET.get(selection.FIELD) == selection.PAGE

    @property
    def tick_url(self) -> str:
        ticks = {} if self.is_ticked else {selection.FIELD: selection.PAGE}
        return self.url(**self._place_params, **ticks)

    @property
    def everything(self) -> str:
        """« les 214 résultats »: what the box for more than the page says."""
        if self.total.number > selection.LIMIT:
            return _("les %(count)s premiers résultats") % {"count": counts.Count(selection.LIMIT)}
        words = ngettext("le résultat", "les %(count)s résultats", self.total.number)
        return words % {"count": self.total}

    @property
    def selected(self) -> QuerySet:
        """The rows that the posted form names, within those that the person may see; see `selection.selected`."""
        if selection.EVERYTHING in self.request.POST.getlist(selection.FIELD):
            first = self.found.order_by(*keyset.ordering(self.keys)).values("pk")[: selection.LIMIT]
            return self.scoped.filter(pk__in=first)
        return selection.selected(self.request, self.scoped)

    @property
    def action(self) -> selection.Action | None:
        """The gesture that the posted form asks for; None where it is not one of this list."""
        asked = self.request.POST.get(selection.GESTURE, "")
        return next((action for action in self.actions if action.name == asked), None)
