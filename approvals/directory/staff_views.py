"""« Paramètres », « Collaborateurs »: who works at the firm, on what, and what happens when they leave."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.access import rescue
from approvals.directory import team as stories
from approvals.directory.lists import StaffList, StaffPicker
from approvals.directory.staff_forms import LeavingForm, StaffForm
from approvals.directory.standing import of_staff
from portal.login import second_factor
from portal.models import HistoryEntry, StaffMember

HISTORY_SHOWN = 20


@require_safe
def staff(request):
    if not request.user.is_firm_admin:
        raise Http404
    page = StaffList(request)
    if page.export:
        return page.export_response("collaborateurs")
    return render(request, "approvals/staff.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def staff_add(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = StaffForm(request.POST or None)
    if request.method == "POST" and (member := form.made(stories.add, request.user.firm, by=request.user)):
        text = _("%(name)s est collaborateur du cabinet. Choisissez ses entreprises.")
        messages.success(request, text % {"name": member})
        return redirect("approvals:staff_companies", member.pk)
    return render(request, "approvals/staff_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def staff_edit(request, staff_id):
    form = StaffForm(request.POST or None, instance=member_of(request, staff_id))
    if request.method == "POST" and form.changed(stories.change, by=request.user):
        messages.success(request, _("La fiche du collaborateur est enregistrée."))
        return redirect("approvals:staff_edit", staff_id)
    member = member_of(request, staff_id)
    return render(
        request,
        "approvals/staff_edit.html",
        {
            "form": form,
            "member": member,
            "standing": of_staff(member),
            "attached_count": member.attachments.filter(company__is_archived=False).count(),
            "managed_count": member.managed.filter(is_archived=False).count(),
            "is_awaited": member.user.is_active and not member.user.has_usable_password(),
            "has_factor": second_factor.has_one(member.user),
            "history": HistoryEntry.objects.of(member).select_related("by")[:HISTORY_SHOWN],
            "why_not_role": stories.refusal_of_role(member, request.user),
            "why_not_leave": stories.refusal_of_leaving(member, request.user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def staff_companies(request, staff_id):
    """The firm's companies to tick: attached, or no longer."""
    member = member_of(request, staff_id)
    page = StaffPicker(request, member)
    if request.method == "POST" and page.action:
        attaches = page.action.name == "attacher"
        count = (stories.attach if attaches else stories.detach)(member, page.selected, by=request.user)
        messages.success(request, told(count, attaches) % {"count": count, "name": member})
        return redirect(page.here)
    return render(request, "approvals/staff_companies.html", {"member": member, "page": page})


def told(count: int, attaches: bool) -> str:
    if attaches:
        return ngettext(
            "%(name)s est attaché à %(count)s entreprise de plus.",
            "%(name)s est attaché à %(count)s entreprises de plus.",
            count,
        )
    return ngettext(
        "%(name)s est détaché de %(count)s entreprise. Un gestionnaire reste attaché aux siennes.",
        "%(name)s est détaché de %(count)s entreprises. Un gestionnaire reste attaché aux siennes.",
        count,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def staff_deactivate(request, staff_id):
    """What the person holds, and who takes over: then all of it at once."""
    member = member_of(request, staff_id)
    if stories.refusal_of_leaving(member, request.user):
        return redirect("approvals:staff_edit", staff_id)
    form = LeavingForm(request.POST or None, leaver=member)
    if request.method == "POST" and form.is_valid() and left(request, member, form):
        return redirect("approvals:staff")
    context = {"member": member, "form": form, "held": stories.holdings_of(member)}
    return render(request, "approvals/staff_deactivate.html", context)


def left(request, member, form):
    try:
        orphans = stories.deactivate(member, form.chosen, by=request.user)
    except ValidationError as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, _("%(name)s est désactivé et n’entre plus sur le portail.") % {"name": member})
    if orphans:
        names = ", ".join(str(company) for company in orphans)
        text = _(
            "Plus aucun collaborateur n’est attaché à : %(names)s. Les administrateurs les voient toujours."
        )
        messages.warning(request, text % {"names": names})
    return True


@require_POST
def staff_reactivate(request, staff_id):
    member = member_of(request, staff_id)
    try:
        if stories.reactivate(member, by=request.user):
            text = _("%(name)s est de nouveau actif, avec les entreprises auxquelles il était attaché.")
            messages.success(request, text % {"name": member})
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("approvals:staff_edit", staff_id)


@require_POST
def staff_invite(request, staff_id):
    member = member_of(request, staff_id)
    if stories.invite_again(member, by=request.user):
        text = _("Un nouveau lien, valable sept jours, part à %(address)s.")
        messages.success(request, text % {"address": member.user.email})
    return redirect("approvals:staff_edit", staff_id)


@require_POST
def staff_factors(request, staff_id):
    member = member_of(request, staff_id)
    if rescue.take_factors_away(member.user, by=request.user):
        text = _("Le second facteur de %(name)s est retiré ; un e-mail le lui dit.")
        messages.success(request, text % {"name": member})
    return redirect("approvals:staff_edit", staff_id)


def member_of(request, staff_id) -> StaffMember:
    known = StaffMember.objects.visible_to(request.user).select_related("user__firm")
    return get_object_or_404(known, pk=staff_id)
