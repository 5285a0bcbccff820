"""« Chemins »: the roots under which the folders of each audience lie (D-40)."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from documents.folders import naming
from documents.models.folder import ROOTS
from portal.firm_settings import stories as settings_of_firm
from portal.listing.search import fold
from portal.models import Firm, User

NAMES = (ROOTS["employees"], ROOTS["clients"], ROOTS["suppliers"])


def mark_of(firm: Firm) -> str:
    """What the form carries along, so that a colleague's change is noticed."""
    return "|".join(getattr(firm, name) for name in NAMES)


@transaction.atomic
def change(firm: Firm, wanted: dict[str, str], *, seen: str, by: User) -> list[str]:
    """Give `firm` other roots; the names of the fields that changed.

    Raises ValidationError where a colleague has changed one since the person saw them; nothing is saved then.
    """
    naming.lock(firm)
    row = Firm.objects.get(pk=firm.pk)
    if seen != mark_of(row):
        raise ValidationError(
            _(
                "Un collègue a changé les racines entre-temps : %(now)s. Rien n’est enregistré : relisez, puis enregistrez."
            )
            % {"now": mark_of(row).replace("|", ", ")}
        )
    changed = [name for name in NAMES if getattr(row, name) != wanted[name]]
    for name in changed:
        setattr(row, name, wanted[name])
    settings_of_firm.change(row, changed, by=by)
    return changed


class RootsForm(forms.ModelForm):
    seen = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    class Meta:
        model = Firm
        fields = NAMES

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = mark_of(self.instance)

    def clean(self):
        cleaned = super().clean()
        before: list[str] = []
        for name in NAMES:
            if name not in cleaned:
                continue
            try:
                cleaned[name] = naming.clean_path(cleaned[name])
            except ValidationError as refusal:
                self.add_error(name, refusal)
                continue
            mine = f"{fold(cleaned[name])}\\"
            if any(mine.startswith(other) or other.startswith(mine) for other in before):
                self.add_error(name, _("Deux racines ne peuvent être la même, ni l’une dans l’autre."))
            before.append(mine)
        return cleaned

    def saved(self, *, by: User) -> bool:
        """Is it valid, and saved? Else the errors say why, and the form may be sent again."""
        if not self.is_valid():
            return False
        wanted = {name: self.cleaned_data[name] for name in NAMES}
        try:
            change(self.instance, wanted, seen=self.cleaned_data["seen"], by=by)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            self.data = self.data.copy()
            self.data["seen"] = mark_of(Firm.objects.get(pk=self.instance.pk))
            return False
        return True
