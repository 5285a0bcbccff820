"""What happened is written, not gathered: every story records one row in its own transaction."""

from collections.abc import Iterable
from typing import TypedDict, Unpack

from django.db import models
from django.http import HttpRequest

from portal.machines import is_machine
from portal.models import Company, Firm, HistoryEntry, Journal, User
from portal.statements import insert


class Details(TypedDict, total=False):
    """What else an entry says.

    `by` is left out where the portal itself did it; `internal` hides it from clients; `journal` shows it in that journal
    of the firm too; `ip` is where the request came from.
    """

    company: Company | None
    firm: Firm | None
    by: User | None
    reason: str
    internal: bool
    journal: Journal
    ip: str | None


def record(about: models.Model, verb: str, text: str, **details: Unpack[Details]) -> HistoryEntry:
    """Write that `verb` happened to `about`, in the transaction of the story."""
    return insert(entry(about, verb, text, **details))


def record_all(entries: Iterable[HistoryEntry]) -> None:
    """The same for many, each made by `entry`."""
    HistoryEntry.objects.bulk_create(entries)


def entry(about: models.Model, verb: str, text: str, **details: Unpack[Details]) -> HistoryEntry:
    """A row as `record` writes it, not written yet."""
    company = details.get("company")
    return HistoryEntry(
        about=about,
        verb=verb,
        text=str(text)[:500],
        reason=str(details.get("reason", ""))[:500],
        company=company,
        firm=details.get("firm") or (company.firm if company else None),
        by=details.get("by"),
        is_internal=details.get("internal", False),
        journal=details.get("journal", Journal.NONE),
        ip=details.get("ip"),
    )


def seen(request: HttpRequest) -> bool:
    """May what this request is given be held for seen by a person? Never by HEAD, nor by a machine (design.md, « GET »),
    nor by staff who look at the portal as a client (D-08).

    The only leave to append a fact on GET. Whoever has it writes the fact; without it nothing may say that somebody
    saw something.
    """
    return request.method == "GET" and not is_visit(request) and not is_machine(request)


def is_visit(request: HttpRequest) -> bool:
    """Do staff look at the portal as one of its people meanwhile (D-08)? Nothing of that is a fact about anybody."""
    return getattr(request, "viewing", None) is not None
