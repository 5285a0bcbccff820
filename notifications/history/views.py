from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from notifications.history import gestures
from notifications.history.lists import CANCEL, RESEND, HistoryList
from notifications.history.shown import shown, with_all
from notifications.history.why import accesses_of, why_of
from notifications.models import Notification, NotificationStatus
from notifications.queue import stories
from portal.models import Company, HistoryEntry
from portal.returning import back
from portal.scoping import with_star

FORCED = "forcee"


@require_safe
def index(request):
    """« Historique des notifications » of the companies that one works on; of one, with its menu, by `?entreprise=`."""
    page = history_of(request)
    if page.export:
        return page.export_response("notifications")
    company = None
    if page.code:
        company = Company.objects.staffed_by(request.user).with_marks(request.user).get(code=page.code)
    context = {
        "page": page,
        "rows": shown(page.rows),
        "company": company,
        "publish_url": publish_url(request.user, company),
        "selection_url": reverse("notifications:selection"),
    }
    return render(request, "notifications/index.html", context)


def history_of(request) -> HistoryList:
    if request.user.staff is None:
        raise Http404
    return HistoryList(request, with_all(notifications_of(request.user)).prefetch_related("about"))


def notifications_of(user):
    return Notification.objects.visible_to(user)


def publish_url(user, company) -> str:
    """« Synchroniser » of what the list shows, where this person may."""
    if company:
        return reverse("documents:company_publish", args=[company.code])
    return reverse("documents:publish") if user.is_firm_admin else ""


@require_POST
def selection(request):
    page = history_of(request)
    rows = list(page.selected) if page.action else []
    if not rows:
        messages.info(request, _("Aucune notification n’a été choisie."))
    elif page.action == RESEND:
        resent(request, rows)
    elif page.action == CANCEL:
        gestures.cancel(request, rows)
    return redirect(back(request, reverse("notifications:index")))


@require_safe
def notification(request, notification_id):
    row = one(request, notification_id)
    told = shown([row])[0]
    context = {
        "told": told,
        "row": row,
        "company": with_star(request.user, row.company),
        "steps": steps_of(row),
        "why": why_of(told, request.user),
        "history": HistoryEntry.objects.of(row).select_related("by"),
        "accesses_url": accesses_of(row) if stories.is_of_an_access(row) else "",
        "may_resend": gestures.may_resend(row),
        "may_cancel": gestures.may_cancel(row),
    }
    return render(request, "notifications/notification.html", context)


def one(request, notification_id) -> Notification:
    return get_object_or_404(with_all(notifications_of(request.user)), pk=notification_id)


@require_POST
def resend(request, notification_id):
    row = one(request, notification_id)
    resent(request, [row])
    return redirect(back(request, row.get_absolute_url()))


@require_POST
def cancel(request, notification_id):
    row = one(request, notification_id)
    gestures.cancel(request, [row])
    return redirect(back(request, row.get_absolute_url()))


def resent(request, rows) -> None:
    done = stories.resend(rows, by=request.user, is_forced=FORCED in request.POST)
    gestures.say_resent(request, done, leaves_now=request.user.firm.publishes_by_itself)


@dataclass(frozen=True)
class Step:
    label: str
    at: datetime
    tone: str
    said: str = ""


def steps_of(row: Notification) -> list[Step]:
    """What happened to `row` and to its mail, the latest first."""
    steps, asked_at = [], row.created_at
    if row.mail:
        asked_at = min(asked_at, row.mail.created_at)  # that of an access is written first
        for event in row.mail.events.all():
            steps.append(
                Step(str(event.status.label), event.at, event.status.tone, event.get_nature_display())
            )
        steps.append(Step(_("E-mail écrit"), row.mail.created_at, "neutral", row.mail.subject))
    if row.cancelled_at:
        by = row.cancelled_by or _("le portail")
        tone = NotificationStatus.CANCELLED.tone
        steps.append(Step(_("Annulée"), row.cancelled_at, tone, _("par %(name)s") % {"name": by}))
    steps.append(Step(_("Demandée"), asked_at, "neutral"))
    return sorted(steps, key=lambda step: step.at, reverse=True)
