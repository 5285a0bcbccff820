"""« Paramètres », « Fournisseurs »: whoever the firm itself buys from (S3-08)."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.directory import numbers
from approvals.directory import suppliers as stories
from approvals.directory.forms import AddressField, CardForm
from approvals.directory.lists import SupplierList
from portal import undo
from portal.models import HistoryEntry, Supplier

HISTORY_SHOWN = 20


class SupplierForm(CardForm):
    vat_number = forms.CharField(
        label=gettext_lazy("Numéro de TVA"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("De tout pays de l’Union, avec ses deux lettres : FR, BE, DE…"),
    )

    class Meta:
        model = Supplier
        fields = ("code", "name", "email", "vat_number", "street", "postcode", "city")
        field_classes = {"email": AddressField}

    def clean_vat_number(self) -> str:
        try:
            return numbers.any_vat_number(self.cleaned_data["vat_number"])
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal)) from None


@require_safe
def suppliers(request):
    if not request.user.is_firm_admin:
        raise Http404
    page = SupplierList(request)
    if page.export:
        return page.export_response("fournisseurs")
    return render(request, "approvals/suppliers.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def supplier_add(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and (supplier := form.made(stories.add, request.user.firm, by=request.user)):
        messages.success(request, _("%(name)s est créé.") % {"name": supplier})
        return redirect("approvals:suppliers")
    return render(request, "approvals/supplier_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def supplier_edit(request, supplier_id):
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=supplier_id)
    form = SupplierForm(request.POST or None, instance=supplier)
    if request.method == "POST" and form.changed(by=request.user, firm=request.user.firm):
        messages.success(request, _("La fiche du fournisseur est enregistrée."))
        return redirect("approvals:supplier_edit", supplier_id)
    kept = Supplier.objects.get(pk=supplier_id)
    history = HistoryEntry.objects.of(kept).select_related("by")[:HISTORY_SHOWN]
    context = {"form": form, "supplier": kept, "history": history}
    return render(request, "approvals/supplier_edit.html", context)


@require_POST
def supplier_archive(request, supplier_id):
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=supplier_id)
    if stories.archive(supplier, by=request.user):
        back = reverse("approvals:supplier_restore", args=[supplier_id])
        undo.offer(request, _("%(name)s est archivé.") % {"name": supplier}, back, [])
    return redirect("approvals:suppliers")


@require_POST
def supplier_restore(request, supplier_id):
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=supplier_id)
    if stories.restore(supplier, by=request.user):
        messages.success(request, _("%(name)s est de retour dans la liste.") % {"name": supplier})
    return redirect("approvals:supplier_edit", supplier_id)
