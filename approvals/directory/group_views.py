"""« Paramètres », « Groupes »: groupes de clients, their address and their companies."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.directory import groups as stories
from approvals.directory.forms import AddressField, CardForm
from approvals.directory.lists import GroupList, GroupPicker
from portal.models import ClientGroup, HistoryEntry
from portal.models.firm import looks_unread

HISTORY_SHOWN = 20


class GroupForm(CardForm):
    class Meta:
        model = ClientGroup
        fields = ("name", "email", "email_is_unread")
        field_classes = {"email": AddressField}
        labels = {"email_is_unread": gettext_lazy("Adresse non lue : elle envoie, mais ne reçoit rien")}
        help_texts = {
            "email": gettext_lazy(
                "Les mails d’une entreprise du groupe partent de cette adresse quand elle n’a pas de gestionnaire."
            )
        }

    def clean(self):
        cleaned = super().clean()
        if "email" in self.changed_data and "email_is_unread" not in self.changed_data:
            cleaned["email_is_unread"] = looks_unread(cleaned.get("email") or "")  # the tick's default (D-33)
        return cleaned


@require_safe
def groups(request):
    if not request.user.is_firm_admin:
        raise Http404
    page = GroupList(request)
    if page.export:
        return page.export_response("groupes")
    return render(request, "approvals/groups.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def group_add(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = GroupForm(request.POST or None)
    if request.method == "POST" and (group := form.made(stories.add, request.user.firm, by=request.user)):
        messages.success(request, _("Le groupe est créé. Choisissez maintenant ses entreprises."))
        return redirect("approvals:group_companies", group.pk)
    return render(request, "approvals/group_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request, group_id):
    group = get_object_or_404(ClientGroup.objects.visible_to(request.user), pk=group_id)
    form = GroupForm(request.POST or None, instance=group)
    if request.method == "POST" and form.changed(stories.change, by=request.user):
        messages.success(request, _("Le groupe est enregistré."))
        return redirect("approvals:group_edit", group_id)
    kept = ClientGroup.objects.get(pk=group_id)
    return render(
        request,
        "approvals/group_edit.html",
        {
            "form": form,
            "group": kept,
            "companies_count": kept.companies.filter(is_archived=False).count(),
            "history": HistoryEntry.objects.of(kept).select_related("by")[:HISTORY_SHOWN],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def group_companies(request, group_id):
    """The firm's companies to tick: into the group, or out of it."""
    group = get_object_or_404(
        ClientGroup.objects.visible_to(request.user).select_related("firm"), pk=group_id
    )
    page = GroupPicker(request, group)
    if request.method == "POST" and page.action:
        count = put(page, group, by=request.user)
        said = ngettext(
            "%(count)s entreprise a changé de groupe.", "%(count)s entreprises ont changé de groupe.", count
        )
        messages.success(request, said % {"count": count})
        return redirect(page.here)
    return render(request, "approvals/group_companies.html", {"group": group, "page": page})


def put(page, group, *, by):
    if page.action.name == "ajouter":
        return stories.move(group.firm, page.selected, group, by=by)
    return stories.move(group.firm, page.selected.filter(group=group), None, by=by)


@require_POST
def group_delete(request, group_id):
    group = get_object_or_404(
        ClientGroup.objects.visible_to(request.user).select_related("firm"), pk=group_id
    )
    left = stories.delete(group, by=request.user)
    text = _("Le groupe %(group)s est supprimé.") % {"group": group.name}
    if left:
        text += " " + ngettext(
            "%(count)s entreprise est maintenant sans groupe.",
            "%(count)s entreprises sont maintenant sans groupe.",
            left,
        ) % {"count": left}
    messages.success(request, text)
    return redirect("approvals:groups")
