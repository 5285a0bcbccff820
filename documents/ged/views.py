"""The GED of a company and of a salarié: folders at the left, documents beside; files laid there; its trash."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from documents.filing import trash as stories
from documents.filing.places import Place
from documents.ged.lists import EmployeeGedList, FolderList, GedTrashList
from documents.ged.places import (
    address,
    documents_of,
    is_staffed,
    seen_place,
    staffed_place,
    url_of,
)
from documents.ged.tree import tree_of
from documents.models import Document, Tag
from documents.publication.states import with_state
from documents.spaces import deposit
from documents.spaces.trash import say_restored
from portal.models import Company
from portal.returning import back
from portal.scoping import staffed_company


@require_safe
def ged(request, code):
    return ged_page(request, seen_place(request.user, code))


@require_safe
def folder(request, code, folder_id):
    return ged_page(request, seen_place(request.user, code, None, folder_id))


@require_safe
def employee_ged(request, code, matricule):
    return ged_page(request, seen_place(request.user, code, matricule))


@require_safe
def employee_folder(request, code, matricule, folder_id):
    return ged_page(request, seen_place(request.user, code, matricule, folder_id))


def ged_page(request, place):
    page = list_of(request, place)
    if page.export:
        return page.export_response(f"documents-{place.company.code}")
    context = {
        "company": place.company,
        "employee": place.employee,
        "folder": place.folder,
        "tree": tree_of(place, request.user),
        "page": page,
        "is_staffed": is_staffed(place),
        "selection_url": address("selection", place),
        "upload_url": address("upload", place) if place.folder and not place.folder.is_archived else "",
    }
    return render(request, "documents/ged.html", context)


def list_of(request, place: Place) -> FolderList:
    documents = with_state(documents_of(place, request.user)).annotate(sort_name=Lower("name"))
    linked = documents.select_related("file", "folder", "source__mail", "uploaded_by", "employee")
    tags = tags_of(place) if is_staffed(place) else ()
    return FolderList(
        request,
        linked.prefetch_related("tags"),
        tags,
        is_staffed=is_staffed(place),
        is_whole=place.folder is None,
        path=url_of(place),
    )


def tags_of(place: Place) -> QuerySet[Tag]:
    """The étiquettes that documents of this GED have: asked of each of the firm's, for documents are many more."""
    tagged = Document.tags.through.objects.filter(
        tag=OuterRef("pk"),
        document__company=place.company,
        document__employee=place.employee,
        document__folder__isnull=False,
        document__trashed_at=None,
    )
    return Tag.objects.filter(Exists(tagged), firm=place.company.firm_id)


@require_POST
def folder_upload(request, code, folder_id, matricule=None):
    place = staffed_place(request.user, code, matricule, folder_id)
    return deposit.answered(request, place)


@require_safe
def ged_trash(request, code):
    """« Corbeille »: one for the folders of a company and of its salariés."""
    company = staffed_company(request.user, code)
    context = {
        "company": company,
        "space_url": url_of(Place(None, company)),
        "page": trash_list(request, company),
    }
    return render(request, "documents/ged_trash.html", context)


def trash_list(request, company) -> GedTrashList:
    documents = company.documents.filter(folder__isnull=False) & Document.objects.in_trash_of(request.user)
    people = ("file", "trashed_by", "folder", "employee__user")
    return GedTrashList(request, documents.with_marks(request.user).select_related(*people))


@require_POST
def ged_restore_selection(request, code):
    company = staffed_company(request.user, code)
    chosen = trash_list(request, company).chosen.select_related("company", "firm", "folder")
    say_restored(request, stories.restore(chosen, by=request.user))
    return redirect(back(request, url_of(Place(None, company))))


@require_safe
def ged_employees(request, code):
    """The salariés with the number of documents that the person sees in the folders of each."""
    companies = Company.objects.showing_employees(request.user).with_marks(request.user)
    company = get_object_or_404(companies, code=code)
    filed = Q(documents__folder__isnull=False, documents__trashed_at=None)
    if not company.is_staffed:
        filed &= Q(documents__in=Document.objects.visible_to(request.user))
    employees = company.employees.select_related("user").annotate(filed=Count("documents", filter=filed))
    if not company.is_staffed:
        employees = employees.filter(is_archived=False)
    page = EmployeeGedList(request, employees)
    return render(request, "documents/ged_employees.html", {"company": company, "page": page})
