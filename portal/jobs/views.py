from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal import jobs
from portal.models import Job

LISTED = 50
STOP_POLLING = 286  # htmx: the fragment is taken in, and not asked for again


@require_safe
def index(request):
    """« Mes travaux »: what I asked for, the latest first."""
    return render(request, "portal/jobs.html", {"jobs": request.user.jobs.all()[:LISTED]})


@require_safe
def job(request, job_id):
    """How far a work is; the page asks for itself again until it is over."""
    found = get_object_or_404(Job.objects.filter(by=request.user), pk=job_id)
    if not request.htmx:
        return render(request, "portal/job.html", {"job": found})
    response: HttpResponse = render(request, "portal/_job.html", {"job": found})
    if found.is_over:
        response.status_code = STOP_POLLING
    return response


@require_POST
def job_stop(request, job_id):
    found = get_object_or_404(Job.objects.filter(by=request.user), pk=job_id)
    if jobs.stop(found):
        messages.success(request, _("Le travail est arrêté ; ce qui est fait reste fait."))
    else:
        messages.info(request, _("Ce travail était déjà terminé."))
    return redirect(found)
