from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal import failures, undo
from portal.failures import owners
from portal.failures.forms import ColleagueForm
from portal.failures.lists import DONE, HAND, LEAVE, REOPEN, RETRY, TAKE, TaskList
from portal.listing.selection import FIELD, GESTURE
from portal.models import FailedTask
from portal.returning import back

TOLD = "suite"  # the post of the form that asks to whom
SEEN = "vu"  # « task:owner », as the form showed them


@require_safe
def tasks(request):
    if request.user.staff is None:
        raise Http404
    page = TaskList(request)
    if page.export:
        return page.export_response("taches")
    return render(request, "portal/tasks.html", {"page": page, "me": request.user})


@require_POST
def task_retry(request, task_id):
    return retry(request, [seen_task(request, task_id)])


@require_POST
def task_done(request, task_id):
    return done(request, [seen_task(request, task_id)])


@require_POST
def tasks_selection(request):
    """A gesture on the tasks that are ticked, or on the one whose row has the button."""
    if request.user.staff is None:
        raise Http404
    gesture = DOES.get(request.POST.get(GESTURE, ""))
    chosen = list(TaskList(request).selected.order_by("opened_at", "pk")) if gesture else []
    if not chosen:
        messages.info(request, _("Aucune tâche n’a été choisie."))
        return redirect(back(request, reverse("portal:tasks")))
    return gesture(request, chosen)


def retry(request, chosen):
    count = sum(failures.retry_task(task, by=request.user) for task in chosen)
    if count:
        text = ngettext("La tâche est relancée.", "%(count)s tâches sont relancées.", count)
        messages.success(request, text % {"count": count})
    return redirect(back(request, reverse("portal:tasks")))


def take(request, chosen):
    taken = [task for task in chosen if owners.take(task, by=request.user)]
    text = ngettext("Vous vous occupez de cette tâche.", "Vous vous occupez de %(count)s tâches.", len(taken))
    offer_back(request, taken, text, LEAVE)
    return redirect(back(request, reverse("portal:tasks")))


def leave(request, chosen):
    left = [task for task in chosen if owners.leave(task, by=request.user)]
    text = ngettext(
        "Vous ne vous occupez plus de cette tâche.",
        "Vous ne vous occupez plus de %(count)s tâches.",
        len(left),
    )
    offer_back(request, left, text, TAKE)
    return redirect(back(request, reverse("portal:tasks")))


def done(request, chosen):
    closed = [task for task in chosen if failures.done(task, by=request.user)]
    text = ngettext("La tâche est close.", "%(count)s tâches sont closes.", len(closed))
    offer_back(request, closed, text, REOPEN)
    return redirect(back(request, reverse("portal:tasks")))


def reopen(request, chosen):
    opened = [task for task in chosen if failures.reopen(task, by=request.user)]
    text = ngettext(
        "La tâche est de nouveau à traiter.", "%(count)s tâches sont de nouveau à traiter.", len(opened)
    )
    offer_back(request, opened, text, DONE)
    return redirect(back(request, reverse("portal:tasks")))


def hand(request, chosen):
    """To whom? The form comes back to the same door, with the owners that it showed."""
    staff = owners.colleagues(chosen, request.user.firm_id)
    form = ColleagueForm(request.POST if TOLD in request.POST else None, staff)
    if not form.is_valid():
        context = {"chosen": chosen, "form": form, "next": back(request, reverse("portal:tasks"))}
        return render(request, "portal/tasks_hand.html", context)
    seen = owners_seen(request, chosen)
    handed = sum(owners.hand(task, form.person, seen=seen[task.pk], by=request.user) for task in chosen)
    if handed:
        text = ngettext("%(name)s s’occupe de cette tâche.", "%(name)s s’occupe de %(count)s tâches.", handed)
        messages.success(request, text % {"name": form.person, "count": handed})
    return redirect(back(request, reverse("portal:tasks")))


def owners_seen(request, chosen) -> dict[int, int | None]:
    """Who looked after each task when the form was shown; what the form does not say is as it is now."""
    seen = {task.pk: task.owner_id for task in chosen}
    known = {str(pk): pk for pk in seen}
    for text in request.POST.getlist(SEEN):
        task, _colon, owner = text.partition(":")
        if task in known and len(owner) < 19 and (not owner or (owner.isascii() and owner.isdecimal())):
            seen[known[task]] = int(owner) if owner else None
    return seen


def offer_back(request, changed, text: str, gesture) -> None:
    """Say `text` of the tasks that were changed, with the gesture that takes it back; nothing where none was."""
    if changed:
        keys = [(FIELD, task.pk) for task in changed]
        fields = [(GESTURE, gesture.name), ("next", back(request, reverse("portal:tasks"))), *keys]
        undo.offer(request, text % {"count": len(changed)}, reverse("portal:tasks_selection"), fields)


def seen_task(request, task_id) -> FailedTask:
    tasks = FailedTask.objects.visible_to(request.user).select_related("company", "firm")
    return get_object_or_404(tasks, pk=task_id)


DOES = {
    RETRY.name: retry,
    TAKE.name: take,
    LEAVE.name: leave,
    HAND.name: hand,
    DONE.name: done,
    REOPEN.name: reopen,
}
