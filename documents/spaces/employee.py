"""The space of a salarié: the documents of each employment, the bulletins of all of them, Mes documents."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from documents.filing.options import addresses_of
from documents.models import Audience, Document, FolderKind
from documents.models.document import own
from documents.spaces import archive, shelves
from documents.spaces.news import with_news
from documents.spaces.places import place_of
from documents.spaces.published_lists import PayslipList, PublishedList
from documents.spaces.shelves import Shelf, Shelves, Totals
from portal.models import Employee

LATEST = 5
PAYSLIPS = Q(folder__top__kind=FolderKind.PAYSLIPS)


@dataclass(frozen=True)
class Employment:
    """One employment of the person, with its folders."""

    employee: Employee
    shelves: Shelves

    @property
    def others(self) -> list[Shelf]:
        return self.shelves.others(FolderKind.PAYSLIPS)


@require_safe
def employee_space(request):
    user = request.user
    employments = [
        Employment(employee, shelves.of_employment(employee, published(user, employee=employee)))
        for employee in own_employments(user)
    ]
    payslips = [employment.shelves.of_kind(FolderKind.PAYSLIPS) for employment in employments]
    is_viewed = user.viewed_in is not None
    context = {
        "employments": employments,
        "payslips": Totals(sum(each.count for each in payslips), sum(each.fresh for each in payslips)),
        "fresh": sum(employment.shelves.fresh for employment in employments),
        "news": published(user).order_by("-is_new", "-published_at", "-pk")[:LATEST],
        "inbound_address": None if is_viewed else addresses_of(place_of(user)).first(),
        "latest": Document.objects.filter(own(user)).live().select_related("file")[:LATEST],
    }
    return render(request, "documents/employee_space.html", context)


@require_safe
def employee_payslips(request):
    """« Bulletins » (S3-18, D-47): those of all employments, by month."""
    employments = own_employments(request.user)
    page = PayslipList(request, published(request.user).filter(PAYSLIPS))
    if archive.is_wanted(request):
        return archive.response(page, str(FolderKind.PAYSLIPS.label).capitalize())
    context = {"employments": employments, "page": page, "archive_url": archive.url_of(page)}
    return render(request, "documents/employee_payslips.html", context)


@require_safe
def employee_space_folder(request, employment_id, folder_id):
    employee = next((one for one in own_employments(request.user) if one.pk == employment_id), None)
    if employee is None:
        raise Http404
    documents = published(request.user, employee=employee)
    found = shelves.of_employment(employee, documents)
    shelf = found.every.get(folder_id)
    if shelf is None:
        raise Http404
    page = PublishedList(request, documents.filter(folder__in=shelf.keys))
    if archive.is_wanted(request):
        return archive.response(page, f"{employee.company.name} – {shelf.folder}")
    context = {
        "employee": employee,
        "shelves": found,
        "shelf": shelf,
        "page": page,
        "archive_url": archive.url_of(page),
    }
    return render(request, "documents/employee_space_folder.html", context)


def own_employments(user) -> list[Employee]:
    if not user.open_employments:
        raise Http404
    return user.open_employments


def published(user, **where):
    """What lies in the folders of the salarié `user`, of all employments, with what rows show."""
    mine = [employee.pk for employee in user.open_employments]
    theirs = Document.objects.published_to(user).filter(
        folder__audience=Audience.EMPLOYEES, employee__in=mine, **where
    )
    return with_news(theirs, user).select_related("file", "folder", "company")
