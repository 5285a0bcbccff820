from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, OuterRef, Q, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from approvals.models import AddressStatus, SenderAddress
from approvals.senders import decisions
from approvals.senders.rows import rows_for
from mailing.models import InboundAddress, InboundMail
from portal.scoping import administered_company

LISTED = 50


@dataclass(frozen=True)
class Chip:
    status: AddressStatus | None
    label: str
    count: int
    url: str
    is_current: bool


@require_safe
def addresses(request, code):
    company = administered_company(request.user, code)
    query = request.GET.get("q", "").replace("\0", "").strip()
    status = request.GET.get("statut", "")
    found = company.sender_addresses.filter(Q(address__icontains=query) | Q(name__icontains=query))
    shown = found.filter(status=status) if status in AddressStatus else found
    context = {
        "company": company,
        "rows": rows_for(request.user, listed(shown)),
        "counts": list(chips(found, status, query)),
        "query": query,
        "inbound_addresses": InboundAddress.objects.filter(company=company, retired_at=None).order_by(
            "space"
        ),
        "is_firm_admin": request.user.is_firm_admin,
    }
    return render(request, "approvals/addresses.html", context)


def listed(addresses):
    """What waits first, then the most recent senders."""
    decided = Case(When(status=AddressStatus.PENDING, then=0), default=1)
    return list(with_people(addresses).order_by(decided, "-last_mail_at", "-pk")[:LISTED])


def with_people(addresses):
    return addresses.select_related("company__firm", "company__manager__user", "decided_by")


def chips(found, status, query):
    counts = dict(found.order_by().values_list("status").annotate(Count("pk")))
    yield Chip(
        None, _("Toutes"), sum(counts.values()), "?" + urlencode({"q": query}), status not in AddressStatus
    )
    for choice, label in (
        (AddressStatus.PENDING, _("En attente")),
        (AddressStatus.AUTHORISED, _("Autorisées")),
        (AddressStatus.REFUSED, _("Refusées")),
        (AddressStatus.BLACKLISTED, _("Blacklistées")),
    ):
        url = "?" + urlencode({"statut": choice.value, "q": query})
        yield Chip(choice, label, counts.get(choice, 0), url, status == choice)


@require_safe
def activity(request, code):
    company = administered_company(request.user, code)
    mails = company.inbound_mails.select_related("address").prefetch_related("attachments__document")[:LISTED]
    return render(request, "approvals/activity.html", {"company": company, "mails": mails})


@require_safe
def index(request):
    """Everything that waits for my decision, over all my companies (/approbations/)."""
    user = request.user
    if user.staff is None and not any(member.is_admin for member in user.open_memberships):
        raise Http404
    waiting = InboundMail.objects.waiting().filter(company=OuterRef("company"), sender=OuterRef("address"))
    found = SenderAddress.objects.visible_to(user).filter(Exists(waiting)).order_by("requested_at", "pk")
    rows = [row for row in rows_for(user, list(with_people(found)[:LISTED])) if row.may_decide]
    return render(request, "approvals/index.html", {"rows": rows, "is_firm_admin": user.is_firm_admin})


@require_safe
def address(request, code, address_id):
    """The page to which the approver's mail leads: looking at it decides nothing (D-15)."""
    company = administered_company(request.user, code)
    found = get_object_or_404(
        company.sender_addresses.select_related("company__firm", "decided_by"), pk=address_id
    )
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


def decided(request, code, address_id, story):
    """The gestures that every decision shares: load in scope, story, message, back to where it was taken."""
    company = administered_company(request.user, code)
    address = get_object_or_404(company.sender_addresses.select_related("company__firm"), pk=address_id)
    try:
        messages.success(request, story(address, request.POST.get("seen", "")))
    except (decisions.AlreadyDecided, decisions.NotPossible, PermissionDenied) as refusal:
        messages.error(request, str(refusal))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, None):
        back = reverse("approvals:addresses", args=[code])
    return redirect(back)
