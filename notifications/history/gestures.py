"""What became of « Renvoyer » and « Annuler » on several notifications, with the reason of each that stays as it is."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailing.models import OutboxStatus
from notifications.models import Notification, NotificationStatus
from notifications.queue import stories
from notifications.queue.stories import Resent

MOST_REASONS = 5


def may_resend(row: Notification) -> bool:
    return not stories.why_not_resent(row, is_forced=True)


def may_cancel(row: Notification) -> bool:
    is_stoppable = row.mail is None or row.mail.status in (OutboxStatus.QUEUED, OutboxStatus.ERROR)
    return row.status == NotificationStatus.WAITING and is_stoppable


def say_resent(request: HttpRequest, done: Resent, *, leaves_now: bool) -> None:
    """In a firm that publishes by itself they leave now, else with « Synchroniser »."""
    if done.count:
        text = (
            ngettext("%(count)s notification part.", "%(count)s notifications partent.", done.count)
            if leaves_now
            else ngettext(
                "%(count)s notification partira avec « Synchroniser ».",
                "%(count)s notifications partiront avec « Synchroniser ».",
                done.count,
            )
        )
        messages.success(request, text % {"count": done.count})
    if done.held:
        text = ngettext(
            "%(count)s notification ne part pas – %(why)s.",
            "%(count)s notifications ne partent pas – %(why)s.",
            len(done.held),
        )
        messages.warning(request, text % {"count": len(done.held), "why": listed(done.held)})
    elif not done.count:
        messages.info(request, _("Il n’y avait rien à renvoyer."))


def listed(reasons: Sequence[str]) -> str:
    """The first few, and how many others."""
    first, more = list(reasons[:MOST_REASONS]), len(reasons) - MOST_REASONS
    if more > 0:
        first.append(ngettext("et %(count)s autre", "et %(count)s autres", more) % {"count": more})
    return " ; ".join(first)


def cancel(request: HttpRequest, rows: Sequence[Notification]) -> None:
    """« Annuler » `rows`, and say what became of each."""
    found = {row.pk: NotificationStatus(row.status) for row in rows}
    done = stories.cancel(rows, by=request.user)
    if done:
        text = ngettext(
            "%(count)s notification est annulée : elle ne partira pas.",
            "%(count)s notifications sont annulées : elles ne partiront pas.",
            len(done),
        )
        messages.success(request, text % {"count": len(done)})
    keys = {row.pk for row in done}
    kept = [stories.said(row.title, why_not_cancelled(found[row.pk])) for row in rows if row.pk not in keys]
    if kept:
        text = ngettext(
            "%(count)s notification n’est pas annulée – %(why)s.",
            "%(count)s notifications ne sont pas annulées – %(why)s.",
            len(kept),
        )
        messages.info(request, text % {"count": len(kept), "why": listed(kept)})


def why_not_cancelled(status: NotificationStatus) -> str:
    return {
        NotificationStatus.SENT: _("elle est déjà partie"),
        NotificationStatus.CANCELLED: _("elle l’était déjà"),
        NotificationStatus.WAITING: _("son e-mail part, ou en annonce d’autres"),
    }[status]
