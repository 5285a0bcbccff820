"""The ZIP that a person had made: handed over to this person alone, for an hour."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from documents.ged import archives
from portal.files import serving
from portal.models import Job


@require_safe
def archive(request, job_id):
    return archive_page(request, own_job(request, job_id))


@require_safe
def archive_download(request, job_id):
    job = own_job(request, job_id)
    file = archives.file_of(job, request.user)
    if file is None:
        return archive_page(request, job)
    return serving.serve(request, file.key, name=job.asked["name"], content_type=file.type)


def own_job(request, job_id) -> Job:
    return get_object_or_404(request.user.jobs.filter(kind=archives.ARCHIVE.kind), pk=job_id)


def archive_page(request, job) -> HttpResponse:
    """410 once it is gone; as long as it is being made, where to look how far it is."""
    file = archives.file_of(job, request.user)
    context = {
        "job": job,
        "file": file,
        "until": job.ended_at and job.ended_at + archives.LASTS,
        "list_url": job.asked["list"],
    }
    is_gone = file is None and job.is_over
    return render(request, "documents/archive.html", context, status=410 if is_gone else 200)
