"""What « Synchroniser » would do to the accesses of a grid, said before it is done (D-41)."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from approvals.access.grid import Grid
from approvals.access.states import AccessState

UNPUBLISHED = Q(state=AccessState.UNPUBLISHED)
WANTS_MAIL = Q(is_authorised=True, notify_wanted=True)


@dataclass(frozen=True)
class Plan:
    """How many accesses open, close or change their address, and how many persons are written to."""

    opening: int
    closing: int
    changing: int
    written_to: int

    @property
    def is_empty(self) -> bool:
        return not (self.opening or self.closing or self.changing or self.written_to)

    def __add__(self, other: "Plan") -> "Plan":
        return Plan(
            self.opening + other.opening,
            self.closing + other.closing,
            self.changing + other.changing,
            self.written_to + other.written_to,
        )


def waiting(grid: Grid) -> QuerySet:
    """The accesses of `grid` that « Synchroniser » is for."""
    return grid.accesses().filter(UNPUBLISHED | WANTS_MAIL)


def chosen(grid: Grid) -> list[int]:
    """Their keys, in the order of the grid."""
    return list(waiting(grid).order_by("code_length", "company__code", "pk").values_list("pk", flat=True))


def plan_of(grid: Grid) -> Plan:
    written_to = Q(notify_wanted=True) & ~Q(user__email="")
    counts = waiting(grid).aggregate(
        opening=Count("pk", Q(is_authorised=True, is_published=False)),
        closing=Count("pk", Q(is_authorised=False, is_published=True)),
        changing=Count("pk", UNPUBLISHED & Q(is_authorised=True, is_published=True)),
        written_to=Count("pk", written_to),
    )
    return Plan(**counts)
