"""« Paramètres », « Entreprises »: the companies of the firm, as its administrators keep them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.directory import companies as stories
from approvals.directory.changes import OF_CARDS
from approvals.directory.company_forms import CompanyForm, TeamForm
from approvals.directory.lists import CompanyDirectory
from approvals.directory.standing import Standing
from portal import undo
from portal.models import Company, HistoryEntry

HISTORY_SHOWN = 20


@require_safe
def companies(request):
    if not request.user.is_firm_admin:
        raise Http404
    page = CompanyDirectory(request)
    if page.export:
        return page.export_response("entreprises")
    return render(request, "approvals/companies.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def company_add(request):
    if not request.user.is_firm_admin:
        raise Http404
    firm = request.user.firm
    form = CompanyForm(request.POST or None, firm=firm)
    if request.method == "POST" and (company := form.made(stories.add, firm, by=request.user)):
        messages.success(request, _("%(company)s est créée.") % {"company": company})
        warn_of_manager(request, company)
        return redirect("approvals:contacts", company.code)
    return render(request, "approvals/company_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def company_edit(request, company_id):
    card = card_of(request, company_id)
    form = CompanyForm(request.POST or None, instance=card, firm=request.user.firm)
    if request.method == "POST" and form.changed(stories.change, by=request.user):
        card.refresh_from_db()
        messages.success(request, _("La fiche de %(company)s est enregistrée.") % {"company": card})
        warn_of_manager(request, card)
        return redirect("approvals:company_edit", company_id)
    kept = card_of(request, company_id)
    return render(
        request,
        "approvals/company_edit.html",
        {
            "form": form,
            "card": kept,
            "standing": Standing.ARCHIVED if kept.is_archived else Standing.LIVE,
            "team_form": TeamForm(company=kept),
            "history": HistoryEntry.objects.of(kept).filter(OF_CARDS).select_related("by")[:HISTORY_SHOWN],
        },
    )


@require_POST
def company_team(request, company_id):
    card = card_of(request, company_id)
    form = TeamForm(request.POST, company=card)
    if form.is_valid() and stories.set_team(card, form.cleaned_data["team"], by=request.user):
        messages.success(
            request, _("Les collaborateurs de %(company)s sont enregistrés.") % {"company": card}
        )
    return redirect("approvals:company_edit", company_id)


@require_POST
def company_archive(request, company_id):
    card = card_of(request, company_id)
    if stories.archive(card, by=request.user):
        text = _("%(company)s est archivée : plus personne n’y entre, ses adresses ne reçoivent plus rien.")
        undo.offer(
            request, text % {"company": card}, reverse("approvals:company_restore", args=[company_id]), []
        )
    return redirect("approvals:companies")


@require_POST
def company_restore(request, company_id):
    card = card_of(request, company_id)
    if stories.restore(card, by=request.user):
        messages.success(request, _("%(company)s est restaurée, comme avant.") % {"company": card})
    return redirect("approvals:company_edit", company_id)


def card_of(request, company_id) -> Company:
    kept = Company.objects.kept_by(request.user).select_related("manager__user", "group", "firm")
    return get_object_or_404(kept, pk=company_id)


def warn_of_manager(request, company: Company) -> None:
    """A gestionnaire without an address counts as « Non » in the cascade (D-31): whoever chose one hears of it."""
    manager = company.manager and company.manager.user
    if manager and not (manager.is_active and manager.email):
        messages.warning(
            request,
            _(
                "%(name)s n’a pas d’adresse e-mail active : la cascade compte ce gestionnaire pour « Non », et les "
                "mails partent du groupe ou du cabinet."
            )
            % {"name": manager},
        )
