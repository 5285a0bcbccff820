from django import forms
from django.utils.translation import gettext_lazy as _


class ColleagueForm(forms.Form):
    """Which collaborateur looks after the tasks from now on."""

    personne = forms.TypedChoiceField(
        label=_("À qui"),
        coerce=int,
        help_text=_("Les collaborateurs qui travaillent sur toutes ces entreprises."),
    )

    def __init__(self, data, staff):
        super().__init__(data)
        self.people = {member.user_id: member.user for member in staff}
        self.fields["personne"].choices = [("", "—"), *((pk, str(user)) for pk, user in self.people.items())]

    @property
    def person(self):
        return self.people[self.cleaned_data["personne"]]
