"""The sessions of a person: where they are logged in, and how they end."""

from collections.abc import Sequence

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.login import events, journal
from portal.login.whence import Whence, browser_of
from portal.models import User


def open_sessions(user: User) -> QuerySet[UserSession]:
    """The sessions of `user` that still run, the latest first; read without a write, unlike allauth's own list."""
    running = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=running).order_by("-created_at", "-pk")


@transaction.atomic
def end(user: User, sessions: Sequence[UserSession], whence: Whence) -> int:
    """End `sessions`, which are the person's own, and write it down; how many there were. Nothing for none."""
    if not sessions:
        return 0
    close(sessions)
    if len(sessions) == 1:
        text = _("%(name)s ferme une autre session (%(browser)s)") % {
            "name": user,
            "browser": browser_of(sessions[0].user_agent),
        }
    else:
        text = ngettext(
            "%(name)s ferme une autre session", "%(name)s ferme %(count)s autres sessions", len(sessions)
        ) % {"name": user, "count": len(sessions)}
    journal.write(user, events.SESSIONS_ENDED, text, by=user, whence=whence)
    return len(sessions)


def close(sessions: Sequence[UserSession]) -> None:
    for session in sessions:
        session.end()
