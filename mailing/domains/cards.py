"""A domain as people look at it: its state, and for each check what was found beside what is expected."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mailing.domains import links
from mailing.domains.expected import Record, merged_spf
from mailing.domains.stories import expected_for
from mailing.models import Answer, CheckKind, DomainCheck, DomainTurn, SendingDomain
from mailing.sending.preflight import Verdict, verdict_of


@dataclass(frozen=True)
class Line:
    """One check. `found` are records as they are, `wanted` those to publish; `good_at` the last time in order."""

    kind: CheckKind
    answer: Answer | None
    reason: str
    is_kept: bool
    good_at: datetime | None
    found: list[Record]
    wanted: list[Record]

    @property
    def is_known(self) -> bool:
        return self.answer in (Answer.YES, Answer.NO)

    @property
    def is_right(self) -> bool:
        return self.answer is Answer.YES


@dataclass(frozen=True)
class Card:
    domain: str
    addresses: list[str]
    row: SendingDomain | None
    verdict: Verdict
    lines: list[Line]

    @property
    def is_being_checked(self) -> bool:
        return self.row is not None and self.row.status == DomainTurn.WAITING

    @property
    def token(self) -> str:
        return links.token_of(self.row) if self.row else ""

    @property
    def link(self) -> str:
        return links.link_of(self.row) if self.row else ""

    @property
    def link_until(self) -> datetime | None:
        return links.good_until(self.row) if self.row else None


def card_of(domain: str, row: SendingDomain | None, addresses: Iterable[str], now: datetime) -> Card:
    checks = {check.kind: check for check in row.checks.all()} if row else {}
    wanted = expected_for(row or SendingDomain(domain=domain)).records
    lines = [line_of(kind, checks.get(kind), wanted, now) for kind in CheckKind]
    return Card(domain, list(addresses), row, verdict_of(row), lines)


def line_of(kind: CheckKind, check: DomainCheck | None, wanted: Iterable[Record], now: datetime) -> Line:
    found = [Record(kind, **record) for record in check.found] if check else []
    answer, reason = check.standing(now) if check else (None, "")
    return Line(
        kind,
        answer,
        reason,
        bool(check and check.answer == Answer.UNKNOWN and answer is not Answer.UNKNOWN),
        check.good_at if check else None,
        found,
        [beside(record, found) for record in wanted if record.kind == kind],
    )


def beside(wanted: Record, found: Iterable[Record]) -> Record:
    """The record to publish, given those that are there: an SPF record is completed, never doubled."""
    own = [record.value for record in found if (record.type, record.name) == ("TXT", wanted.name)]
    if wanted.kind == CheckKind.SPF and wanted.type == "TXT" and own:
        return replace(wanted, value=merged_spf(own[0], wanted.value))
    return wanted
