"""« Comparer avec le portail » on a folder of a company, or of one of its salariés, for staff."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents.models import Audience, Folder
from documents.publication.compare import CompareList, compared, readers_of, rows_of
from documents.publication.resending import resend
from notifications.history.gestures import say_resent
from notifications.history.views import FORCED
from portal.returning import back
from portal.scoping import staffed_company

READER = "lecteur"


@require_safe
def compare(request, code, folder_id):
    return shown(request, "documents/compare.html", *place_of(request, code, None, folder_id))


@require_safe
def employee_compare(request, code, matricule, folder_id):
    return shown(request, "documents/employee_compare.html", *place_of(request, code, matricule, folder_id))


@require_POST
def compare_resend(request, code, folder_id, matricule=None):
    """« Renvoyer » the notifications of the documents that are ticked (S3-39)."""
    company, employee, folder = place_of(request, code, matricule, folder_id)
    page, _readers, _reader = compared_page(request, company, employee, folder)
    chosen = list(page.selected) if page.action else []
    if chosen:
        done = resend(chosen, by=request.user, is_forced=FORCED in request.POST)
        say_resent(request, done, leaves_now=company.firm.publishes_by_itself)
    else:
        messages.info(request, _("Aucun document n’a été choisi."))
    return redirect(back(request, address("compare", company, employee, folder)))


def place_of(request, code, matricule, folder_id):
    company = staffed_company(request.user, code)
    if matricule is None:
        return company, None, folder_in(company, folder_id, is_of_employees=False)
    employee = get_object_or_404(company.employees.select_related("user"), matricule=matricule)
    return company, employee, folder_in(company, folder_id, is_of_employees=True)


def address(door, company, employee, folder) -> str:
    if employee:
        return reverse(f"documents:employee_{door}", args=[company.code, employee.matricule, folder.pk])
    return reverse(f"documents:{door}", args=[company.code, folder.pk])


def folder_in(company, folder_id, *, is_of_employees: bool) -> Folder:
    folders = Folder.objects.filter(Q(company=None) | Q(company=company), firm=company.firm_id)
    is_theirs = Q(audience=Audience.EMPLOYEES)
    return get_object_or_404(folders.filter(is_theirs if is_of_employees else ~is_theirs), pk=folder_id)


def compared_page(request, company, employee, folder):
    """The list, for whom the portal may be looked at, and as whom it is; `?lecteur=` says so, and whoever may not be one is
    nobody: the first one is."""
    readers = {str(reader.pk): reader for reader in readers_of(company, employee)}
    asked = request.GET.get(READER, "")
    reader = readers.get(asked) or next(iter(readers.values()), None)
    page = CompareList(request, compared(folder, company, employee, reader))
    page.path = address("compare", company, employee, folder)
    if asked in readers:
        page.carried = {READER: asked}
    return page, readers, reader


def shown(request, template, company, employee, folder):
    page, readers, reader = compared_page(request, company, employee, folder)
    if page.export:
        return page.export_response(f"comparer-{company.code}-{folder.key}")
    context = {
        "company": company,
        "employee": employee,
        "folder": folder,
        "readers": readers,
        "reader": reader,
        "hidden": [(name, text) for name, text in page.state.items() if name != READER],
        "page": page,
        "rows": rows_of(page.rows),
        "resend_url": address("compare_resend", company, employee, folder),
    }
    return render(request, template, context)
