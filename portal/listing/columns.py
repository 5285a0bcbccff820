"""What a list shows of a row: the heads of the table, and the cells of an export."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = str | Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """One column.

    `value` is a path from the row (`"address"`, `"company__name"`) or a function of it; a column without one is not
    exported. `order` is the name of the declared order to which its head leads. `css` is the class of its head.
    `is_shown=False`: only in exports. `is_silent`: the head is for screen readers alone (« Actions »).
    """

    title: Any
    value: Value | None = None
    order: str = ""
    css: str = ""
    is_shown: bool = True
    is_silent: bool = False

    def value_of(self, row: Any) -> Any:
        if not isinstance(self.value, str):
            return self.value and self.value(row)
        for step in self.value.split("__"):
            row = getattr(row, step)
            if row is None:
                return None
        return row


@dataclass(frozen=True)
class Head:
    """The head of a column as the page shows it: `sort` is "ascending", "descending" or ""."""

    column: Column
    url: str = ""
    sort: str = ""
