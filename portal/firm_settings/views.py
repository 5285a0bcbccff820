from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.firm_settings import stories
from portal.models import Firm, HistoryEntry

HISTORY_SHOWN = 20


class FirmForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = ["name", "communication_email", "functional_email", "favourite_suffices"]


@require_http_methods(["GET", "HEAD", "POST"])
def firm(request):
    """« Paramètres » : the firm's own page, for its administrators."""
    if not request.user.is_firm_admin:
        raise Http404
    form = FirmForm(request.POST or None, instance=Firm.objects.get(pk=request.user.firm_id))
    if request.method == "POST" and form.is_valid():
        stories.change(form.instance, form.changed_data, by=request.user)
        messages.success(request, _("Les paramètres du cabinet sont enregistrés."))
        return redirect("portal:firm")
    history = HistoryEntry.objects.of(request.user.firm).select_related("by")[:HISTORY_SHOWN]
    return render(request, "portal/firm.html", {"form": form, "history": history})
