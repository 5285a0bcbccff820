"""The forms of a contact and of a salarié; what names the person is there only for whoever may change it (T36)."""

from django import forms
from django.utils.translation import gettext_lazy

from approvals.directory.forms import AddressField, CardForm
from portal.models import ClientMember, Employee, User

ALIAS = gettext_lazy(
    "Une adresse ne sert qu’à une personne active du portail. Si elle est prise : une autre adresse, ou un alias de la "
    "même (prenom+dossier@…)."
)


class PersonForm(CardForm):
    """`names` is False where the person of the access is not this user's to name."""

    person_fields = ("name", "email")

    name = forms.CharField(label=gettext_lazy("Nom"), max_length=200)
    email = AddressField(label=gettext_lazy("E-mail"), max_length=254, required=False, help_text=ALIAS)

    def __init__(self, *args, names: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and names:
            person: User = self.instance.user
            self.fields["name"].initial, self.fields["email"].initial = person.name, person.email
        if not names:
            del self.fields["name"], self.fields["email"]
            self.fields["seen"].initial = self.mark()


class ContactForm(PersonForm):
    class Meta:
        model = ClientMember
        fields = ("is_admin", "sees_box", "sees_image", "sees_employees")
        help_texts = {
            "is_admin": gettext_lazy(
                "Un administrateur client répond aux demandes d’approbation et voit « Accès email »."
            )
        }

    field_order = ("name", "email", *Meta.fields)


class EmployeeForm(PersonForm):
    class Meta:
        model = Employee
        fields = ("matricule", "street", "postcode", "city", "left_on", "wants_paper")
        widgets = {"left_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
        help_texts = {
            "left_on": gettext_lazy(
                "Le salarié qui est sorti ne voit plus que ses bulletins, ses contrats et ses avenants."
            ),
            "wants_paper": gettext_lazy(
                "Le salarié refuse le bulletin électronique : aucun nouveau bulletin n’est publié pour lui. Ceux qui sont "
                "déjà sur le portail y restent."
            ),
        }

    field_order = ("name", "email", *Meta.fields)
