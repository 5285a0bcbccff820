"""« Fiche » of a company: tabs « Entreprise », « Facturation » and « Historique », for its staff."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from approvals.directory.changes import OF_CARDS
from approvals.directory.company_forms import BillingForm, FactsForm
from approvals.directory.people_lists import CardHistory
from portal.models import Company
from portal.scoping import staffed_company


@require_safe
def record(request, code):
    """Who the company is, and who of the firm works on it."""
    company = staffed_company(request.user, code)
    team = company.attachments.filter(staff__user__is_active=True).select_related("staff__user")
    context = {"company": company, "attachments": team.order_by("staff__user__name")}
    return render(request, "approvals/record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def record_edit(request, code):
    company = staffed_company(request.user, code)
    form = FactsForm(request.POST or None, instance=Company.objects.get(pk=company.pk))
    if request.method == "POST" and form.changed(by=request.user, company=company):
        messages.success(request, _("La fiche est enregistrée."))
        return redirect("approvals:record", code)
    return render(request, "approvals/record_edit.html", {"company": company, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def billing(request, code):
    company = staffed_company(request.user, code)
    form = BillingForm(request.POST or None, instance=Company.objects.get(pk=company.pk))
    if request.method == "POST" and form.changed(by=request.user, company=company):
        messages.success(request, _("La facturation est enregistrée."))
        return redirect("approvals:billing", code)
    return render(request, "approvals/billing.html", {"company": company, "form": form})


@require_safe
def record_history(request, code):
    company = staffed_company(request.user, code)
    page = CardHistory(request, company.history.filter(OF_CARDS).select_related("by"))
    if page.export:
        return page.export_response(f"historique-{company.code}")
    return render(request, "approvals/record_history.html", {"company": company, "page": page})
