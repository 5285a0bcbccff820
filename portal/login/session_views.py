"""« Sécurité », the sessions: where the person is logged in; one of them ended, or all the others."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.login import sessions as stories
from portal.login.whence import Whence, browser_of


@require_safe
def sessions(request):
    """Few rows, and one's own: no search, no pages."""
    key = request.session.session_key
    lines = [
        {"session": row, "browser": browser_of(row.user_agent), "is_current": row.session_key == key}
        for row in stories.open_sessions(request.user)
    ]
    others = sum(not line["is_current"] for line in lines)
    return render(request, "portal/sessions.html", {"lines": lines, "others": others})


@require_POST
def session_end(request, session_id):
    others = stories.open_sessions(request.user).exclude(session_key=request.session.session_key)
    stories.end(request.user, [get_object_or_404(others, pk=session_id)], Whence.of(request))
    messages.success(request, _("La session est fermée."))
    return redirect("portal:sessions")


@require_POST
def sessions_end(request):
    others = stories.open_sessions(request.user).exclude(session_key=request.session.session_key)
    if count := stories.end(request.user, list(others), Whence.of(request)):
        said = ngettext("Une autre session est fermée.", "%(count)s autres sessions sont fermées.", count)
        messages.success(request, said % {"count": count})
    return redirect("portal:sessions")
