"""« Comparer avec le portail » on a folder of a company, or of one of its salariés, for staff."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from documents.models import Audience, Folder
from documents.publication.compare import CompareList, compared, readers_of, rows_of
from portal.scoping import staffed_company

READER = "lecteur"


@require_safe
def compare(request, code, folder_id):
    company = staffed_company(request.user, code)
    folder = folder_in(company, folder_id, is_of_employees=False)
    return shown(request, "documents/compare.html", company, None, folder)


@require_safe
def employee_compare(request, code, matricule, folder_id):
    company = staffed_company(request.user, code)
    employee = get_object_or_404(company.employees.select_related("user"), matricule=matricule)
    folder = folder_in(company, folder_id, is_of_employees=True)
    return shown(request, "documents/employee_compare.html", company, employee, folder)


def folder_in(company, folder_id, *, is_of_employees: bool) -> Folder:
    folders = Folder.objects.filter(Q(company=None) | Q(company=company), firm=company.firm_id)
    is_theirs = Q(audience=Audience.EMPLOYEES)
    return get_object_or_404(folders.filter(is_theirs if is_of_employees else ~is_theirs), pk=folder_id)


def shown(request, template, company, employee, folder):
    """`?lecteur=` says as whom; whoever may not be one is nobody, and the first one is."""
    readers = {str(reader.pk): reader for reader in readers_of(company, employee)}
    asked = request.GET.get(READER, "")
    reader = readers.get(asked) or next(iter(readers.values()), None)
    page = CompareList(request, compared(folder, company, employee, reader))
    if asked in readers:
        page.carried = {READER: asked}
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
    }
    return render(request, template, context)
