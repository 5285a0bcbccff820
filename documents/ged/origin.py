"""From which list one came to a document: its neighbours are those shown there, and the way back leads there.

The state of that list travels in the address of the document's page; `liste` says that it was one of the GED.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from documents.ged import views
from documents.ged.lists import LIST, ONE, WHOLE, FolderList
from documents.ged.places import of_document, url_of, whole
from documents.models import Document
from documents.queues.lists import QueueList
from documents.spaces.lists import SpaceList
from mailing.models import Space
from portal.listing import Listing
from portal.models import Company


@dataclass(frozen=True)
class Origin:
    """A list with its screen: `url` with the state of the list, `state` as the page's own links carry it on."""

    listed: Listing
    url: str
    label: str
    state: str


def of(request: HttpRequest, document: Document, company: Company | None) -> Origin:
    user = request.user
    if company and document.folder_id and of_ged(request, document, company):
        return in_ged(request, document, company)
    if company is None and document.company_id is not None:
        published = Document.objects.published_to(user).filter(
            folder=document.folder_id, employee=document.employee_id
        )
        url = reverse("documents:employee_space_folder", args=[document.employee_id, document.folder_id])
        return told(request, published, url, str(document.folder))
    if company is None:
        listed = Document.objects.visible_to(user).filter(owner=document.owner_id, space=Space.PERSONAL)
        return told(request, listed, reverse("documents:personal"), document.get_space_display())
    if document.space and getattr(company, f"sees_{document.space}"):
        listed = Document.objects.visible_to(user).filter(company=company, space=document.space)
        url = reverse(f"documents:{document.space}", args=[company.code])
        is_work = company.is_staffed and not document.folder_id
        return told(request, listed, url, document.get_space_display(), QueueList if is_work else SpaceList)
    published = Document.objects.published_to(user).filter(
        company=company, folder=document.folder_id, employee=None
    )
    return told(request, published, client_url(document, company), str(document.folder))


def of_ged(request: HttpRequest, document: Document, company: Company) -> bool:
    """Did one come from the GED, or does the document lie nowhere else for this person?"""
    if not company.is_staffed:
        return document.employee_id is not None
    return not document.space or request.GET.get(LIST) in (WHOLE, ONE)


def in_ged(request: HttpRequest, document: Document, company: Company) -> Origin:
    place = of_document(document, company)
    is_whole = request.GET.get(LIST) == WHOLE
    listed = views.list_of(request, whole(place) if is_whole else place)
    assert isinstance(listed, FolderList)
    label = str(document.folder)
    if is_whole:
        label = str(document.employee.user) if document.employee else "GED"
    url = url_of(whole(place) if is_whole else place) + listed.query_string
    return Origin(listed, url, label, listed.document_state.removeprefix("?"))


def told(
    request: HttpRequest, documents, url: str, label: str, listing: type[SpaceList] = SpaceList
) -> Origin:
    listed = listing(request, documents)
    return Origin(listed, url + listed.query_string, label, listed.query_string.removeprefix("?"))


def client_url(document: Document, company: Company) -> str:
    """The folder in the space of the client."""
    return reverse("documents:client_folder", args=[company.code, document.folder_id])
