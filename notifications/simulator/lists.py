"""The simulator as a list: companies, each with the lines that the filters keep."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailing.kinds import MailKind
from mailing.sending.cascade import Branch, Step
from notifications.simulator.outcomes import Line, Simulation
from portal.listing import Column, Filter, Listing, Order
from portal.listing.filters import YES, Chip, Input
from portal.models import Company

TRY, CHANGES = "essai", "changements"


class LineFilter(Filter):
    """Keeps lines of companies; a company without a line left is not shown. The list asks all of them of one line."""

    def keeps(self, value: str, line: Line) -> bool:
        raise NotImplementedError

    def condition(self, value: str, queryset: QuerySet) -> Q:
        return Q()


class LineChip(LineFilter):
    """One chip, on or off."""

    def __init__(self, param: str, label: Any, keeps):
        super().__init__(param, label)
        self.keeps_line = keeps

    def read(self, data: QueryDict) -> str | None:
        return YES if data.get(self.param) == YES else None

    def keeps(self, value: str, line: Line) -> bool:
        return self.keeps_line(line)

    def chips(self, value: str | None, page: Listing) -> list[Chip]:
        return [Chip(self.label, page.url(**self.params(None if value else YES)), bool(value))]


class LineMenu(LineFilter):
    """One of several values, as a menu."""

    def __init__(self, param: str, label: Any, choices: Iterable[tuple[str, Any]], every: Any):
        super().__init__(param, label)
        self.choices, self.every = tuple(choices), every

    def read(self, data: QueryDict) -> str | None:
        value = data.get(self.param, "")
        return value if value in dict(self.choices) else None

    def inputs(self, value: str | None) -> list[Input]:
        return [Input(self.param, self.label, value or "", (("", self.every), *self.choices))]


class BranchMenu(LineMenu):
    def keeps(self, value: str, line: Line) -> bool:
        return line.outcome.sender.branch == value


class KindMenu(LineMenu):
    def keeps(self, value: str, line: Line) -> bool:
        return value in line.kinds


@dataclass(frozen=True)
class Told:
    """A line of a company, for an export."""

    company: Company
    line: Line

    @property
    def path(self) -> str:
        return path_of(self.line.outcome.sender.steps)

    @property
    def received_path(self) -> str:
        return path_of(self.line.outcome.received.steps)

    @property
    def before(self) -> str:
        if self.line.before is None:
            return ""
        words = {"sender": self.line.before.sender.address, "to": self.line.before.received.text}
        return _("de %(sender)s à %(to)s") % words


def path_of(steps: Iterable[Step]) -> str:
    return " → ".join(f"{step.label} : {step.why}" for step in steps if step.turn != "left")


class SimulatorList(Listing):
    """`tried` is the try as the URL carries it, "" without one."""

    search = ("code", "name", "manager__user__name", "group__name")
    filters = (
        LineChip("erreurs", gettext_lazy("Erreurs"), lambda line: bool(line.outcome.error)),
        LineChip(CHANGES, gettext_lazy("Ce qui changerait"), lambda line: line.before is not None),
        BranchMenu("branche", gettext_lazy("Expéditeur"), Branch.choices[1:], gettext_lazy("Tous")),
        KindMenu("type", gettext_lazy("Type"), MailKind.choices, gettext_lazy("Tous")),
    )
    orders = {"code": Order("code_length", "code"), "nom": Order("name")}
    columns = (
        Column(gettext_lazy("Code"), "company__code"),
        Column(gettext_lazy("Entreprise"), "company__name"),
        Column(gettext_lazy("Mails"), "line__title"),
        Column(gettext_lazy("Expéditeur"), "line__outcome__sender__address"),
        Column(gettext_lazy("Nom affiché"), "line__outcome__sender__name"),
        Column(gettext_lazy("Répondre à"), "line__outcome__sender__reply_to"),
        Column(gettext_lazy("Pourquoi cette adresse"), "path"),
        Column(gettext_lazy("Destinataire"), "line__outcome__received__text"),
        Column(gettext_lazy("Pourquoi ce destinataire"), "received_path"),
        Column(gettext_lazy("Erreur"), "line__outcome__error"),
        Column(gettext_lazy("Aujourd’hui"), "before"),
    )
    exports = ("csv", "xlsx")
    page_size = 10
    anchor = "#simulateur"
    nothing_found, show_all = gettext_lazy("Aucun mail ne correspond"), gettext_lazy("Toutes les entreprises")

    def __init__(self, request: HttpRequest, queryset: QuerySet, simulation: Simulation, tried: str):
        super().__init__(request, queryset)
        self.tried = tried
        self.carried = {TRY: tried} if tried else {}
        known = {bound.param: value for bound, value in self.values.items()}
        self.simulation = simulation.only(known["type"])
        if not tried:
            self.values = {bound: value for bound, value in self.values.items() if bound.param != CHANGES}

    def kept(self, lines: list[Line]) -> list[Line]:
        """The lines that all filters keep."""
        asked = [(bound, value) for bound, value in self.values.items() if value is not None]
        return [line for line in lines if all(bound.keeps(value, line) for bound, value in asked)]

    def found_but_for(self, left_out: Filter | None) -> QuerySet:
        found = super().found_but_for(left_out)
        if all(value is None for value in self.values.values()):
            return found
        simulation = self.simulation
        keys = [key for key in simulation.pairs if self.kept(simulation.lines(key))]
        return found.filter(simulation.companies_with(keys))

    @property
    def shown(self) -> list[tuple[Company, list[Line]]]:
        """The companies of the page with their lines."""
        return [(company, self.kept(self.simulation.lines_of(company))) for company in self.rows]

    def exported(self, row: Company) -> Iterable[Told]:
        return (Told(row, line) for line in self.kept(self.simulation.lines_of(row)))
