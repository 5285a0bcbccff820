from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents.filing import filing
from documents.filing.options import addresses_of
from documents.models import Document
from documents.publication import seen
from documents.queues.lists import QueueList
from documents.spaces.lists import SpaceList
from documents.spaces.places import documents_in, place_of
from mailing.models import InboundMail, Space
from portal.files import serving

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
