"""What the forms of all cards share: addresses that are one address, and the mark of what was seen."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from approvals.directory import changes
from mailing.receiving.sender import clean_address


class AddressField(forms.CharField):
    """One e-mail address and nothing else, in the form in which addresses are compared (T51, D-02)."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        if (address := clean_address(typed)) is None:
            raise ValidationError(_("Ce n’est pas une adresse e-mail."))
        return address


class CardForm(forms.ModelForm):
    """The form of one card; what it saves goes through `changes.change`, never through `save()`.

    `person_fields` names those that belong to `instance.user` and not to the card itself.
    """

    person_fields: tuple[str, ...] = ()

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seen"].initial = self.mark()
        else:
            del self.fields["seen"]

    def parts(self, *, fresh: bool = False) -> list[changes.Part]:
        """The rows of this card with what was typed for them; `fresh`: before anything was."""
        typed = dict.fromkeys(self.fields) if fresh else self.cleaned_data
        own = {name: typed[name] for name in self._meta.fields or () if name in self.fields}
        parts: list[changes.Part] = [(self.instance, own)]
        if person := {name: typed[name] for name in self.person_fields if name in self.fields}:
            parts.append((self.instance.user, person))
        return parts

    def mark(self) -> str:
        """Of the card as it is before anything is typed."""
        return changes.mark_of(self.parts(fresh=True))

    def made(self, story: Callable[..., Any], *args: Any, **how: Any) -> Any:
        """What `story` makes of what was typed; None where something is to be said beside a field."""
        if not self.is_valid():
            return None
        try:
            return story(*args, **self.cleaned_data, **how)
        except ValidationError as refusal:
            self.refuse(refusal)
            return None

    def changed(self, story: Callable[..., Any] = changes.change, **how: Any) -> bool:
        """Let `story` save the card as typed; False where something is to be said beside a field, or on top."""
        if not self.is_valid():
            return False
        try:
            story(self.parts(), seen=self.cleaned_data["seen"], **how)
        except ValidationError as refusal:
            self.refuse(refusal)
            return False
        return True

    def refuse(self, refusal: ValidationError) -> None:
        if hasattr(refusal, "error_dict"):
            for name, errors in refusal.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
            return
        self.add_error(NON_FIELD_ERRORS, refusal)
        if any(error.code == changes.STALE for error in refusal.error_list):
            # The person has both values before them: what is sent next is sent knowingly.
            parts = [(type(row)._base_manager.get(pk=row.pk), typed) for row, typed in self.parts()]
            self.data = {**dict(self.data.items()), self.add_prefix("seen"): changes.mark_of(parts)}
