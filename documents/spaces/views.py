from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents.filing import filing
from documents.models import Document
from mailing.models import InboundAddress, InboundMail, Space
from portal.files import serving
from portal.scoping import visible_company


@require_safe
def box(request, code):
    return company_space(request, code, Space.BOX)


@require_safe
def image(request, code):
    return company_space(request, code, Space.IMAGE)


def company_space(request, code, space):
    company = visible_company(request.user, code)
    documents = company.documents.filter(space=space).select_related("file", "source__mail")
    address = InboundAddress.objects.filter(company=company, space=space, retired_at=None).first()
    context = {"company": company, "space": space, "inbound_address": address, "documents": documents}
    return render(request, "documents/space.html", context)


@require_safe
def personal(request):
    address = InboundAddress.objects.filter(owner=request.user, retired_at=None).first()
    documents = request.user.documents.select_related("file", "source__mail")
    held = own_held(request.user).prefetch_related("attachments__document")
    context = {"inbound_address": address, "documents": documents, "held": held}
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
    documents = Document.objects.visible_to(request.user).select_related("file")
    document = get_object_or_404(documents, pk=document_id)
    try:
        return serving.download(document.file.key, document.name, document.file.type)
    except FileNotFoundError:
        raise Http404 from None
