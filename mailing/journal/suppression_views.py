"""« Paramètres », tab « Suppressions »: the addresses to which the firm writes no more, and why (D-36)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailing.journal.lists import SuppressionList
from mailing.models import Suppression
from mailing.receiving.sender import clean_address
from mailing.tracking import suppressions as stories


class SuppressionForm(forms.Form):
    address = forms.CharField(label=gettext_lazy("Adresse e-mail"), max_length=254)
    note = forms.CharField(label=gettext_lazy("Motif (facultatif)"), max_length=300, required=False)

    def clean_address(self) -> str:
        address = clean_address(self.cleaned_data["address"])
        if address is None:
            raise forms.ValidationError(_("Ce n’est pas une adresse e-mail."))
        return address


class LiftForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=300,
        help_text=gettext_lazy(
            "Pourquoi les envois peuvent reprendre : il reste dans l’historique du cabinet."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def suppressions(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address, note = form.cleaned_data["address"], form.cleaned_data["note"]
        if stories.add(request.user.firm, address, by=request.user, note=note):
            messages.success(request, _("Le cabinet n’écrit plus à %(address)s.") % {"address": address})
        else:
            messages.info(request, _("Le cabinet n’écrivait déjà plus à %(address)s.") % {"address": address})
        return redirect("mailing:suppressions")
    page = SuppressionList(request, Suppression.objects.visible_to(request.user).select_related("by"))
    if page.export:
        return page.export_response("suppressions")
    return render(request, "mailing/suppressions.html", {"form": form, "page": page})


@require_safe
def suppression(request, suppression_id):
    found = Suppression.objects.visible_to(request.user).select_related("by", "event__mail")
    stopped = get_object_or_404(found, pk=suppression_id)
    return render(request, "mailing/suppression.html", {"stopped": stopped, "form": LiftForm()})


@require_POST
def suppression_lift(request, suppression_id):
    stopped = get_object_or_404(
        Suppression.objects.visible_to(request.user).select_related("firm"), pk=suppression_id
    )
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Dites pourquoi les envois peuvent reprendre."))
        return redirect("mailing:suppression", suppression_id)
    if stories.lift(stopped, by=request.user, note=form.cleaned_data["note"]):
        messages.success(
            request, _("Le cabinet écrit de nouveau à %(address)s.") % {"address": stopped.address}
        )
    return redirect("mailing:suppressions")
