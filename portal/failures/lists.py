"""The worklist of failed tasks: what is to be done first, the oldest on top; what is closed, the latest."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from portal.listing import Action, ChoiceFilter, Column, Filter, Listing, Order, counts
from portal.listing.filters import Chip
from portal.listing.listing import SORT
from portal.models import FailedTask, User
from portal.models.failed_task import TaskStatus
from portal.portfolio.lists import company_filter

RETRY = Action("relancer", _("Relancer"), tone="primary")
TAKE = Action("prendre", _("Je m’en occupe"))
HAND = Action("confier", _("Confier à…"))
DONE = Action("clore", _("Clore"))
REOPEN = Action("rouvrir", _("Rouvrir"))
LEAVE = Action("laisser", _("Ne plus m’en occuper"))

MINE, NOBODY = "moi", "personne"


class StatusFilter(ChoiceFilter):
    """« À traiter » where the URL says nothing: a worklist shows what is to be done."""

    def read(self, data):
        return super().read(data) or TaskStatus.OPEN

    def params(self, value):
        return super().params(None if value == TaskStatus.OPEN else value)

    def chips(self, value, page):
        return super().chips(value, page)[1:]


class OwnerFilter(Filter):
    """« Les miennes » and « Sans personne », each on or off; one query. Who has left looks after nothing."""

    def __init__(self, me: User):
        super().__init__("qui")
        self.owners = {
            MINE: (_("Les miennes"), Q(owner=me)),
            NOBODY: (_("Sans personne"), Q(owner=None) | Q(owner__is_active=False)),
        }

    def read(self, data):
        value = data.get(self.param, "")
        return value if value in self.owners else None

    def condition(self, value, queryset):
        return self.owners[value][1]

    def chips(self, value, page):
        some = page.found_but_for(self).order_by().values("pk")[: counts.CEILING + 1]
        each = {name: Count("pk", filter=only) for name, (_label, only) in self.owners.items()}
        numbers = FailedTask.objects.filter(pk__in=some).order_by().aggregate(**each)
        return [
            Chip(
                label,
                page.url(**self.params(None if name == value else name)),
                name == value,
                counts.Count.of(numbers[name]),
            )
            for name, (label, _only) in self.owners.items()
        ]


SINCE = Column(_("Depuis"), "opened_at", order="age", css="tight")
WHAT = (
    Column(_("Tâche"), "title"),
    Column(_("Motif"), "reason", is_shown=False),
    Column(_("Code"), "company__code", is_shown=False),
    Column(_("Entreprise"), "company__name"),
)
OWNER = Column(_("Qui s’en occupe"), "owner__name")
STATUS = Column(_("Statut"), lambda task: task.badge.label)
GESTURES = Column(_("Gestes"), css="actions-cell", is_silent=True)


class TaskList(Listing):
    search = ("title", "reason", "company__code", "company__name", "owner__name")
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune tâche ne correspond"), _("Tout ce qui est à traiter")

    def __init__(self, request):
        status = StatusFilter(
            "statut",
            field="status",
            choices=TaskStatus,
            plurals={TaskStatus.RETRIED: _("Relancées"), TaskStatus.DONE: _("Traitées")},
        )
        self.filters = (status, OwnerFilter(request.user), company_filter(request))
        shown = status.read(request.GET)
        oldest, latest = Order("opened_at"), Order("-closed_at")
        if shown == TaskStatus.OPEN:
            self.orders = {"age": oldest}
            self.columns = (SINCE, *WHAT, OWNER, GESTURES)
            self.actions = (RETRY, TAKE, HAND, DONE)
        else:
            self.orders = {"fin": latest, "age": oldest}
            ended = Column(_("Clôture"), "closed_at", order="fin", css="tight")
            self.columns = (ended, SINCE, *WHAT, STATUS, Column(_("Par"), "closed_by__name"), GESTURES)
            self.actions = (REOPEN,) if shown == TaskStatus.DONE else ()
        tasks = FailedTask.objects.visible_to(request.user)
        linked = tasks.select_related("company", "firm", "owner", "closed_by")
        super().__init__(request, linked.prefetch_related("about"))
        self.status = shown

    @property
    def is_filtered(self) -> bool:
        """What is to be done, whole, is the list itself."""
        return self.status != TaskStatus.OPEN or bool(self.state.keys() - {SORT})
