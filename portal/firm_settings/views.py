import re
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.files.checks import FORBIDDEN_TYPES
from portal.firm_settings import stories
from portal.models import Firm, HistoryEntry

HISTORY_SHOWN = 20
EXTENSION = re.compile(r"[a-z0-9]{1,10}")


class FirmForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = ["name", "favourite_suffices", "extra_types"]

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


class ServerForm(forms.ModelForm):
    """Tab « Serveur » of « Paramètres internet »; the rest of it is read-only (D-42)."""

    class Meta:
        model = Firm
        fields = ["notification_from", "reply_to", "grouping_minutes"]
        help_texts = {
            "notification_from": gettext_lazy(
                "L’expéditeur que lisent clients et salariés quand un document est mis à leur disposition. "
                "D’ordinaire une adresse « noreply » : personne n’y répond."
            ),
            "reply_to": gettext_lazy("La boîte normale du cabinet : les réponses à ces mails y arrivent."),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def firm(request):
    """« Paramètres » : the firm's own page, for its administrators."""
    if not request.user.is_firm_admin:
        raise Http404
    form = FirmForm(request.POST or None, instance=own_firm(request))
    if request.method == "POST" and form.is_valid():
        stories.change(form.instance, form.changed_data, by=request.user)
        messages.success(request, _("Les paramètres du cabinet sont enregistrés."))
        return redirect("portal:firm")
    history = HistoryEntry.objects.of(request.user.firm).select_related("by")[:HISTORY_SHOWN]
    return render(request, "portal/firm.html", {"form": form, "history": history})


@require_http_methods(["GET", "HEAD", "POST"])
def internet(request):
    """« Paramètres internet », tab « Serveur » (S3-02 to S3-04); an address is proposed, and saved only by the form."""
    if not request.user.is_firm_admin:
        raise Http404
    firm = own_firm(request)
    proposed = "" if firm.notification_from else firm.proposed_notification_from
    taken_up = proposed and request.method != "POST" and "proposition" in request.GET
    initial = {"notification_from": proposed} if taken_up else None
    form = ServerForm(request.POST or None, instance=firm, initial=initial)
    if request.method == "POST" and form.is_valid():
        stories.change(firm, form.changed_data, by=request.user)
        messages.success(request, _("Les paramètres internet sont enregistrés."))
        return redirect("portal:internet")
    context = {"form": form, "host": urlsplit(settings.SITE_URL).netloc, "proposed": proposed}
    return render(request, "portal/internet.html", context)


def own_firm(request) -> Firm:
    """The firm of the person, apart from the one that the page's frame shows: a form changes it before it is valid."""
    return Firm.objects.get(pk=request.user.firm_id)
