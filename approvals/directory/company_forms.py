"""The forms of a company: its facts and its billing for whoever works on it, its place in the firm for administrators.

A form has the fields that its person may change and no others: whatever else is posted with it is not read (T36).
"""

from collections.abc import Callable

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory import numbers
from approvals.directory.forms import AddressField, CardForm
from portal.models import ClientGroup, Company, Firm, StaffMember

FACTS: tuple[str, ...] = (
    *("name", "legal_form", "country", "registration_number", "vat_number", "vat_regime", "year_end"),
    *("street", "postcode", "city", "email"),
)
ADDRESSES = ("quote_email", "billing_email", "dunning_email")


def offer(field: forms.Field, rows: QuerySet, nothing: str | None = None) -> None:
    """What may be chosen in `field`, and the words for no choice."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset, field.empty_label = rows, nothing


class FactsForm(CardForm):
    """Who the company is."""

    registration_number = forms.CharField(
        label=gettext_lazy("Numéro d’entreprise"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "SIREN ou SIRET en France, numéro BCE en Belgique ; avec ou sans espaces et points."
        ),
    )
    vat_number = forms.CharField(label=gettext_lazy("Numéro de TVA"), max_length=40, required=False)
    year_end = forms.CharField(
        label=gettext_lazy("Clôture de l’exercice"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("Jour et mois : 31/12. Pour la fin février, 28/02."),
    )

    class Meta:
        model = Company
        fields: tuple[str, ...] = FACTS
        field_classes = {"email": AddressField}

    def clean(self):
        cleaned = super().clean()
        country = cleaned.get("country", "")
        self._read("registration_number", lambda typed: numbers.registration_number(typed, country))
        self._read("vat_number", lambda typed: numbers.vat_number(typed, country))
        self._read("year_end", numbers.year_end)
        both = cleaned.get("registration_number", ""), cleaned.get("vat_number", "")
        if not self.errors and (why := numbers.contradiction(*both, country)):
            self.add_error("vat_number", why)
        return cleaned

    def _read(self, name: str, reading: Callable[[str], str]) -> None:
        try:
            self.cleaned_data[name] = reading(self.cleaned_data.get(name, ""))
        except ValueError as refusal:
            self.add_error(name, str(refusal))


class CompanyForm(FactsForm):
    """The whole card, as a firm administrator keeps it."""

    class Meta(FactsForm.Meta):
        fields = ("code", *FACTS, "manager", "group")
        help_texts = {
            "code": gettext_lazy(
                "Il sert dans les adresses des pages. Les adresses de dépôt et les identifiants déjà donnés ne "
                "changent pas avec lui, et continuent de marcher."
            ),
            "manager": gettext_lazy(
                "Les mails du dossier partent en son nom. Il est attaché à l’entreprise s’il ne l’est pas encore."
            ),
            "group": gettext_lazy("Son adresse sert quand il n’y a pas de gestionnaire."),
        }

    def __init__(self, *args, firm: Firm, **kwargs):
        super().__init__(*args, **kwargs)
        known = Q(user__is_active=True) | Q(pk=self.instance.manager_id)
        staff = StaffMember.objects.filter(known, user__firm=firm).select_related("user")
        groups = ClientGroup.objects.filter(firm=firm)
        offer(self.fields["manager"], staff.order_by("user__name"), _("sans gestionnaire"))
        offer(self.fields["group"], groups.order_by("name"), _("sans groupe"))


class BillingForm(CardForm):
    """Tab « Facturation »: where quotes, invoices and reminders go (S3-16), and whether by e-mail at all (S3-37)."""

    class Meta:
        model = Company
        fields = ("paperless_consent", *ADDRESSES)
        field_classes = dict.fromkeys(ADDRESSES, AddressField)
        widgets = {"paperless_consent": forms.RadioSelect}
        help_texts = dict.fromkeys(ADDRESSES, gettext_lazy("Vide : rien n’y est annoncé."))


class TeamForm(forms.Form):
    """Who of the firm works on the company."""

    team = forms.ModelMultipleChoiceField(
        StaffMember.objects.none(),
        label=gettext_lazy("Collaborateurs attachés"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, company: Company, **kwargs):
        attached = StaffMember.objects.filter(attachments__company=company)
        kwargs["initial"] = {"team": attached}
        super().__init__(*args, **kwargs)
        known = Q(user__is_active=True) | Q(pk__in=attached.values("pk"))
        staff = StaffMember.objects.filter(known, user__firm=company.firm_id).select_related("user")
        offer(self.fields["team"], staff.order_by("user__name"))
        if company.manager:
            self.fields["team"].help_text = _("Le gestionnaire, %(name)s, reste attaché.") % {
                "name": company.manager.user.name
            }
