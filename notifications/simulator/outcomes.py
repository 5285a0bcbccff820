"""What would happen to each kind of mail, company by company: the cascade asked in advance, for real or for a try.

Companies with the same gestionnaire and the same groupe have the same outcomes: the cascade is asked once a pair, and a
page of companies, a filter over five thousand of them and an export all read the same few answers.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from mailing.kinds import AUTOMATIC, Audience, MailKind
from mailing.sending.cascade import (
    CASCADE,
    Branch,
    Choice,
    Facts,
    Recipients,
    Step,
    choose,
    recipients,
    standard,
)
from mailing.sending.facts import Pair, facts_of
from notifications.automatic import Settings, Team, chosen_by
from portal.models import Company, Firm

PairKey = tuple[int | None, int | None]  # gestionnaire, groupe


@dataclass(frozen=True)
class Received:
    """Who would receive a mail: people of the firm, or in words whoever it is about, and who reads along."""

    found: Recipients | None = None
    words: str = ""
    readers: str = ""

    @property
    def error(self) -> str:
        return self.found.error if self.found else ""

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.found.steps if self.found else ()

    @property
    def text(self) -> str:
        found = self.found.people if self.found else ()
        people = ", ".join(f"{person.name} <{person.email}>" for person in found)
        if people and self.words:
            people = _("en copie pour le suivi : %(people)s") % {"people": people}
        return " ; ".join(part for part in (self.words, people, self.readers) if part)


@dataclass(frozen=True)
class Outcome:
    """Who would send and who would receive, with the paths."""

    sender: Choice
    received: Received

    @property
    def error(self) -> str:
        return self.sender.error or self.received.error


@dataclass(frozen=True)
class Line:
    """Kinds of mail with the same outcome for a company; `before` is today's outcome where a try would change it."""

    kinds: tuple[MailKind, ...]
    outcome: Outcome
    before: Outcome | None = None

    @property
    def title(self) -> str:
        return ", ".join(str(kind.label) for kind in self.kinds)


@dataclass(frozen=True)
class Setup:
    """The settings that the outcomes depend on: the firm's addresses, and who receives the automatic mails."""

    firm: Firm
    automatic: Settings
    team: Team

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.firm)

    def outcome(self, kind: MailKind, facts: Facts) -> Outcome:
        return Outcome(choose(kind, facts), self.received(kind, facts))

    def received(self, kind: MailKind, facts: Facts) -> Received:
        chosen = chosen_by(self.automatic[kind], self.team) if kind in AUTOMATIC else None
        match kind.audience:
            case Audience.TEAM:
                return Received(recipients(facts, chosen))
            case Audience.APPROVERS:
                names = ", ".join(person.name for person in chosen or () if person.is_reached)
                return Received(
                    words=_("ceux qui décident de l’adresse"),
                    readers=_("en lecture : %(names)s") % {"names": names} if names else "",
                )
        if kind.is_followed_up:
            return Received(standard(facts), words=_("la personne concernée"))
        return Received(words=_("la personne concernée"))


class Simulation:
    """The outcomes of companies by their pairs; with `tried`, settings that are not saved, what they would change."""

    def __init__(self, pairs: Iterable[Pair], setup: Setup, tried: Setup | None):
        self.pairs: dict[PairKey, Pair] = {(pair.manager_id, pair.group_id): pair for pair in pairs}
        self.setup, self.tried = setup, tried
        self.kinds = tuple(MailKind)

    def only(self, kind: str | None) -> "Simulation":
        """The same for one kind of mail; for all where it is None."""
        narrowed = Simulation(self.pairs.values(), self.setup, self.tried)
        narrowed.kinds = (MailKind(kind),) if kind else self.kinds
        return narrowed

    @cached_property
    def lines(self) -> dict[PairKey, list[Line]]:
        return {key: self._lines(pair) for key, pair in self.pairs.items()}

    def _lines(self, pair: Pair) -> list[Line]:
        now = pair.facts(self.setup.facts)
        then = pair.facts(self.tried.facts) if self.tried else now
        found: dict[tuple, list[MailKind]] = {}
        for kind in self.kinds:
            outcome, before = self.setup.outcome(kind, now), None
            if self.tried and (tried := self.tried.outcome(kind, then)) != outcome:
                outcome, before = tried, outcome
            found.setdefault((outcome, before), []).append(kind)
        return [Line(tuple(kinds), *outcomes) for outcomes, kinds in found.items()]

    def lines_of(self, company: Company) -> list[Line]:
        return self.lines.get((company.manager_id, company.group_id), [])

    def companies_with(self, keys: Iterable[PairKey]) -> Q:
        """The companies with one of the pairs `keys`; one condition for each gestionnaire."""
        groups: dict[int | None, set[int | None]] = {}
        for manager, group in keys:
            groups.setdefault(manager, set()).add(group)
        condition = Q(pk__in=())
        for manager, found in groups.items():
            grouped = Q(group__in=found - {None})
            if None in found:
                grouped |= Q(group=None)
            condition |= Q(manager=manager) & grouped if manager else Q(manager=None) & grouped
        return condition

    def standard(self) -> list[tuple[str, int]]:
        """What « Standard » means now: of each branch its words and how many companies it serves, "" for nobody."""
        counts = Counter[Branch | None]()
        for pair in self.pairs.values():
            counts[standard(pair.facts(self.setup.facts)).branch] += pair.companies
        return [(str(branch.label), counts[branch]) for branch in CASCADE if counts[branch]] + (
            [("", counts[None])] if counts[None] else []
        )
