"""The trash of each space: documents put there, taken out again, deleted for good."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from documents.filing import trash as stories
from documents.filing.places import Place
from documents.models import Document
from documents.spaces.lists import SpaceList, TrashList
from documents.spaces.places import address, documents_in, place_of, url_of
from mailing.models import Space
from portal import undo
from portal.listing.selection import FIELD, GESTURE
from portal.returning import back

PLACE = ("company", "firm", "owner", "folder", "employee")


@require_safe
def trash(request, code=None, space=Space.PERSONAL):
    """« Corbeille »: what the person may take out again. Whoever may enter the space has one, however empty."""
    place = place_of(request.user, code, space)
    page = trash_list(request, place)
    context = {
        "company": place.company,
        "space": place.space,
        "space_url": url_of(place),
        "restore_url": address("restore_selection", place),
        "page": page,
    }
    return render(request, "documents/trash.html", context)


def trash_list(request, place):
    documents = documents_in(place) & Document.objects.in_trash_of(request.user)
    return TrashList(request, documents.with_marks(request.user).select_related("file", "trashed_by"))


@require_POST
def throw(request, document_id):
    document = get_object_or_404(movable(request.user).live(), pk=document_id)
    place = of_document(document)
    say_thrown(request, place, stories.throw([document], by=request.user))
    return redirect(back(request, url_of(place)))


@require_POST
def throw_selection(request, code=None, space=Space.PERSONAL):
    place = place_of(request.user, code, space)
    page = SpaceList(request, documents_in(place).live().with_marks(request.user))
    say_thrown(request, place, stories.throw(page.chosen.select_related("company", "firm"), by=request.user))
    return redirect(back(request, url_of(place)))


@require_POST
def restore(request, document_id):
    document = get_object_or_404(movable(request.user).trashed(), pk=document_id)
    say_restored(request, stories.restore([document], by=request.user))
    return redirect(back(request, url_of(of_document(document))))


@require_POST
def restore_selection(request, code=None, space=Space.PERSONAL):
    place = place_of(request.user, code, space)
    chosen = trash_list(request, place).chosen.select_related("company", "firm")
    say_restored(request, stories.restore(chosen, by=request.user))
    return redirect(back(request, address("trash", place)))


@require_POST
def delete(request, document_id):
    """The dialog, or the document's own page, has named it and asked."""
    documents = Document.objects.deletable_by(request.user).select_related(*PLACE, "file")
    document = get_object_or_404(documents, pk=document_id)
    if stories.delete(document, by=request.user):
        text = _("« %(name)s » est supprimé définitivement.")
        messages.success(request, text % {"name": document.name})
    return redirect(address("trash", of_document(document)))


def movable(user):
    return Document.objects.movable_by(user).select_related(*PLACE)


def of_document(document) -> Place:
    """Where it lies: the folder where it is filed, else the space where it came in."""
    if document.folder is not None:
        return Place(None, document.company, folder=document.folder, employee=document.employee)
    return Place(Space(document.space), document.company, document.owner)


def say_thrown(request, place, moved):
    if not moved:
        messages.info(request, _("Aucun document n’a été mis à la corbeille."))
        return
    text = ngettext(
        "« %(name)s » est à la corbeille.", "%(count)s documents sont à la corbeille.", len(moved)
    ) % {"name": moved[0].name, "count": len(moved)}
    [gesture] = TrashList.gestures
    keys = [(FIELD, document.pk) for document in moved]
    undo.offer(
        request,
        text,
        address("restore_selection", place),
        [(GESTURE, gesture.name), ("next", url_of(place)), *keys],
    )


def say_restored(request, moved):
    if not moved:
        messages.info(request, _("Aucun document n’a été restauré."))
        return
    text = ngettext("« %(name)s » est restauré.", "%(count)s documents sont restaurés.", len(moved))
    messages.success(request, text % {"name": moved[0].name, "count": len(moved)})
