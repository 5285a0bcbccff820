"""« Paramètres »: what the firm asks of whoever logs in, and the journal of who did."""

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.firm_settings import stories
from portal.firm_settings.lists import JournalList
from portal.firm_settings.views import own_firm
from portal.login.events import event_of
from portal.login.second_factor import FACTORS
from portal.models import Firm, HistoryEntry, Journal, StaffMember


class SecurityForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = ["mfa_is_required"]


@require_http_methods(["GET", "HEAD", "POST"])
def firm_security(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = SecurityForm(request.POST or None, instance=own_firm(request))
    if request.method == "POST" and form.is_valid():
        stories.change(form.instance, form.changed_data, by=request.user, journal=Journal.ACCESS)
        messages.success(request, _("Les paramètres de sécurité sont enregistrés."))
        return redirect("portal:firm_security")
    return render(request, "portal/firm_security.html", {"form": form, "staff": protected(request.user.firm)})


def protected(firm: Firm) -> dict[str, int]:
    """How many of the staff there are, and how many have a second factor."""
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    staff = StaffMember.objects.filter(user__firm=firm, user__is_active=True).annotate(
        is_safe=Exists(factors)
    )
    return staff.aggregate(total=Count("pk"), safe=Count("pk", filter=Q(is_safe=True)))


@require_safe
def journal(request):
    """« Journal des accès »: read only, by the administrators of the firm alone (T37)."""
    if not request.user.is_firm_admin:
        raise Http404
    entries = HistoryEntry.objects.access_journal_of(request.user).select_related("by", "company")
    page = JournalList(request, entries)
    if page.export:
        return page.export_response("journal-des-acces")
    for entry in page.rows:
        entry.event = event_of(entry)
    return render(request, "portal/journal.html", {"page": page})
