"""The folders that one company has of its own: at the top of its GED, or within another. Its staff keep them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from documents.folders import stories
from documents.folders.forms import FolderForm
from documents.folders.grid import SLUGS, Grid
from documents.models import Audience, Folder
from portal import undo
from portal.models import Company
from portal.scoping import staffed_company

WITHIN, NEXT = "dans", "next"


class OwnFolderForm(FolderForm):
    """A folder of one company: its name, its path below the folder in which it lies."""

    class Meta(FolderForm.Meta):
        fields = ["label", "path"]


class NewFolderForm(OwnFolderForm):
    """The same, and where it is to lie."""

    place = forms.ChoiceField(label=gettext_lazy("Dans"))
    field_order = ["place", "label", "path"]

    def __init__(self, data: QueryDict | None, company: Company, within: str):
        folders = list(company_folders(company))
        found = {SLUGS[audience]: (audience, None) for audience in Audience}
        found |= {str(folder.pk): (Audience(folder.audience), folder) for folder in folders}
        place = (data.get("place") if data else within) or ""
        audience, parent = found.get(place, (Audience.CLIENTS, None))
        instance = Folder(firm=company.firm, company=company, audience=audience, parent=parent)
        super().__init__(data, instance=instance, below=parent.path if parent else "")
        self.fields["place"].choices = [
            (audience.label, [(SLUGS[audience], _("Au premier niveau")), *named(folders, audience)])
            for audience in Audience
        ]
        self.initial["place"] = place if place in found else SLUGS[Audience.CLIENTS]


def named(folders: list[Folder], audience: Audience) -> list[tuple[str, str]]:
    """Keys and names of the folders of an audience, what lies within another under it."""
    of_audience = [folder for folder in folders if folder.audience == audience]
    inside: dict[int | None, list[Folder]] = {}
    for folder in of_audience:
        inside.setdefault(folder.parent_id, []).append(folder)

    def below(parent: int | None, depth: int):
        for folder in inside.get(parent, ()):
            yield str(folder.pk), "\u2003" * depth + folder.label
            yield from below(folder.pk, depth + 1)

    return list(below(None, 0))


def company_folders(company: Company):
    return Folder.objects.of_company(company).select_related("firm", "top")


def own_folders(company: Company):
    """What the company alone has, archived ones among them."""
    return company.own_folders.select_related("firm", "company", "parent", "top")


@require_http_methods(["GET", "HEAD", "POST"])
def folder_add(request, code):
    company = staffed_company(request.user, code)
    form = NewFolderForm(request.POST or None, company, request.GET.get(WITHIN, ""))
    if request.method == "POST" and (folder := form.done(stories.add, form.instance, by=request.user)):
        messages.success(request, _("Le répertoire « %(label)s » est ajouté.") % {"label": folder})
        return redirect(back(request, folder))
    context = {"form": form, "company": company, "next": request.GET.get(NEXT, "")}
    return render(request, "documents/folder_add.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def folder_rename(request, code, folder_id):
    company = staffed_company(request.user, code)
    folder = get_object_or_404(own_folders(company), pk=folder_id, is_archived=False)
    below = folder.parent.path if folder.parent else ""
    form = OwnFolderForm(request.POST or None, instance=own_folders(company).get(pk=folder_id), below=below)
    if request.method == "POST" and form.renamed(folder, by=request.user):
        messages.success(request, _("Le répertoire est enregistré."))
        return redirect(back(request, folder))
    context = {
        "form": form,
        "company": company,
        "folder": folder,
        "why_not": stories.why_not_archived(folder),
        "next": request.GET.get(NEXT, ""),
    }
    return render(request, "documents/folder_rename.html", context)


@require_POST
def folder_archive(request, code, folder_id):
    company = staffed_company(request.user, code)
    folder = get_object_or_404(own_folders(company), pk=folder_id)
    try:
        if stories.archive(folder, by=request.user):
            undoing = reverse("documents:folder_restore", args=[code, folder_id])
            undo.offer(request, _("« %(label)s » est archivé.") % {"label": folder}, undoing, [])
    except ValidationError as refusal:
        for why in refusal.messages:
            messages.error(request, why)
    return redirect(back(request, folder))


@require_POST
def folder_restore(request, code, folder_id):
    company = staffed_company(request.user, code)
    folder = get_object_or_404(own_folders(company), pk=folder_id)
    try:
        if stories.restore(folder, by=request.user):
            said = _("« %(label)s » est rétabli, hors du portail jusqu’à « Synchroniser ».")
            messages.success(request, said % {"label": folder})
    except ValidationError as refusal:
        for why in refusal.messages:
            messages.error(request, why)
    return redirect(back(request, folder))


def back(request, folder: Folder) -> str:
    """Where the person came from, within the portal; else the grid of the company."""
    wanted = request.POST.get(NEXT, "")
    if url_has_allowed_host_and_scheme(wanted, None):
        return wanted
    return Grid(request.user, Audience(folder.audience), folder.company).url
