from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal import failures
from portal.models import FailedTask

LISTED = 50


@require_safe
def tasks(request):
    if request.user.staff is None:
        raise Http404
    found = (
        FailedTask.objects.visible_to(request.user)
        .select_related("company", "closed_by")
        .prefetch_related("about")
    )
    context = {"open_tasks": found.open()[:LISTED], "closed_tasks": found.closed()[:LISTED]}
    return render(request, "portal/tasks.html", context)


@require_POST
def task_retry(request, task_id):
    task = get_object_or_404(FailedTask.objects.visible_to(request.user), pk=task_id)
    if task.about and failures.retry(task.about, by=request.user):
        messages.success(request, _("La tâche est relancée."))
    elif not FailedTask.objects.open().filter(pk=task_id).exists():
        messages.info(request, _("Cette tâche a déjà été traitée."))
    return redirect("portal:tasks")


@require_POST
def task_done(request, task_id):
    task = get_object_or_404(FailedTask.objects.visible_to(request.user), pk=task_id)
    if failures.done(task, by=request.user):
        messages.success(request, _("La tâche est close."))
    return redirect("portal:tasks")
