"""« Enregistrer »: the boxes of the rows that a page has shown, saved together."""

from django.http import QueryDict

from approvals.access import bulk
from approvals.access.grid import Grid

SHOWN, WAS, AUTHORISED, NOTIFY = "ligne", "etait", "acces", "notifier"


def keys(data: QueryDict, name: str) -> set[int]:
    """The keys that the form names under `name`; whatever is none is ignored."""
    return {
        int(text) for text in data.getlist(name) if text.isascii() and text.isdecimal() and len(text) < 19
    }


def save(grid: Grid, data: QueryDict) -> tuple[int, list[str]]:
    """Authorise, withdraw and notify as the form says; how many accesses have changed, and the refusals as lines.

    A box counts where the person has changed it since the page was shown: what another has done meanwhile is not undone.
    """
    ticked, was = keys(data, AUTHORISED), keys(data, WAS)
    wanted = keys(data, NOTIFY)
    accesses = grid.accesses().in_bulk(keys(data, SHOWN))
    gestures = {
        "retirer": [access for pk, access in accesses.items() if pk in was - ticked],
        "acces": [access for pk, access in accesses.items() if pk in ticked - was],
        "notifier": [access for pk, access in accesses.items() if pk in wanted],
    }
    report = [
        line for name, chosen in gestures.items() for line in bulk.carry_out(name, chosen, by=grid.user)
    ]
    changed = {access.pk for chosen in gestures.values() for access in chosen}
    return max(0, len(changed) - len(report)), report
