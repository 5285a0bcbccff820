from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.models import ImportKind


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Que contient le fichier ?"),
        choices=ImportKind.choices,
        initial=ImportKind.COMPANIES,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("Fichier CSV ou Excel"),
        allow_empty_file=True,
        max_length=500,
        help_text=_(
            "Format .csv ou .xlsx, au plus 10 000 lignes et 10 Mo. Rien n’est importé avant que vous ayez vu "
            "ce qui changera."
        ),
        error_messages={"required": _("Choisissez un fichier.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    creates_groups = forms.BooleanField(
        label=_("Créer les groupes absents"),
        required=False,
        help_text=_("Entreprises seulement : sans cela, un groupe que le cabinet n’a pas est une erreur."),
    )

    def __init__(self, *args, refused: str = "", **kwargs):
        """`refused`: why the portal did not take the file at all."""
        super().__init__(*args, **kwargs)
        if refused:
            self.fields["file"].error_messages["required"] = refused
