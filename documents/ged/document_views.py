"""One document of a company in the hands of its staff: its name, its versions, who did what to it; and it printed."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents.ged import editing, tagging, versions
from documents.ged.forms import EditForm
from documents.models import Document, Tag
from documents.publication import seen
from mailing.receiving.store import is_disk_full
from portal.files import pages, serving
from portal.files.child import Failure
from portal.files.scanning import ScannerDown
from portal.files.uploads import NO_ROOM, refusal_of, sentence_of
from portal.models import Company, HistoryEntry
from portal.returning import back

FIELD = "fichier"
HISTORY_SHOWN = 100
MOST_TAGS = 500
MOST_PRINTED = 40  # pages: more than that is printed from the PDF itself
PRINTED_WIDTH = 1200


def worked_on(request, filed_id) -> Document:
    documents = Document.objects.worked_on_by(request.user)
    return get_object_or_404(
        documents.select_related("company", "firm", "file", "folder", "employee"), pk=filed_id
    )


def frame(request, document) -> Company:
    return Company.objects.staffed_by(request.user).with_marks(request.user).get(pk=document.company_id)


def screen(document) -> str:
    return reverse("documents:document", args=[document.pk])


@require_http_methods(["GET", "HEAD", "POST"])
def document_edit(request, filed_id):
    document = worked_on(request, filed_id)
    form = EditForm(request.POST or None, document)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            with transaction.atomic():
                editing.edit(document, typed["nom"], typed["description"], seen=form.seen, by=request.user)
                tagging.set_words(document, typed["etiquettes"], by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            form.see_again()
        else:
            messages.success(request, _("Le document est enregistré."))
            return redirect(back(request, screen(document)))
    context = {
        "company": frame(request, document),
        "document": document,
        "form": form,
        "known": Tag.objects.filter(firm=request.user.firm_id)[:MOST_TAGS],
        "next": back(request, screen(document)),
    }
    return render(request, "documents/document_edit.html", context)


@require_POST
def document_version(request, filed_id):
    document = worked_on(request, filed_id)
    upload, seen = request.FILES.get(FIELD), request.POST.get("vu", "")
    if why := refusal_of(request):
        messages.error(request, why)
    elif upload is None:
        messages.error(request, _("Aucun fichier n’a été choisi."))
    elif len(request.FILES.getlist(FIELD)) > 1:
        messages.error(request, _("Une version est un seul fichier : rien n’a été déposé."))
    else:
        lay_version(request, document, upload, seen)
    return redirect(back(request, screen(document)))


def lay_version(request, document, upload, seen: str) -> None:
    try:
        why = versions.lay_version(
            document, upload, seen=int(seen) if seen.isascii() and seen.isdecimal() else 0, by=request.user
        )
    except versions.Quicker:
        text = _("Une autre version de « %(name)s » vient d’être déposée : regardez-la, puis recommencez.")
        messages.error(request, text % {"name": document.name})
    except ScannerDown as error:
        text = _("%(why)s : rien n’a été déposé. Réessayez dans quelques minutes.")
        messages.error(request, text % {"why": capfirst(str(error))})
    except OSError as error:
        messages.error(request, sentence_of(error))
    except DatabaseError as error:
        if not is_disk_full(error):
            raise
        messages.error(request, NO_ROOM)
    else:
        if why:
            messages.error(request, _("%(name)s – %(why)s") % {"name": document.name, "why": why})
        else:
            messages.success(
                request, _("La nouvelle version est en place ; l’ancienne reste sous « Versions ».")
            )


@require_safe
def version_download(request, filed_id, version_id):
    """A file that the document had before, for staff."""
    document = get_object_or_404(Document.objects.worked_on_by(request.user), pk=filed_id)
    version = get_object_or_404(document.versions.select_related("file"), pk=version_id)
    return serving.serve(request, version.file.key, name=version.name, content_type=version.file.type)


@require_safe
def document_history(request, filed_id):
    document = worked_on(request, filed_id)
    context = {
        "company": frame(request, document),
        "document": document,
        "history": HistoryEntry.objects.of(document).select_related("by")[:HISTORY_SHOWN],
    }
    return render(request, "documents/document_history.html", context)


@require_safe
def document_print(request, document_id):
    """Its pages one under the other, for the printer; a long one, or one that is not shown, is downloaded instead."""
    documents = Document.objects.open_to(request.user).select_related("file", "source__mail")
    document = get_object_or_404(documents, pk=document_id)
    if request.method == "GET":
        seen.saw(request, document)
    count = 0 if request.method == "HEAD" else pages.page_count(document.file.key, document.file.type)
    why, numbers = "", range(0)
    if isinstance(count, Failure):
        why = count.reason
    elif count > MOST_PRINTED:
        why = _("Ce document a %(count)s pages : ouvrez le fichier pour l’imprimer.") % {"count": count}
    else:
        numbers = range(1, count + 1)
    context = {"document": document, "why": why, "numbers": numbers, "width": PRINTED_WIDTH}
    return render(request, "documents/document_print.html", context)
