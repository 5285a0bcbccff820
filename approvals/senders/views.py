from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from approvals.models import AddressStatus
from approvals.senders import deciders, decisions
from approvals.senders.lists import WAITING_FIRST, AddressList, WaitingList
from approvals.senders.rows import rows_for
from documents.spaces.places import seen_spaces
from mailing.journal.lists import ActivityList
from mailing.models import InboundAddress
from portal.scoping import administered_company


@require_safe
def addresses(request, code):
    company = administered_company(request.user, code)
    page = AddressList(request, company.sender_addresses.for_rows().annotate(is_decided=WAITING_FIRST))
    if page.export:
        return page.export_response(f"adresses-{company.code}")
    context = {
        "company": company,
        "page": page,
        "rows": rows_for(request.user, page.rows),
        "inbound_addresses": InboundAddress.objects.filter(
            company=company, retired_at=None, space__in=seen_spaces(company)
        ).order_by("space"),
        "is_firm_admin": request.user.is_firm_admin,
    }
    return render(request, "approvals/addresses.html", context)


@require_safe
def activity(request, code):
    company = administered_company(request.user, code)
    page = ActivityList(request, company.inbound_mails.of_companies_of(request.user).with_files())
    if page.export:
        return page.export_response(f"activite-{company.code}")
    return render(request, "approvals/activity.html", {"company": company, "page": page})


@require_safe
def index(request):
    """Everything that waits for my decision, over all my companies (/approbations/)."""
    user = request.user
    if user.staff is None and not any(member.is_admin for member in user.open_memberships):
        raise Http404
    page = WaitingList(request, deciders.waiting_for(user).for_rows())
    context = {"page": page, "rows": rows_for(user, page.rows), "is_firm_admin": user.is_firm_admin}
    return render(request, "approvals/index.html", context)


@require_safe
def address(request, code, address_id):
    """The page to which the approver's mail leads: looking at it decides nothing (D-15)."""
    company = administered_company(request.user, code)
    found = get_object_or_404(company.sender_addresses.for_rows(), pk=address_id)
    context = {
        "company": company,
        "row": rows_for(request.user, [found])[0],
        "is_firm_admin": request.user.is_firm_admin,
    }
    return render(request, "approvals/address.html", context)


@require_POST
def accept(request, code, address_id):
    ticked = [int(pk) for pk in request.POST.getlist("mails") if pk.isdecimal() and len(pk) < 19]

    def story(address, seen):
        done = decisions.accept(address, by=request.user, seen=seen, ticked=ticked)
        if not done.filed:
            return _("%(address)s est autorisée.") % {"address": done.address}
        filed = ngettext("%(count)s document classé", "%(count)s documents classés", done.filed)
        return f"{done.address} : {filed % {'count': done.filed}}."

    return decided(request, code, address_id, story)


@require_POST
def refuse(request, code, address_id):
    def story(address, seen):
        decisions.refuse(
            address,
            by=request.user,
            seen=seen,
            reason=request.POST.get("reason", "").strip(),
            tell_sender="tell_sender" in request.POST,
        )
        return _("%(address)s est refusée.") % {"address": address}

    return decided(request, code, address_id, story)


@require_POST
def blacklist(request, code, address_id):
    def story(address, seen):
        decisions.blacklist(address, by=request.user, seen=seen, whole_firm="whole_firm" in request.POST)
        return _("%(address)s est blacklistée : elle ne peut plus déposer ici.") % {"address": address}

    return decided(request, code, address_id, story)


@require_POST
def decide_selection(request, code):
    """Accept or refuse the ticked addresses that wait: each by a decision of its own, one that fails stops no other."""
    company = administered_company(request.user, code)
    page = AddressList(request, company.sender_addresses.for_rows().annotate(is_decided=WAITING_FIRST))
    stories = {"accepter": decisions.accept, "refuser": decisions.refuse}
    waiting = page.selected.filter(status=AddressStatus.PENDING) if page.action else []
    done = 0
    for address in waiting:
        try:
            stories[page.action.name](address, by=request.user, seen=address.status)
            done += 1
        except (decisions.AlreadyDecided, decisions.NotPossible, PermissionDenied) as refusal:
            messages.error(request, f"{address.address} – {refusal}")
    if done:
        text = ngettext("%(count)s adresse décidée.", "%(count)s adresses décidées.", done)
        messages.success(request, text % {"count": done})
    elif not waiting:
        messages.info(request, _("Aucune adresse en attente n’était cochée."))
    return redirect(safe_next(request, code))


def decided(request, code, address_id, story):
    """The gestures that every decision shares: load in scope, story, message, back to where it was taken."""
    company = administered_company(request.user, code)
    address = get_object_or_404(company.sender_addresses.select_related("company__firm"), pk=address_id)
    try:
        messages.success(request, story(address, request.POST.get("seen", "")))
    except (decisions.AlreadyDecided, decisions.NotPossible, PermissionDenied) as refusal:
        messages.error(request, str(refusal))
    return redirect(safe_next(request, code))


def safe_next(request, code) -> str:
    """Where the person came from, within the portal; else the list."""
    back = request.POST.get("next", "")
    return (
        back if url_has_allowed_host_and_scheme(back, None) else reverse("approvals:addresses", args=[code])
    )
