"""The grid of one company, by the button « paramètres » of its GED (S3-07): the firm's rows, its exceptions, and the
folders that it has of its own."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from documents.folders import cells
from documents.folders import grid as grids
from documents.folders.forms import GridForm, keys
from documents.folders.views import grid_page, saved
from documents.models import Audience

TEMPLATE = "documents/company_grid.html"


@require_safe
def company_grid(request, code):
    """The tab of the clients' folders comes first: it is the company's GED."""
    return grid_page(request, grids.company_grid(request.user, code, Audience.CLIENTS), TEMPLATE)


@require_http_methods(["GET", "HEAD", "POST"])
def company_audience(request, code, audience):
    grid = grids.company_grid(request.user, code, audience)
    if request.method != "POST":
        return grid_page(request, grid, TEMPLATE)
    if not grid.may_act:
        raise Http404
    form = GridForm(grid, request.POST)
    if form.errors:
        return grid_page(request, grid, TEMPLATE, form)
    for folder in grid.folders.filter(company=None, pk__in=keys(request.POST, "rendre")):
        if cells.like_the_firm(folder, grid.company, by=request.user):
            said = _("« %(label)s » est de nouveau comme le cabinet, sur le portail après « Synchroniser ».")
            messages.success(request, said % {"label": folder})
        return redirect(f"{grid.url}#r{folder.pk}")
    return saved(request, grid, form)
