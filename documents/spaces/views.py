from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents.filing import filing
from documents.filing.options import addresses_of
from documents.models import Document
from documents.models.document import own
from documents.publication import seen
from documents.queues.lists import QueueList
from documents.spaces.lists import SpaceList
from documents.spaces.places import documents_in, place_of, seen_spaces
from mailing.models import InboundMail, Space
from portal import waiting
from portal.files import serving
from portal.models import Company

LATEST = 5
UNREADABLE_SHOWN = 50


@require_safe
def box(request, code):
    return company_space(request, code, Space.BOX)


@require_safe
def image(request, code):
    return company_space(request, code, Space.IMAGE)


def company_space(request, code, space):
    """Whoever has a document there sees all of it; to the staff it is a queue of what is to be processed."""
    place = place_of(request.user, code, space)
    is_queue = place.company.is_staffed
    context = {
        "company": place.company,
        "space": space,
        "inbound_address": addresses_of(place).first(),
        "page": documents_of(request, place, QueueList if is_queue else SpaceList),
        "is_queue": is_queue,
        "comments": not is_queue,
    }
    return render(request, "documents/space.html", context)


def documents_of(request, place, listing=SpaceList):
    documents = documents_in(place).live().with_marks(request.user)
    people = ("file", "source__mail", "uploaded_by", "folder", "employee__user", "processed_by")
    return listing(request, documents.select_related(*people))


@require_safe
def client_spaces(request):
    """The client's space: my companies, or the only one."""
    companies = list(own_companies(request.user))
    if not companies:
        raise Http404
    if len(companies) == 1:
        return redirect("documents:client_space", companies[0].code)
    return render(request, "documents/client_spaces.html", {"companies": companies})


@require_safe
def client_space(request, code):
    """The home of a client's company: what is new, and where to go. Staff enter it by « Portail client » (D-08)."""
    company = get_object_or_404(own_companies(request.user).with_marks(request.user), code=code)
    documents = Document.objects.visible_to(request.user).filter(company=company)
    spaces = seen_spaces(company)
    by_space = documents.order_by().values_list("space")
    context = {
        "company": company,
        "latest": documents.select_related("file")[:LATEST],
        "counts": dict.fromkeys(Space.values, 0) | dict(by_space.annotate(Count("pk"))),
        "inbound_addresses": company.inbound_addresses.filter(retired_at=None, space__in=spaces).order_by(
            "space"
        ),
        "waiting": waiting.for_companies(request.user, [company]).get(company.pk, []),
    }
    return render(request, "documents/client_space.html", context)


def own_companies(user):
    """The companies that `user` enters as their contact, not as staff."""
    return Company.objects.visible_to(user).filter(
        pk__in=[member.company_id for member in user.open_memberships]
    )


@require_safe
def employee_space(request):
    employments = request.user.open_employments
    if not employments:
        raise Http404
    is_viewed = request.user.viewed_in is not None
    context = {
        "employments": employments,
        "inbound_address": None if is_viewed else addresses_of(place_of(request.user)).first(),
        "latest": Document.objects.filter(own(request.user)).live().select_related("file")[:LATEST],
    }
    return render(request, "documents/employee_space.html", context)


@require_safe
def personal(request):
    place = place_of(request.user)
    unreadable = InboundMail.objects.unreadable().filter(address__owner=request.user)
    context = {
        "inbound_address": addresses_of(place).first(),
        "page": documents_of(request, place),
        "held": own_held(request.user).prefetch_related("attachments__document"),
        "unreadable": unreadable.defer("text")[:UNREADABLE_SHOWN],
    }
    return render(request, "documents/personal.html", context)


def own_held(user):
    return InboundMail.objects.waiting().filter(address__owner=user).select_related("address__firm")


@require_POST
def file_own(request, mail_id):
    mail = get_object_or_404(own_held(request.user), pk=mail_id)
    if filing.file_own(mail, by=request.user):
        messages.success(request, _("Le mail est classé dans « Mes documents »."))
    return redirect("documents:personal")


@require_POST
def discard_own(request, mail_id):
    mail = get_object_or_404(own_held(request.user), pk=mail_id)
    if filing.discard_own(mail, by=request.user):
        messages.success(request, _("Le mail est écarté."))
    return redirect("documents:personal")


@require_safe
def download(request, document_id):
    documents = Document.objects.open_to(request.user).select_related("file", "source__mail")
    document = get_object_or_404(documents, pk=document_id)
    seen.saw(request, document)
    return serving.serve(request, document.file.key, name=document.name, content_type=document.file.type)
