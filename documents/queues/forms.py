from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import Audience, Folder
from documents.queues.choices import folders_of, groups_of, last_used
from portal.models import Company, User


class EmployeeField(forms.ModelChoiceField):
    def label_from_instance(self, employee):
        return f"{employee.user} ({employee.matricule})"


class FolderForm(forms.Form):
    """Into which folder, and of which salarié where it is one of theirs."""

    dossier = forms.TypedChoiceField(
        label=gettext_lazy("Répertoire"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choisissez un répertoire."),
            "invalid_choice": gettext_lazy("Ce répertoire n’existe plus : choisissez-en un autre."),
        },
    )
    salarie = EmployeeField(
        None,
        label=gettext_lazy("Salarié"),
        required=False,
        empty_label=gettext_lazy("Choisir un salarié"),
        error_messages={"invalid_choice": gettext_lazy("Ce salarié n’est plus là : choisissez-en un autre.")},
    )

    def __init__(self, company: Company, user: User, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.folders = folders_of(company)
        self.groups = groups_of(self.folders, last_used(user, company))
        self.fields["dossier"].choices = [(pk, folder.label) for pk, folder in self.folders.items()]
        self.fields["salarie"].queryset = (
            company.employees.live().select_related("user").order_by("user__name", "pk")
        )

    def clean(self):
        cleaned = super().clean()
        folder = self.folders.get(cleaned.get("dossier"))
        if folder is None:
            return cleaned
        of_employees = folder.audience == Audience.EMPLOYEES
        if of_employees and cleaned.get("salarie") is None and "salarie" not in self.errors:
            self.add_error("salarie", _("Choisissez le salarié de qui est ce document."))
        return {**cleaned, "folder": folder, "employee": cleaned.get("salarie") if of_employees else None}

    @property
    def folder(self) -> Folder:
        return self.cleaned_data["folder"]


class FilingForm(FolderForm):
    """The same for one document, with the name and the description that it has there."""

    nom = forms.CharField(label=gettext_lazy("Nom du document"), max_length=255)
    description = forms.CharField(
        label=gettext_lazy("Description (facultative)"), max_length=500, required=False
    )
