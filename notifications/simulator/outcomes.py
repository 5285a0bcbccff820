"""What would happen to each kind of mail, company by company: the cascade asked in advance, for real or for a try.

Companies with the same gestionnaire and the same groupe have the same outcomes: the cascade is asked once a pair, and a
page of companies, a filter over five thousand of them and an export all read the same few answers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from mailing.kinds import AUTOMATIC, Audience, Chain, MailKind
from mailing.sending import preflight
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
from notifications.automatic.settings import Settings, Team, chosen_by
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
        return replace(facts_of(self.firm), unprepared=preflight.unprepared(self.firm))

    def outcomes(self, kinds: Iterable[MailKind], pair: Pair) -> dict[MailKind, Outcome]:
        """The outcome of each of `kinds` for companies with `pair`; kinds with one chain have one sender."""
        facts = pair.facts(self.facts)
        senders: dict[Chain, Choice] = {}
        found = {}
        for kind in kinds:
            sender = senders.get(kind.chain) or senders.setdefault(kind.chain, choose(kind, facts))
            found[kind] = Outcome(sender, self.received(kind, facts))
        return found

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
        self._lines: dict[PairKey, list[Line]] = {}

    def only(self, kind: str | None) -> "Simulation":
        """The same for one kind of mail; for all where it is None."""
        narrowed = Simulation(self.pairs.values(), self.setup, self.tried)
        narrowed.kinds = (MailKind(kind),) if kind else self.kinds
        return narrowed

    def lines(self, key: PairKey) -> list[Line]:
        """What happens to the mails of companies with the pair `key`; the cascade is asked when it is first wanted."""
        if key not in self._lines:
            self._lines[key] = list(self._lines_of(self.pairs[key])) if key in self.pairs else []
        return self._lines[key]

    def lines_of(self, company: Company) -> list[Line]:
        return self.lines((company.manager_id, company.group_id))

    def _lines_of(self, pair: Pair) -> Iterator[Line]:
        now = self.setup.outcomes(self.kinds, pair)
        then = self.tried.outcomes(self.kinds, pair) if self.tried else now
        found: dict[tuple[Outcome, Outcome | None], list[MailKind]] = {}
        for kind in self.kinds:
            before = now[kind] if then[kind] != now[kind] else None
            found.setdefault((then[kind], before), []).append(kind)
        for (outcome, before), kinds in found.items():
            yield Line(tuple(kinds), outcome, before)

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
