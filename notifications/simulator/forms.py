"""The form of « Paramètres de l’e-mail »: the firm's own addresses in the cascade, and a row an automatic kind."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailing.kinds import AUTOMATIC, Audience, MailKind
from mailing.receiving.sender import clean_address
from notifications.automatic.settings import WITHOUT_EVENT, Setting, Settings
from notifications.simulator.outcomes import Setup
from portal.models import Firm
from portal.models.firm import looks_unread

STANDARD, CUSTOM = "standard", "custom"
AT_ONCE, DAILY = "at_once", "daily"
TICKS = {
    "communication_email": "communication_is_unread",
    "functional_email": "functional_is_unread",
}


class AddressesForm(forms.ModelForm):
    class Meta:
        model = Firm
        fields = [name for pair in TICKS.items() for name in pair]
        help_texts = {
            "communication_email": gettext_lazy(
                "La dernière de la cascade : elle sert quand aucune autre ne sert."
            ),
            "functional_email": gettext_lazy(
                "Une boîte du cabinet, par exemple comptabilite@. Un expéditeur « noreply » se met ici."
            ),
        }
        labels = dict.fromkeys(
            TICKS.values(), gettext_lazy("Adresse non lue : elle envoie, mais ne reçoit rien")
        )

    def clean(self):
        cleaned = super().clean()
        for address, tick in TICKS.items():
            if typed := cleaned.get(address):
                cleaned[address] = clean_address(typed)
                if cleaned[address] is None:
                    self.add_error(address, _("Ce n’est pas une adresse e-mail."))
            if address in self.changed_data and tick not in self.changed_data:
                cleaned[tick] = looks_unread(cleaned.get(address) or "")  # the tick's default (D-33)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if not self.errors and not self.instance.has_read_address:
            self.add_error(
                None,
                _(
                    "Il faut au moins une adresse du cabinet qui soit lue : sinon les mails automatiques d’un dossier "
                    "sans gestionnaire ni groupe n’arrivent à personne."
                ),
            )

    @property
    def changed(self) -> list[str]:
        """The fields that differ from what is saved, the ticks that followed their address among them."""
        return [name for name in self.fields if getattr(self.instance, name) != self.initial[name]]


class AutomaticForm(forms.Form):
    """One row: « Standard » or « Personnalisé », the collaborateurs, and at once or once a day."""

    configuration = forms.ChoiceField(
        label=gettext_lazy("Configuration"),
        choices=[(STANDARD, gettext_lazy("Standard")), (CUSTOM, gettext_lazy("Personnalisé"))],
    )
    recipients = forms.MultipleChoiceField(
        label=gettext_lazy("Destinataires"), required=False, widget=forms.CheckboxSelectMultiple
    )
    rhythm = forms.ChoiceField(
        label=gettext_lazy("Envoi"),
        choices=[(AT_ONCE, gettext_lazy("Aussitôt")), (DAILY, gettext_lazy("Une fois par jour"))],
    )

    def __init__(self, *args, team: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["recipients"].choices = team

    def setting(self) -> Setting:
        chosen = frozenset(int(key) for key in self.cleaned_data["recipients"])
        return Setting(
            self.cleaned_data["configuration"] == CUSTOM, chosen, self.cleaned_data["rhythm"] == DAILY
        )


@dataclass(frozen=True)
class Row:
    kind: MailKind
    form: AutomaticForm

    @property
    def chosen(self) -> list[str]:
        """The names that are ticked, as the form stands."""
        ticked = {str(key) for key in self.form["recipients"].value() or ()}
        return [name for key, name in self.form.fields["recipients"].choices if key in ticked]

    @property
    def is_custom(self) -> bool:
        return self.form["configuration"].value() == CUSTOM

    @property
    def is_without_event(self) -> bool:
        """Nothing provokes it yet; it can be set all the same."""
        return self.kind in WITHOUT_EVENT

    @property
    def is_team(self) -> bool:
        """Those chosen are the recipients; else they only read along (D-33)."""
        return self.kind.audience is Audience.TEAM


class CommunicationForm:
    """The addresses and the rows, read from one form of the page; `data` is None where nothing was sent."""

    def __init__(self, data: QueryDict | None, now: Setup):
        self.now = now
        self.addresses = AddressesForm(data, instance=Firm.objects.get(pk=now.firm.pk))
        team = [
            (str(key), str(member))
            for key, member in now.team.items()
            if member.user.is_active or any(key in setting.staff for setting in now.automatic.values())
        ]
        self.rows = [Row(kind, self._row(kind, data, team)) for kind in AUTOMATIC]

    def _row(self, kind: MailKind, data: QueryDict | None, team: list[tuple[str, str]]) -> AutomaticForm:
        setting = self.now.automatic[kind]
        initial = {
            "configuration": CUSTOM if setting.is_custom else STANDARD,
            "recipients": [str(key) for key in setting.staff],
            "rhythm": DAILY if setting.is_digest else AT_ONCE,
        }
        return AutomaticForm(data, prefix=kind.value, initial=initial, team=team)

    @cached_property
    def is_valid(self) -> bool:
        return all([self.addresses.is_valid(), *(row.form.is_valid() for row in self.rows)])

    @property
    def automatic(self) -> Settings:
        return {row.kind: row.form.setting() for row in self.rows}

    @property
    def setup(self) -> Setup:
        """The settings as the form says them, which are not saved."""
        return Setup(self.addresses.instance, self.automatic, self.now.team)
