import re

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.files.checks import FORBIDDEN_TYPES
from portal.firm_settings import stories
from portal.models import Firm, HistoryEntry

HISTORY_SHOWN = 20
EXTENSION = re.compile(r"[a-z0-9]{1,10}")


class FirmForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = ["name", "communication_email", "functional_email", "favourite_suffices", "extra_types"]

    def clean_extra_types(self):
        """« .DWG ; xlsb » as « dwg xlsb »; what no folder takes is refused here too (D-20)."""
        types = sorted(
            {word.lstrip(".") for word in re.split(r"[\s,;]+", self.cleaned_data["extra_types"].lower())}
            - {""}
        )
        if wrong := [word for word in types if not EXTENSION.fullmatch(word)]:
            raise forms.ValidationError(
                _("« %(types)s » : une extension a de 1 à 10 lettres ou chiffres, sans accent.")
                % {"types": ", ".join(wrong)}
            )
        if forbidden := [word for word in types if word in FORBIDDEN_TYPES]:
            raise forms.ValidationError(
                _("Programmes, scripts, macros et pages HTML ne sont jamais acceptés : %(types)s.")
                % {"types": ", ".join(forbidden)}
            )
        return " ".join(types)


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
