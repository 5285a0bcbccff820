"""What happened is written, not gathered: every story records one row in its own transaction."""

from django.db import models
from django.http import HttpRequest

from portal.machines import is_machine
from portal.models import Company, Firm, HistoryEntry, Journal, User


def record(
    about: models.Model,
    verb: str,
    text: str,
    *,
    company: Company | None = None,
    firm: Firm | None = None,
    by: User | None = None,
    reason: str = "",
    internal: bool = False,
    journal: Journal = Journal.NONE,
    ip: str | None = None,
) -> HistoryEntry:
    """Write that `verb` happened to `about`; `by` is None when the portal itself did it. `internal` hides it from clients.

    `journal` shows it in that journal of the firm too; `ip` is where the request came from.
    """
    return HistoryEntry.objects.create(
        about=about,
        verb=verb,
        text=str(text)[:500],
        reason=str(reason)[:500],
        company=company,
        firm=firm or (company.firm if company else None),
        by=by,
        is_internal=internal,
        journal=journal,
        ip=ip,
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
