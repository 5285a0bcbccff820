"""« Paramètres », tab « Adresses bloquées »: what no company of the firm hears any more."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from approvals.models import FirmBlacklisting
from approvals.senders import blacklist
from approvals.senders.lists import BlacklistedList
from mailing.receiving.sender import clean_address


class BlacklistForm(forms.Form):
    address = forms.CharField(label=gettext_lazy("Adresse e-mail"), max_length=254)
    reason = forms.CharField(label=gettext_lazy("Motif (facultatif)"), max_length=300, required=False)

    def clean_address(self) -> str:
        address = clean_address(self.cleaned_data["address"])
        if address is None:
            raise forms.ValidationError(_("Ce n’est pas une adresse e-mail."))
        return address


@require_http_methods(["GET", "HEAD", "POST"])
def blacklisted(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = BlacklistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        if blacklist.add(request.user.firm, address, by=request.user, reason=form.cleaned_data["reason"]):
            messages.success(
                request, _("%(address)s est bloquée pour tout le cabinet.") % {"address": address}
            )
        else:
            messages.info(request, _("%(address)s était déjà bloquée.") % {"address": address})
        return redirect("approvals:blacklisted")
    page = BlacklistedList(request, FirmBlacklisting.objects.visible_to(request.user).select_related("by"))
    if page.export:
        return page.export_response("adresses-bloquees")
    return render(request, "approvals/blacklisted.html", {"form": form, "page": page})


@require_POST
def lift(request, blacklisting_id):
    stopped = get_object_or_404(FirmBlacklisting.objects.visible_to(request.user), pk=blacklisting_id)
    if blacklist.lift(request.user.firm, stopped.address, by=request.user):
        messages.success(
            request,
            _("%(address)s n’est plus bloquée : les décisions des entreprises comptent à nouveau.")
            % {"address": stopped.address},
        )
    return redirect("approvals:blacklisted")
