"""What waits for a person: each floor declares its counts in its own `waiting.py`, portal collects them.

A declaration is `waiting_for(user) -> {company_id: count}`, with one query for all companies, beside `LABEL` and
`url_of(company)`; `IS_DECISION = False` where what waits is to be repaired rather than decided.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from portal.models import Company, User


@dataclass(frozen=True)
class Waiting:
    label: str
    count: int
    url: str


@cache
def declarations() -> tuple[ModuleType, ...]:
    """The `waiting` modules of the installed apps, this one left out."""
    return tuple(
        import_module(f"{app.name}.waiting")
        for app in apps.get_app_configs()
        if app.name != "portal" and module_has_submodule(app.module, "waiting")
    )


def for_companies(user: User, companies: list[Company]) -> dict[int, list[Waiting]]:
    """What waits for `user` in each of `companies`, by company id; one query a declaration."""
    found = defaultdict(list)
    for declared in declarations():
        counts = declared.waiting_for(user)
        for company in companies:
            if count := counts.get(company.pk, 0):
                found[company.pk].append(Waiting(str(declared.LABEL), count, declared.url_of(company)))
    return found


def to_decide(user: User) -> int:
    """How many decisions wait for `user` over all companies: the count of the top bar."""
    return total(user, True)


def to_repair(user: User) -> int:
    """How much waits for somebody of the firm to put it right."""
    return total(user, False)


def total(user: User, decisions: bool) -> int:
    declared = [module for module in declarations() if getattr(module, "IS_DECISION", True) is decisions]
    return sum(sum(module.waiting_for(user).values()) for module in declared)
