"""What happened is written, not gathered: every story records one row in its own transaction."""

from django.db import models

from portal.models import Company, Firm, HistoryEntry, User


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
) -> HistoryEntry:
    """Write that `verb` happened to `about`; `by` is None when the portal itself did it. `internal` hides it from clients."""
    return HistoryEntry.objects.create(
        about=about,
        verb=verb,
        text=str(text)[:500],
        reason=str(reason)[:500],
        company=company,
        firm=firm or (company.firm if company else None),
        by=by,
        is_internal=internal,
    )
