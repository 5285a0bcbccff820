"""What waits for a person: each floor declares its counts in its own `waiting.py`, portal collects them.

A floor with more to declare names the modules (or objects) beside that one in `ALSO`.

A declaration is `rows_for(user)`, a queryset of rows with `company` and `count` that is not read yet, so that all floors
together cost one query; beside it `LABEL`, `url_of(company)` and `IS_DECISION`, False where what waits is to be repaired
rather than decided. What is neither, but daily work, has `MENU`: the entry of the company's menu that shows its count.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.db.models import IntegerField, Value
from django.utils.module_loading import module_has_submodule

from portal.models import Company, User

Rows = list[tuple[ModuleType, int, int]]


@dataclass(frozen=True)
class Waiting:
    label: str
    count: int
    url: str


@cache
def declarations() -> tuple[ModuleType, ...]:
    """The `waiting` modules of the installed apps with those that they name, this one left out."""
    found = [
        import_module(f"{app.name}.waiting")
        for app in apps.get_app_configs()
        if app.name != "portal" and module_has_submodule(app.module, "waiting")
    ]
    every = [declared for module in found for declared in (module, *getattr(module, "ALSO", ()))]
    return tuple(declared for declared in every if hasattr(declared, "rows_for"))


def rows_for(user: User) -> Rows:
    """What waits for `user` as (declaration, company id, count); one query."""
    first, *others = [
        module.rows_for(user)
        .annotate(place=Value(place, output_field=IntegerField()))
        .values_list("place", "company", "count")
        for place, module in enumerate(declarations())
    ]
    return [
        (declarations()[place], company, count) for place, company, count in first.union(*others, all=True)
    ]


def for_companies(user: User, companies: list[Company]) -> dict[int, list[Waiting]]:
    """What waits for `user` in each of `companies`, by company id; one query."""
    counts = {(module, company): count for module, company, count in rows_for(user)}
    found = defaultdict(list)
    for declared in declarations():
        for company in companies:
            if count := counts.get((declared, company.pk), 0):
                found[company.pk].append(Waiting(str(declared.LABEL), count, declared.url_of(company)))
    return found


def totals(user: User) -> tuple[int, int]:
    """How many decisions wait for `user` over all companies, and how much waits to be repaired; one query."""
    return sums(rows_for(user))


def sums(rows: Rows) -> tuple[int, int]:
    """The same, of rows that were read already."""
    decisions = sum(count for declared, _company, count in rows if declared.IS_DECISION)
    work = sum(count for declared, _company, count in rows if hasattr(declared, "MENU"))
    return decisions, sum(count for _declared, _company, count in rows) - decisions - work


def in_menus(rows: Rows) -> dict[tuple[int, str], int]:
    """By company id and entry of its menu, how much work waits there."""
    return {(company, declared.MENU): count for declared, company, count in rows if hasattr(declared, "MENU")}
