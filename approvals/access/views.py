"""The grid « Droit(s) d’accès au portail »: of the firm under « Paramètres », of a company in its menu (S3-23)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.access import bulk, letters, plan
from approvals.access.grid import Grid, People, acting_grid, read_grid
from approvals.access.lists import AccessList, EmployeeAccessList, rows_of
from approvals.access.saving import save
from portal.firm_settings import stories as settings_of_firm
from portal.firm_settings.views import own_firm


@require_safe
def accesses(request):
    return firm_grid(request, People.CLIENTS)


@require_safe
def employee_accesses(request):
    return firm_grid(request, People.EMPLOYEES)


@require_safe
def company_accesses(request, code):
    return company_grid(request, read_grid(request.user, People.CLIENTS, code))


@require_safe
def company_employee_accesses(request, code):
    return company_grid(request, read_grid(request.user, People.EMPLOYEES, code))


def firm_grid(request, people):
    grid = acting_grid(request.user, people)
    page = listed(request, grid)
    if page.export:
        return page.export_response(f"acces-{people.value}")
    return render(request, "approvals/accesses.html", shown(grid, page))


def company_grid(request, grid):
    page = listed(request, grid)
    if page.export:
        return page.export_response(f"acces-{grid.company.code}-{grid.people.value}")
    return render(request, "approvals/company_accesses.html", shown(grid, page))


def listed(request, grid: Grid) -> AccessList:
    of_people = AccessList if grid.people == People.CLIENTS else EmployeeAccessList
    page = of_people(request, grid.accesses(), may_act=grid.may_act)
    page.path = grid.url  # also where a gesture, which has a path of its own, reads what is shown
    return page


def shown(grid: Grid, page: AccessList) -> dict:
    return {
        "grid": grid,
        "company": grid.company,
        "page": page,
        "rows": rows_of(page.rows),
    }


@require_POST
def access_save(request, people, code=None):
    """« Enregistrer »: the ticks of the rows shown, as far as the person has changed them."""
    grid = acting_grid(request.user, people, code)
    count, refused = save(grid, request.POST)
    for why in refused:
        messages.error(request, why)
    if count:
        text = ngettext("%(count)s accès est enregistré.", "%(count)s accès sont enregistrés.", count)
        messages.success(request, text % {"count": count})
    elif not refused:
        messages.info(request, _("Aucune case n’a changé."))
    return redirect(back(request, grid))


@require_POST
def access_selection(request, people, code=None):
    """A gesture on the rows ticked: at once for a few; more of them, and all letters, are a worker's."""
    grid = acting_grid(request.user, people, code)
    page = listed(request, grid)
    chosen = page.chosen if page.action else []
    if not chosen:
        messages.info(request, _("Aucun accès n’était coché."))
        return redirect(back(request, grid))
    if page.action.name == "mdp":
        return redirect(letters.ask(grid, chosen))
    return carried_out(request, grid, page.action.name, chosen)


def carried_out(request, grid, gesture, chosen):
    if len(chosen) > bulk.AT_ONCE:
        return redirect(bulk.ask(grid, gesture, chosen))
    report = bulk.carry_out(gesture, grid.accesses().filter(pk__in=chosen), by=request.user)
    for line in report:
        messages.warning(request, line)
    messages.success(request, bulk.said(gesture, len(chosen) - len(report)))
    return redirect(back(request, grid))


@require_http_methods(["GET", "HEAD", "POST"])
def access_publish(request, people, code=None):
    """« Synchroniser »: says first how many accesses open and close, and how many persons are written to (D-41)."""
    grid = acting_grid(request.user, people, code)
    if request.method == "POST":
        return carried_out(request, grid, "synchroniser", plan.chosen(grid))
    context = {"grid": grid, "company": grid.company, "plan": plan.plan_of(grid)}
    return render(request, "approvals/access_publish.html", context)


class SettingForm(forms.Form):
    publishes_by_itself = forms.BooleanField(required=False)


@require_POST
def access_setting(request):
    """« Synchronisation automatique », for firm administrators."""
    if not request.user.is_firm_admin:
        raise Http404
    form, firm = SettingForm(request.POST), own_firm(request)
    wanted = form.is_valid() and form.cleaned_data["publishes_by_itself"]
    if wanted != firm.publishes_by_itself:
        firm.publishes_by_itself = wanted
        settings_of_firm.change(firm, ["publishes_by_itself"], by=request.user)
    on = _("Les accès et les nouveaux documents sont publiés aussitôt.")
    off = _("Les accès et les nouveaux documents attendent « Synchroniser ».")
    messages.success(request, on if wanted else off)
    return redirect(back(request, Grid(request.user, People.CLIENTS)))


def back(request, grid: Grid) -> str:
    """Where the person came from, within the portal; else the grid."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, None) else grid.url
