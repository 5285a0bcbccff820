"""« Traiter »: the documents of a box or an Image one after the other, each filed, marked, thrown or left for later.

After each gesture the next one comes, in the order of the list from which one came, whose state the address carries.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents.filing import processing
from documents.filing import trash as trashing
from documents.filing.places import Place
from documents.models import Document
from documents.queues.forms import FilingForm, FolderForm
from documents.queues.lists import FILE, MARK, TAKE_BACK, THROW, QueueList
from documents.queues.turns import beside, queue_of
from documents.spaces.kinds import kind_of
from documents.spaces.places import address, documents_in, staffed_place, url_of
from documents.spaces.preview import WIDTHS, look_at, page_number
from documents.spaces.trash import say_thrown
from mailing.tracking import viewing
from portal import undo
from portal.listing.counts import count
from portal.listing.selection import FIELD, GESTURE
from portal.returning import back

PEOPLE = (
    "company__firm",
    "firm",
    "file",
    "folder",
    "employee__user",
    "source__mail",
    "uploaded_by",
    "processed_by",
)


@require_safe
def process(request, code, space):
    """The first that is to be processed, or that nothing is."""
    place = staffed_place(request.user, code, space)
    first = next(iter(queue_of(request, place).rows), None)
    if first is None:
        return render(request, "documents/processed.html", {"company": place.company, "space": space})
    if request.method == "HEAD":
        return HttpResponse()
    return screen(request, place, Document.objects.select_related(*PEOPLE).get(pk=first.pk))


@require_http_methods(["GET", "HEAD", "POST"])
def process_document(request, code, space, document_id):
    place = staffed_place(request.user, code, space)
    documents = documents_in(place).live().select_related(*PEOPLE)
    document = get_object_or_404(documents, pk=document_id)
    if request.method == "HEAD":
        return HttpResponse()
    if request.method == "GET":
        return screen(request, place, document)
    gesture, form = request.POST.get(GESTURE), None
    if gesture == MARK:
        say_processed(request, place, document, processing.mark([document], by=request.user))
    elif gesture == THROW:
        say_thrown(request, place, trashing.throw([document], by=request.user))
    else:
        form = FilingForm(place.company, request.user, request.POST)
        if not form.is_valid():
            return screen(request, place, document, form)
        say_processed(request, place, document, file(document, form, request.user))
    return redirect(next_address(request, place, document))


def file(document, form, by):
    is_filed = processing.file_as(
        document,
        form.folder,
        by=by,
        name=form.cleaned_data["nom"],
        description=form.cleaned_data["description"],
        employee=form.cleaned_data["employee"],
    )
    return [document] if is_filed else []


def screen(request, place, document, form=None):
    viewing.opened(request, document.told_of)
    queue = queue_of(request, place)
    before, after = beside(queue, document)
    typed = {"nom": document.name, "description": document.description}
    context = {
        "company": place.company,
        "space": place.space,
        "document": document,
        "form": form or FilingForm(place.company, request.user, initial=typed),
        "kind": kind_of(document),
        "look": look_at(document.file, page_number(request.GET.get("page", ""))),
        "widths": WIDTHS,
        "left": count(queue.found),
        "here": document_address(place, document.pk),
        "list_url": url_of(place) + queue.query_string,
        "state": queue.query_string.removeprefix("?"),
        "before_url": before and document_address(place, before) + queue.query_string,
        "after_url": after and document_address(place, after) + queue.query_string,
        "take_back_url": address("process_selection", place),
    }
    return render(request, "documents/process.html", context)


@require_POST
def process_selection(request, code, space):
    """The gestures of the list. « Classer dans… » asks on a page of its own for the folder."""
    place = staffed_place(request.user, code, space)
    page = QueueList(request, documents_in(place).live().with_marks(request.user))
    chosen = list(page.chosen.select_related("company__firm", "firm", "folder"))
    gesture = request.POST.get(GESTURE)
    if gesture == FILE and chosen:
        form = FolderForm(place.company, request.user, request.POST if "dossier" in request.POST else None)
        if not form.is_valid():
            return choose(request, place, page, chosen, form)
        filed = processing.file(chosen, form.folder, by=request.user, employee=form.cleaned_data["employee"])
        say_all_processed(request, place, chosen, filed, form.folder)
    elif gesture == MARK:
        say_all_processed(request, place, chosen, processing.mark(chosen, by=request.user))
    elif gesture == TAKE_BACK:
        say_taken_back(request, processing.take_back(chosen, by=request.user))
    elif gesture == THROW:
        say_thrown(request, place, trashing.throw(chosen, by=request.user))
    else:
        messages.info(request, _("Aucun document n’a été choisi."))
    return redirect(back(request, url_of(place)))


def choose(request, place, page, chosen, form):
    context = {
        "company": place.company,
        "space": place.space,
        "documents": chosen,
        "form": form,
        "url": address("process_selection", place) + page.query_string,
        "gesture": FILE,
        "list_url": back(request, url_of(place)),
    }
    return render(request, "documents/process_selection.html", context)


def say_processed(request, place, document, processed):
    """What became of one document, with a way back; or who was faster."""
    if not processed:
        messages.info(request, who_was_faster(document))
        return
    if document.folder:
        text = _("« %(name)s » est classé dans %(folder)s.") % {
            "name": document.name,
            "folder": where(document),
        }
    else:
        text = _("« %(name)s » est marqué comme traité.") % {"name": document.name}
    offer_undo(request, place, text, processed, next=document_address(place, document.pk))


def who_was_faster(document):
    now = (
        Document.objects.select_related("folder", "employee__user", "processed_by")
        .filter(pk=document.pk)
        .first()
    )
    if now is None or now.is_trashed or not now.is_processed:
        return _("« %(name)s » n’est plus à traiter.") % {"name": document.name}
    words = {"name": now.name, "by": now.processed_by or _("quelqu’un d’autre")}
    if now.folder is None:
        return _("« %(name)s » a déjà été marqué comme traité par %(by)s.") % words
    return _("« %(name)s » a déjà été classé dans %(folder)s par %(by)s.") % {**words, "folder": where(now)}


def where(document):
    return f"{document.folder} ({document.employee.user})" if document.employee else document.folder


def say_all_processed(request, place, chosen, processed, folder=None):
    if processed and folder:
        text = ngettext(
            "« %(name)s » est classé dans %(folder)s.",
            "%(count)s documents sont classés dans %(folder)s.",
            len(processed),
        )
    elif processed:
        text = ngettext(
            "« %(name)s » est marqué comme traité.",
            "%(count)s documents sont marqués comme traités.",
            len(processed),
        )
    if processed:
        words = {"name": processed[0].name, "count": len(processed), "folder": folder}
        offer_undo(request, place, text % words, processed, next=back(request, url_of(place)))
    if already := len(chosen) - len(processed):
        text = ngettext(
            "%(count)s document était déjà traité : rien n’y a été changé.",
            "%(count)s documents étaient déjà traités : rien n’y a été changé.",
            already,
        )
        messages.info(request, text % {"count": already})
    elif not chosen:
        messages.info(request, _("Aucun document n’a été choisi."))


def say_taken_back(request, taken):
    if not taken:
        messages.info(request, _("Aucun document n’a été remis à traiter."))
        return
    text = ngettext(
        "« %(name)s » est de nouveau à traiter.", "%(count)s documents sont de nouveau à traiter.", len(taken)
    )
    messages.success(request, text % {"name": taken[0].name, "count": len(taken)})


def offer_undo(request, place: Place, text, documents, *, next):
    keys = [(FIELD, document.pk) for document in documents]
    fields = [(GESTURE, TAKE_BACK), ("next", next), *keys]
    undo.offer(request, text, address("process_selection", place), fields)


def next_address(request, place, document):
    """The document after this one, of those that are still to be processed; else the page that says that none is."""
    queue = queue_of(request, place)
    _before, after = beside(queue, document)
    if after is None:
        return reverse("documents:process", args=[place.company.code, place.space]) + queue.query_string
    return document_address(place, after) + queue.query_string


def document_address(place, pk):
    return reverse("documents:process_document", args=[place.company.code, place.space, pk])
