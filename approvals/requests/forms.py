from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.models import RequestKind, UserRequest
from approvals.requests.stories import Wish
from mailing.receiving.sender import clean_address
from portal.models import Company, User
from portal.models.firm import code_validator

COMMENT = forms.CharField(
    label=gettext_lazy("Commentaire (facultatif)"),
    max_length=1000,
    required=False,
    widget=forms.Textarea(attrs={"rows": 3}),
)


class WishForm(forms.Form):
    """Who is to come: asked for by a client administrator, corrected by the firm before it accepts."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Cette personne est"),
        choices=[
            (RequestKind.CONTACT.value, gettext_lazy("un contact : elle voit les documents de l’entreprise")),
            (RequestKind.EMPLOYEE.value, gettext_lazy("un salarié : il ne voit que ses propres documents")),
        ],
        widget=forms.RadioSelect,
        initial=RequestKind.CONTACT.value,
    )
    name = forms.CharField(label=gettext_lazy("Prénom et nom"), max_length=200)
    email = forms.CharField(
        label=gettext_lazy("Adresse e-mail"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Facultative pour un salarié, qui reçoit alors ses accès par lettre."),
    )
    matricule = forms.CharField(
        label=gettext_lazy("Matricule"),
        max_length=32,
        required=False,
        validators=[code_validator],
        help_text=gettext_lazy("Pour un salarié : celui de ses bulletins."),
    )
    is_admin = forms.BooleanField(
        label=gettext_lazy("Administrateur client : décide des adresses qui déposent et demande des accès"),
        required=False,
    )

    def clean_email(self) -> str:
        typed = self.cleaned_data["email"].strip()
        address = clean_address(typed) if typed else ""
        if address is None:
            raise ValidationError(_("Ce n’est pas une adresse e-mail."))
        return address

    def clean(self):
        cleaned = super().clean()
        is_employee = cleaned.get("kind") == RequestKind.EMPLOYEE
        if is_employee and not cleaned.get("matricule") and "matricule" not in self.errors:
            self.add_error("matricule", _("Un salarié a un matricule."))
        if not is_employee and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("Un contact a une adresse e-mail."))
        return cleaned

    def wish(self) -> Wish:
        """What was typed, without what does not go with its kind."""
        data, kind = self.cleaned_data, RequestKind(self.cleaned_data["kind"])
        is_employee = kind is RequestKind.EMPLOYEE
        return Wish(
            kind,
            data["name"],
            data["email"],
            matricule=data["matricule"] if is_employee else "",
            is_admin=data["is_admin"] and not is_employee,
        )

    def refused(self, error: ValidationError) -> None:
        """What the story found wrong, beside its field where the form has it."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for field, errors in error.error_dict.items():
            self.add_error(field if field in self.fields else None, errors)


class AskForm(WishForm):
    comment = COMMENT


class ChangeForm(forms.Form):
    """A change to one of the people of the company, told in words."""

    person = forms.ModelChoiceField(
        label=gettext_lazy("Personne"), queryset=User.objects.none(), empty_label=gettext_lazy("Choisir…")
    )
    comment = forms.CharField(
        label=gettext_lazy("Ce qui doit changer"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Par exemple : nouvelle adresse e-mail, droits en plus, départ."),
    )

    def __init__(self, company: Company, *args, **kwargs):
        super().__init__(*args, **kwargs)
        contacts = company.client_members.live().values("user")
        employees = company.employees.live().values("user")
        people = User.objects.filter(pk__in=contacts) | User.objects.filter(pk__in=employees)
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = people.order_by("name", "pk")

    def wish(self) -> Wish:
        return Wish(RequestKind.CHANGE, self.cleaned_data["person"].name)


class DoneForm(forms.Form):
    """The firm has made the change."""

    note = forms.CharField(label=gettext_lazy("Réponse (facultative)"), max_length=300, required=False)


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=300,
        help_text=gettext_lazy("La personne qui a demandé le lira."),
    )


def initial_of(asked: UserRequest) -> dict:
    """What was asked for, to be corrected before it is accepted."""
    return {name: getattr(asked, name) for name in ("kind", "name", "email", "matricule", "is_admin")}
