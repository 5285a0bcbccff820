"""From the address of a GED to the folders and documents that the person sees there, or 404.

A company's folders are its staff's; those of a salarié also a client administrator's whom « Droits » lets in, as far as
they are published (ui.md, « Who sees which screen »).
"""

from django.db.models import Q, QuerySet, Value
from django.shortcuts import get_object_or_404
from django.urls import reverse

from documents.filing.places import Place
from documents.models import Audience, Document, Folder
from documents.models.folder import is_on_the_portal
from portal.models import Company, User
from portal.scoping import staffed_company

OF_COMPANY = (Audience.CLIENTS, Audience.SUPPLIERS)


def seen_place(user: User, code: str, matricule: str | None = None, folder_id: int | None = None) -> Place:
    """The GED of a company or of its salarié, or one folder of it, that `user` may look at."""
    if matricule is None:
        return place_in(staffed_company(user, code), None, folder_id)
    companies = Company.objects.showing_employees(user).with_marks(user)
    return place_in(get_object_or_404(companies, code=code), matricule, folder_id)


def staffed_place(user: User, code: str, matricule: str | None = None, folder_id: int | None = None) -> Place:
    """The same, for the gestures of staff only."""
    return place_in(staffed_company(user, code), matricule, folder_id)


def place_in(company: Company, matricule: str | None, folder_id: int | None) -> Place:
    employee = None
    if matricule is not None:
        employee = get_object_or_404(company.employees.select_related("user"), matricule=matricule)
    place = Place(None, company, employee=employee)
    if folder_id is None:
        return place
    folder = get_object_or_404(folders_of(place).select_related("firm"), pk=folder_id)
    return Place(None, company, folder=folder, employee=employee)


def of_document(document: Document, company: Company) -> Place:
    """The folder in which a document lies, of a company loaded with its marks."""
    return Place(None, company, folder=document.folder, employee=document.employee)


def folders_of(place: Place) -> QuerySet[Folder]:
    """The folders of a GED, archived ones too, for what lies in them; a client's those that are on the portal."""
    assert place.company is not None
    folders = Folder.objects.filter(
        Q(company=None) | Q(company=place.company),
        firm=place.company.firm_id,
        audience__in=(Audience.EMPLOYEES,) if place.employee else OF_COMPANY,
    )
    if is_staffed(place):
        return folders
    here = folders.annotate(here=Value(place.company.pk))
    return here.filter(is_on_the_portal("top", "here"), is_archived=False)


def documents_of(place: Place, user: User) -> QuerySet[Document]:
    """What `user` sees in a GED, or in its folder."""
    assert place.company is not None
    documents = place.company.documents.live().filter(folder__isnull=False, employee=place.employee)
    if place.folder:
        documents = documents.filter(folder=place.folder)
    return documents if is_staffed(place) else documents & Document.objects.visible_to(user)


def is_staffed(place: Place) -> bool:
    """Is it looked at by who works on the company?"""
    return bool(getattr(place.company, "is_staffed", False))


def url_of(place: Place) -> str:
    """Its screen."""
    return address("", place)


def address(gesture: str, place: Place) -> str:
    """The address of a gesture on it, or with "" of its screen: « folder_upload », « employee_ged »."""
    assert place.company is not None
    name = "folder" if place.folder else "ged"
    arguments: list = [place.company.code]
    if place.employee:
        name = f"employee_{name}"
        arguments.append(place.employee.matricule)
    if place.folder:
        arguments.append(place.folder.pk)
    return reverse(f"documents:{name}_{gesture}" if gesture else f"documents:{name}", args=arguments)


def whole(place: Place) -> Place:
    """The GED in which a folder is."""
    return Place(None, place.company, employee=place.employee)
