"""The box and Image as the staff sees them: what is to be processed, what is, or all of it."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from documents.spaces.lists import SpaceList
from portal.listing import Action, Filter
from portal.listing.counts import count
from portal.listing.filters import Chip
from portal.listing.listing import SORT

TO_PROCESS, PROCESSED, ALL = "", "traites", "tous"
FILE, MARK, THROW, TAKE_BACK = "classer", "traite", "corbeille", "reprendre"


class StateFilter(Filter):
    """« À traiter », which is shown where the address says nothing, « Traités », « Tous »; the first says how many."""

    LABELS = {TO_PROCESS: _("À traiter"), PROCESSED: _("Traités"), ALL: _("Tous")}
    CONDITIONS = {
        TO_PROCESS: Q(folder=None, processed_at=None),
        PROCESSED: Q(processed_at__isnull=False),
        ALL: Q(),
    }

    def read(self, data):
        value = data.get(self.param, "")
        return value if value in self.LABELS else TO_PROCESS

    def condition(self, value, queryset):
        return self.CONDITIONS[value]

    def chips(self, value, page):
        waiting = page.found_but_for(self).filter(self.CONDITIONS[TO_PROCESS])
        return [
            Chip(
                label,
                page.url(**self.params(state)),
                value == state,
                count(waiting) if state == TO_PROCESS else None,
            )
            for state, label in self.LABELS.items()
        ]


class QueueList(SpaceList):
    states = StateFilter("etat")
    search = (*SpaceList.search, "comment")
    filters = (states, *SpaceList.filters)
    gestures = (
        Action(FILE, _("Classer dans…"), tone="primary"),
        Action(MARK, _("Marquer comme traité")),
        Action(TAKE_BACK, _("Remettre à traiter")),
        Action(THROW, _("Mettre à la corbeille")),
    )
    OFFERED = {TO_PROCESS: {FILE, MARK, THROW}, PROCESSED: {TAKE_BACK, THROW}}

    @property
    def actions(self) -> tuple[Action, ...]:
        offered = self.OFFERED.get(self.values[self.states])
        return tuple(action for action in super().actions if offered is None or action.name in offered)

    @property
    def is_filtered(self) -> bool:
        return any(name != SORT for name in self.state)

    @property
    def is_to_process(self) -> bool:
        return self.values[self.states] == TO_PROCESS
