"""« Paramètres internet », tab « Portail » (S3-06): accesses and GED synchronised together, and the automatic mode."""

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from approvals.access import bulk
from approvals.access import plan as of_accesses
from approvals.access.grid import Grid, People
from documents.publication import plan as of_documents
from documents.publication.synchronising import Done, synchronise
from documents.publication.views import FirstForm, without_job
from portal.models import Firm, Job, User


@require_http_methods(["GET", "HEAD", "POST"])
def internet_portal(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = FirstForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked, done = synchronise_all(request.user, tells_first=form.cleaned_data["tells_first"])
        if not asked:
            messages.info(request, without_job(done))
            return redirect("approvals:internet_portal")
        return redirect(asked[0] if len(asked) == 1 else "portal:jobs")
    clients, employees = grids(request.user)
    context = {
        "form": form,
        "accesses": of_accesses.plan_of(clients) + of_accesses.plan_of(employees),
        "plan": of_documents.plan_of(of_documents.facts_of(of_documents.Scope(request.user.firm))),
    }
    return render(request, "approvals/internet_portal.html", context)


def grids(user: User) -> list[Grid]:
    return [Grid(user, people) for people in People]


@transaction.atomic
def synchronise_all(user: User, *, tells_first: bool) -> tuple[list[Job], Done]:
    """All that waits in the firm, as long work; what was asked, and what came of the documents at once."""
    both = grids(user)
    firm = both[0].firm
    Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)  # pressed twice: one after the other
    jobs, running = [], False
    for grid in both:
        begun = items_of_running(grid)
        left = [pk for pk in of_accesses.chosen(grid) if pk not in begun]
        running = running or bool(begun)
        if left:
            jobs.append(bulk.ask(grid, "synchroniser", left))
    done = synchronise(of_documents.Scope(firm), by=user, tells_first=tells_first)
    if done.job:
        jobs.append(done.job)
    return jobs, replace(done, is_running=running or done.is_running)


def items_of_running(grid: Grid) -> set[int]:
    """The accesses that work which goes on is about to publish."""
    running = Job.objects.filter(firm=grid.firm, kind=bulk.ACCESSES.kind, status__in=Job.WAITING)
    return {
        pk
        for job in running
        if (job.asked["gesture"], job.asked["people"]) == ("synchroniser", grid.people.value)
        for pk in job.asked["items"][job.done :]
    }
