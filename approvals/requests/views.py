from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.models import UserRequest
from approvals.requests import stories
from approvals.requests.forms import AskForm, ChangeForm, DoneForm, RefuseForm, WishForm, initial_of
from approvals.requests.lists import FirmRequestList, RequestList
from portal import told
from portal.models import HistoryEntry
from portal.scoping import administered_company, staffed_company

FORM = ["GET", "HEAD", "POST"]


@require_safe
def firm_requests(request):
    """Everything that clients ask for, over all companies of a staff member."""
    if request.user.staff is None:
        raise Http404
    asked = UserRequest.objects.decided_by_staff(request.user).select_related("company", "by")
    page = FirmRequestList(request, asked)
    if page.export:
        return page.export_response("demandes")
    return render(request, "approvals/firm_requests.html", {"page": page})


@require_safe
def user_requests(request, code):
    company = administered_company(request.user, code)
    page = RequestList(request, company.user_requests.select_related("company", "by"))
    if page.export:
        return page.export_response(f"demandes-{company.code}")
    return render(request, "approvals/user_requests.html", {"company": company, "page": page})


@require_http_methods(FORM)
def ask_user(request, code):
    company = asking_company(request.user, code)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        return asked_for(request, company, form.wish(), comment=comment)
    return render(request, "approvals/ask_user.html", {"company": company, "form": form})


@require_http_methods(FORM)
def ask_change(request, code):
    company = asking_company(request.user, code)
    form = ChangeForm(company, request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, comment = form.cleaned_data["person"], form.cleaned_data["comment"]
        return asked_for(request, company, form.wish(), person=person, comment=comment)
    return render(request, "approvals/ask_change.html", {"company": company, "form": form})


def asking_company(user, code):
    """The company for which `user` asks as its client administrator: staff give accesses themselves."""
    company = administered_company(user, code)
    if company.is_staffed:
        raise Http404
    return company


def asked_for(request, company, wish, **more):
    try:
        stories.ask(company, wish, by=request.user, **more)
    except stories.TooMany as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("Votre demande est transmise au cabinet. Un e-mail vous dira sa réponse.")
        )
    return redirect("approvals:user_requests", company.code)


@require_http_methods(FORM)
def user_request(request, code, request_id):
    """A request; the staff of its company accept it here, corrected where need be."""
    company = administered_company(request.user, code)
    requests = company.user_requests.select_related("by", "decided_by", "person", "company__firm")
    asked = get_object_or_404(requests, pk=request_id)
    form = deciding_form(asked, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        staffed_company(request.user, code)
        if form.is_valid() and accepted(request, asked, form):
            return redirect(asked)
    context = {
        "company": company,
        "asked": asked,
        "form": form,
        "refuse_form": RefuseForm(),
        "is_mine": asked.by_id == request.user.pk,
        "history": HistoryEntry.objects.of(asked).select_related("by"),
    }
    return render(request, "approvals/user_request.html", context)


def deciding_form(asked, data):
    return DoneForm(data) if asked.is_change else WishForm(data, initial=initial_of(asked))


def accepted(request, asked, form) -> bool:
    """Was the request decided, by this gesture or before? False where the form says what is in the way."""
    try:
        if asked.is_change:
            stories.settle_change(asked, by=request.user, note=form.cleaned_data["note"])
        elif why := stories.grant(asked, form.wish(), by=request.user):
            told.tell(why)
        messages.success(request, _("La demande est acceptée, et la personne qui l’a faite en est prévenue."))
    except stories.AlreadyDecided as refusal:
        messages.error(request, str(refusal))
    except ValidationError as refusal:
        asked.refresh_from_db()
        form.refused(refusal)
        return False
    return True


@require_POST
def refuse_user(request, code, request_id):
    company = staffed_company(request.user, code)
    asked = get_object_or_404(company.user_requests.select_related("by", "company__firm"), pk=request_id)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Dites pourquoi la demande est refusée : la personne le lira."))
        return redirect(asked)
    try:
        stories.refuse(asked, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("La demande est refusée, et la personne qui l’a faite en est prévenue."))
    except stories.AlreadyDecided as refusal:
        messages.error(request, str(refusal))
    return redirect(asked)


@require_POST
def withdraw_user(request, code, request_id):
    """Whoever asked takes it back, as long as nobody has decided."""
    company = administered_company(request.user, code)
    mine = company.user_requests.filter(by=request.user).select_related("company__firm")
    asked = get_object_or_404(mine, pk=request_id)
    try:
        stories.withdraw(asked, by=request.user)
        messages.success(request, _("Votre demande est retirée."))
    except stories.AlreadyDecided as refusal:
        messages.error(request, str(refusal))
    return redirect("approvals:user_requests", company.code)
