"""The forms of a collaborateur: who it is, and who takes over from whoever leaves."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory.forms import AddressField, CardForm
from portal.models import StaffMember, StaffRole

NOBODY = "aucun"


class StaffForm(CardForm):
    """Name and address are the person's own; the role is the collaborateur's."""

    person_fields = ("name", "email")

    name = forms.CharField(label=gettext_lazy("Nom"), max_length=200)
    email = AddressField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("Elle sert à se connecter, et à recevoir les mails du portail."),
    )

    class Meta:
        model = StaffMember
        fields = ("role",)
        help_texts = {
            "role": gettext_lazy(
                "Un administrateur voit toutes les entreprises et les paramètres ; un collaborateur, les entreprises "
                "auxquelles il est attaché."
            )
        }

    field_order = ("name", "email", "role")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["name"].initial = self.instance.user.name
            self.fields["email"].initial = self.instance.user.email
            self.fields["email"].required = bool(self.instance.user.email)
        else:
            self.fields["role"].initial = StaffRole.STAFF


class LeavingForm(forms.Form):
    """Who takes over; to leave companies without a gestionnaire is a choice of its own."""

    successor = forms.ChoiceField(label=gettext_lazy("Qui prend la suite ?"))

    def __init__(self, *args, leaver: StaffMember, **kwargs):
        super().__init__(*args, **kwargs)
        others = StaffMember.objects.filter(user__firm=leaver.user.firm_id, user__is_active=True)
        self.staff = {
            str(member.pk): member
            for member in others.exclude(pk=leaver.pk).select_related("user").order_by("user__name")
        }
        field = self.fields["successor"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Choisissez…")),
            *((key, str(member)) for key, member in self.staff.items()),
            (NOBODY, _("Personne : laisser ces entreprises sans gestionnaire")),
        ]

    @property
    def chosen(self) -> StaffMember | None:
        return self.staff.get(self.cleaned_data["successor"])

    def refuse(self, refusal: forms.ValidationError) -> None:
        self.add_error("successor" if hasattr(refusal, "error_dict") else None, refusal.messages)
