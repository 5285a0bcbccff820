from collections.abc import Sequence
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.receiving.parsing import Part
from portal.templatetags.portal import filesize


class ByHandForm(forms.Form):
    """Which of a mail's files are filed, and why."""

    chosen = forms.TypedMultipleChoiceField(
        label=_("Fichiers à classer"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez au moins un fichier.")},
    )
    reason = forms.CharField(label=_("Motif (facultatif)"), max_length=300, required=False)

    def __init__(self, parts: Sequence[Part], *args, **kwargs):
        """`parts`: the files of the mail, and the whole mail as the last one, ticked where there is no other."""
        super().__init__(*args, **kwargs)
        offered = [part for part in parts if not part.left_out]
        choice = cast(forms.TypedMultipleChoiceField, self.fields["chosen"])
        choice.choices = [(part.index, f"{part.display_name} – {filesize(part.size)}") for part in offered]
        choice.initial = [part.index for part in offered[:-1] or offered]


class AsideForm(forms.Form):
    """« Écarter », with a reason for whoever looks later."""

    reason = forms.CharField(label=_("Motif (facultatif)"), max_length=300, required=False)
