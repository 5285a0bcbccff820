"""« Droits »: what one contact may see and do, and under which identifiant a person logs in."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from approvals.access import rescue
from approvals.access.grid import acting_grid
from approvals.access.lists import row_of
from approvals.access.rights import RIGHTS, code_of, folders_of, rename, set_folders, set_rights
from approvals.access.stories import is_staff
from documents.models import Folder
from portal.login.second_factor import has_one
from portal.models import ClientMember, HistoryEntry
from portal.models.firm import code_validator

HISTORY_SHOWN = 20


class RightsForm(forms.ModelForm):
    class Meta:
        model = ClientMember
        fields = RIGHTS
        help_texts = {
            "is_admin": gettext_lazy(
                "Il décide de qui peut envoyer des documents, lit les e-mails de l’entreprise et voit ses accès."
            ),
            "sees_employees": gettext_lazy("Bulletins et contrats des salariés de l’entreprise."),
        }


class FoldersForm(forms.Form):
    """The client folders of the company, ticked where the contact sees them."""

    folders = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Répertoires qu’il voit sur le portail"),
        queryset=Folder.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Parmi ceux que la configuration de la GED met sur le portail."),
    )

    def __init__(self, data, member: ClientMember):
        folders = folders_of(member)
        withheld = member.withheld_folders.values("folder")
        super().__init__(data, initial={"folders": list(folders.exclude(pk__in=withheld))})
        field = self.fields["folders"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = folders


class LoginCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Identifiant"),
        max_length=32,
        validators=[code_validator],
        help_text=gettext_lazy(
            "Ce que la personne tape pour se connecter, à la place de son adresse e-mail."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def access(request, code, people, access_id):
    grid = acting_grid(request.user, people, code)
    found = get_object_or_404(grid.accesses(), pk=access_id)
    name, row = str(found.user), row_of(found)
    told = forms_for(request, found)
    if request.method == "POST" and are_valid(told) and saved(request, found, told):
        messages.success(request, _("Les droits de %(name)s sont enregistrés.") % {"name": name})
        return redirect(grid.url)
    context = {
        "grid": grid,
        "company": grid.company,
        "row": row,
        "forms": told,
        "may_rescue": request.user.is_firm_admin and not is_staff(found.user) and has_one(found.user),
        "history": HistoryEntry.objects.of(found).select_related("by")[:HISTORY_SHOWN],
    }
    return render(request, "approvals/access.html", context)


@require_POST
def access_factors(request, code, people, access_id):
    """For firm administrators; whoever is a collaborateur too is helped on that card."""
    grid = acting_grid(request.user, people, code)
    if not request.user.is_firm_admin:
        raise Http404
    found = get_object_or_404(grid.accesses().filter(user__staff_member=None), pk=access_id)
    if rescue.take_factors_away(found.user, by=request.user):
        text = _("Le second facteur de %(name)s est retiré ; un e-mail le lui dit.")
        messages.success(request, text % {"name": found.user})
    return redirect("approvals:access", code, people, access_id)


def forms_for(request, found) -> list[forms.BaseForm]:
    """The rights of a contact; the identifiant, for firm administrators (S3-26)."""
    data = request.POST if request.method == "POST" else None
    told: list[forms.BaseForm] = []
    if isinstance(found, ClientMember):
        told.append(RightsForm(data, instance=found))
        if folders_of(found).exists():
            told.append(FoldersForm(data, found))
    if request.user.is_firm_admin:
        login_code = code_of(found)
        told.append(LoginCodeForm(data, initial={"code": login_code.code if login_code else ""}))
    return told


def are_valid(told) -> bool:
    """Each is asked, so that each says what is wrong with it."""
    return not [form for form in told if not form.is_valid()]


def saved(request, found, told) -> bool:
    """All of them, or none; False where the identifiant is taken, which its form then says."""
    try:
        with transaction.atomic():
            for form in told:
                if isinstance(form, RightsForm):
                    set_rights(found, form.changed_data, by=request.user)
                elif isinstance(form, FoldersForm):
                    set_folders(found, form.cleaned_data["folders"], by=request.user)
                else:
                    rename(found, form.cleaned_data["code"], by=request.user)
    except ValidationError as refusal:
        told[-1].add_error("code", refusal.messages)
        return False
    return True
