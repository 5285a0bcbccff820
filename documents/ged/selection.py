"""Gestures on the documents that are ticked in a GED, or on the one whose page is open: one door for all of them.

A gesture that needs to be told more (where to, which name) shows its form in answer to the first post; that form comes
back to the same door with the documents named one by one.
"""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from documents.filing import moving, trash
from documents.filing.places import Place
from documents.ged import archives, merging, tagging
from documents.ged.forms import MergeForm, MoveForm, TagForm
from documents.ged.lists import MERGE, MOVE, PACK, SHARE, TAG, THROW, WITHDRAW
from documents.ged.places import address, seen_place, url_of
from documents.ged.views import list_of
from documents.models import Document, Tag
from documents.publication import sharing
from documents.spaces.trash import say_thrown
from portal import undo
from portal.files.uploads import sentence_of
from portal.listing import keyset
from portal.listing.selection import FIELD, GESTURE
from portal.returning import back

TOLD = "suite"  # the post of a gesture's own form
MOST_TAGS = 500


@require_POST
def selection(request, code, matricule=None, folder_id=None):
    place = seen_place(request.user, code, matricule, folder_id)
    page = list_of(request, place)
    gesture = page.asked
    linked = page.selected.select_related("company", "firm", "file", "folder", "employee__user")
    chosen = list(linked.order_by(*keyset.ordering(page.keys))) if gesture else []
    if gesture is None or not chosen:
        messages.info(request, _("Aucun document n’a été choisi."))
        return redirect(back(request, url_of(place)))
    return DOES[gesture.name](request, place, chosen)


def asking(request, place: Place, gesture: str, chosen: Sequence[Document], form, template: str, **more):
    """The form of a gesture, with the documents that it is about."""
    context = {
        "company": place.company,
        "employee": place.employee,
        "documents": chosen,
        "form": form,
        "url": address("selection", place),
        "gesture": gesture,
        "next": back(request, url_of(place)),
        **more,
    }
    return render(request, template, context)


def move(request, place, chosen):
    form = MoveForm(request.POST if TOLD in request.POST else None, place.company, place)
    if not form.is_valid():
        return asking(request, place, MOVE.name, chosen, form, "documents/ged_move.html")
    before = {(document.folder_id, document.employee_id) for document in chosen}
    moved = moving.move(chosen, form.folder, by=request.user, employee=form.employee)
    target = Place(None, place.company, folder=form.folder, employee=form.employee)
    text = ngettext(
        "« %(name)s » est dans « %(folder)s ».", "%(count)s documents sont dans « %(folder)s ».", len(moved)
    )
    if not moved:
        messages.info(request, _("Ces documents étaient déjà dans « %(folder)s ».") % {"folder": form.folder})
    elif len(before) == 1:
        [(folder, employee)] = before
        fields = [
            (GESTURE, MOVE.name),
            (TOLD, "oui"),
            ("dossier", folder),
            ("next", back(request, url_of(place))),
        ]
        fields += [("salarie", employee)] if employee else []
        fields += [(FIELD, document.pk) for document in moved]
        told = text % {"name": moved[0].name, "count": len(moved), "folder": form.folder}
        undo.offer(request, told, address("selection", target), fields)
    else:
        told = text % {"name": moved[0].name, "count": len(moved), "folder": form.folder}
        messages.success(request, told)
    return redirect(back(request, url_of(place)))


def label(request, place, chosen):
    form = TagForm(request.POST if TOLD in request.POST else None, chosen)
    if not form.is_valid():
        known = Tag.objects.filter(firm=request.user.firm_id)[:MOST_TAGS]
        return asking(request, place, TAG.name, chosen, form, "documents/ged_tag.html", known=known)
    typed = form.cleaned_data
    changed = tagging.tag(chosen, add=typed["ajouter"], remove=typed.get("enlever", ()), by=request.user)
    text = ngettext(
        "Les étiquettes de %(count)s document sont enregistrées.",
        "Les étiquettes de %(count)s documents sont enregistrées.",
        len(changed),
    )
    messages.success(request, text % {"count": len(changed)})
    return redirect(back(request, url_of(place)))


def share(request, place, chosen):
    changed = sharing.share(chosen, by=request.user)
    there = sum(document.published_at is not None for document in changed)
    text = ngettext(
        "%(count)s document est sur le portail.", "%(count)s documents sont sur le portail.", there
    )
    if not changed:
        messages.info(request, _("Rien n’a changé : c’était déjà prévu pour le portail."))
    elif there == len(changed):
        offer_back(request, place, changed, text % {"count": there}, WITHDRAW.name)
    else:
        waiting = ngettext(
            "%(count)s document attend d’être publié : « Portail » dit pourquoi.",
            "%(count)s documents attendent d’être publiés : « Portail » dit pourquoi.",
            len(changed) - there,
        ) % {"count": len(changed) - there}
        told = f"{text % {'count': there}} {waiting}" if there else waiting
        offer_back(request, place, changed, told, WITHDRAW.name)
    return redirect(back(request, url_of(place)))


def withdraw(request, place, chosen):
    changed = sharing.withdraw(chosen, by=request.user)
    if not changed:
        messages.info(request, _("Rien n’a changé : ce n’était pas prévu pour le portail."))
        return redirect(back(request, url_of(place)))
    if any(document.published_at for document in changed):
        text = ngettext(
            "%(count)s document quittera le portail avec « Synchroniser ».",
            "%(count)s documents quitteront le portail avec « Synchroniser ».",
            len(changed),
        )
    else:
        text = ngettext(
            "%(count)s document n’est plus sur le portail.",
            "%(count)s documents ne sont plus sur le portail.",
            len(changed),
        )
    offer_back(request, place, changed, text % {"count": len(changed)}, SHARE.name)
    return redirect(back(request, url_of(place)))


def offer_back(request, place, changed, text: str, gesture: str) -> None:
    keys = [(FIELD, document.pk) for document in changed]
    fields = [(GESTURE, gesture), ("next", back(request, url_of(place))), *keys]
    undo.offer(request, text, address("selection", place), fields)


def merge(request, place, chosen):
    if why := merging.why_not(chosen):
        messages.error(request, why)
        return redirect(back(request, url_of(place)))
    form = MergeForm(request.POST if TOLD in request.POST else None, chosen)
    if form.is_valid():
        try:
            made = merging.merge(form.ordered, form.cleaned_data["nom"], by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        except OSError as error:
            form.add_error(None, str(sentence_of(error)))
        else:
            text = _("« %(name)s » est fait de %(count)s PDF, qui restent là.")
            messages.success(request, text % {"name": made.name, "count": len(chosen)})
            return redirect(back(request, url_of(place)))
    return asking(request, place, MERGE.name, chosen, form, "documents/ged_merge.html")


def pack(request, place, chosen):
    came_from = back(request, url_of(place))
    if why := archives.why_not(chosen):
        messages.error(request, why)
        return redirect(came_from)
    name = str(place.folder or place.employee and place.employee.user or place.company)
    return redirect(archives.ask(chosen, name, came_from, by=request.user))


def throw(request, place, chosen):
    say_thrown(request, place, trash.throw(chosen, by=request.user))
    return redirect(back(request, url_of(place)))


Does = Callable[..., object]
DOES: dict[str, Does] = {
    MOVE.name: move,
    TAG.name: label,
    SHARE.name: share,
    WITHDRAW.name: withdraw,
    MERGE.name: merge,
    PACK.name: pack,
    THROW.name: throw,
}
