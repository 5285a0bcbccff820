"""What is asked for a gesture on documents: where to, which étiquettes, which name and order."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.filing.places import Place
from documents.ged import editing, tagging
from documents.models import Audience, Document, Folder, Tag
from portal.files.checks import MAX_NAME
from portal.models import Company


class MoveForm(forms.Form):
    """A folder of the company, or one of a salarié's with the salarié."""

    dossier = forms.TypedChoiceField(label=gettext_lazy("Répertoire"), coerce=int)
    salarie = forms.TypedChoiceField(
        label=gettext_lazy("Salarié"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=gettext_lazy("Pour un répertoire des salariés : de qui est le document."),
    )

    def __init__(self, data, company: Company, place: Place):
        super().__init__(data)
        self.folders = {folder.pk: folder for folder in Folder.objects.of_company(company)}
        self.employees = {
            employee.pk: employee
            for employee in company.employees.select_related("user").order_by("user__name")
        }
        self.fields["dossier"].choices = [("", "—"), *grouped(list(self.folders.values()))]
        self.fields["salarie"].choices = [
            ("", "—"),
            *((pk, f"{employee.user} ({employee.matricule})") for pk, employee in self.employees.items()),
        ]
        if place.employee:
            self.fields["salarie"].initial = place.employee.pk
        if not self.employees:
            del self.fields["salarie"]

    def clean(self):
        cleaned = super().clean()
        folder = self.folders.get(cleaned.get("dossier"))
        if folder is None:
            return cleaned
        employee = self.employees.get(cleaned.get("salarie"))
        of_employees = folder.audience == Audience.EMPLOYEES
        if of_employees and employee is None:
            where = "salarie" if "salarie" in self.fields else "dossier"
            self.add_error(where, _("Ce répertoire est un répertoire des salariés : choisissez le salarié."))
        self.folder, self.employee = folder, employee if of_employees else None
        return cleaned


def grouped(folders: Sequence[Folder]) -> list[tuple[str, list[tuple[int, str]]]]:
    """The folders as a menu shows them: by whose they are, « Parent › Enfant »."""
    known = {folder.pk: folder for folder in folders}

    def trail(folder: Folder) -> str:
        parent = known.get(folder.parent_id)
        return f"{trail(parent)} › {folder}" if parent else str(folder)

    groups = []
    for audience in (Audience.CLIENTS, Audience.EMPLOYEES, Audience.SUPPLIERS):
        options = [(folder.pk, trail(folder)) for folder in folders if folder.audience == audience]
        if options:
            groups.append((str(audience.label), options))
    return groups


class WordsField(forms.CharField):
    """Étiquettes as people type them, between commas."""

    def clean(self, value) -> list[str]:
        return tagging.words_of(super().clean(value))


class TagForm(forms.Form):
    ajouter = WordsField(
        label=gettext_lazy("Ajouter"),
        required=False,
        max_length=900,
        help_text=gettext_lazy("Une ou plusieurs étiquettes, séparées par des virgules."),
    )
    enlever = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Enlever"),
        queryset=Tag.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data, documents: Sequence[Document]):
        super().__init__(data)
        held = Tag.objects.filter(documents__in=[document.pk for document in documents]).distinct()
        self.fields["enlever"].queryset = held
        if not held:
            del self.fields["enlever"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("ajouter") and not cleaned.get("enlever"):
            raise ValidationError(_("Ajoutez ou enlevez au moins une étiquette."))
        return cleaned


class MergeForm(forms.Form):
    nom = forms.CharField(label=gettext_lazy("Nom du PDF"), max_length=MAX_NAME)

    def __init__(self, data, documents: Sequence[Document]):
        super().__init__(data)
        self.documents = documents
        for number, document in enumerate(documents, start=1):
            field = forms.IntegerField(
                label=document.name, min_value=1, max_value=999, initial=number, required=False
            )
            self.fields[f"rang-{document.pk}"] = field

    def clean_nom(self) -> str:
        return editing.named(self.cleaned_data["nom"], "x.pdf")

    @property
    def ranks(self):
        return [self[f"rang-{document.pk}"] for document in self.documents]

    @property
    def ordered(self) -> list[Document]:
        """The documents by the rank given to each; those without one keep their place."""

        def rank(numbered: tuple[int, Document]) -> int:
            number, document = numbered
            return self.cleaned_data.get(f"rang-{document.pk}") or number

        return [document for _number, document in sorted(enumerate(self.documents, start=1), key=rank)]


class EditForm(forms.Form):
    """Name, description and étiquettes of one document; the first two travel with what was seen of them."""

    nom = forms.CharField(label=gettext_lazy("Nom"), max_length=255)
    description = forms.CharField(label=gettext_lazy("Description"), max_length=500, required=False)
    etiquettes = WordsField(
        label=gettext_lazy("Étiquettes"),
        required=False,
        max_length=900,
        help_text=gettext_lazy("Séparées par des virgules ; elles ne se voient pas sur le portail."),
    )
    vu_nom = forms.CharField(widget=forms.HiddenInput, required=False, max_length=255, strip=False)
    vu_description = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500, strip=False)

    def __init__(self, data, document: Document):
        self.document = document
        seen = {"vu_nom": document.name, "vu_description": document.description}
        words = ", ".join(str(tag) for tag in document.tags.all())
        typed = {"nom": document.name, "description": document.description, "etiquettes": words}
        super().__init__(data, initial=seen | typed)

    def clean_nom(self) -> str:
        typed = self.cleaned_data["nom"]
        return typed if typed == self.document.name else editing.named(typed, self.document.name)

    @property
    def seen(self) -> tuple[str, str]:
        return self.cleaned_data["vu_nom"], self.cleaned_data["vu_description"]

    def see_again(self) -> None:
        """What the first has written stands before the second: what is sent next is sent knowingly."""
        self.data = self.data.copy()
        self.data["vu_nom"], self.data["vu_description"] = self.document.name, self.document.description
