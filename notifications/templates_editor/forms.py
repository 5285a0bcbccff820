"""What is typed in the editor: a text, and the recipient with whom it is looked at."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.receiving.headers import one_line
from notifications.merging import Text, check
from notifications.models import NotificationTemplate
from notifications.templates_editor.places import Place
from notifications.templates_editor.previews import Recipient, recipient_of
from portal.models import User

LONGEST = {name: NotificationTemplate._meta.get_field(name).max_length for name in ("subject", "body")}  # type: ignore[union-attr]


class LinesField(forms.CharField):
    """Several lines, which end as ours do: a browser sends two characters for each end, and its limit counts one."""

    widget = forms.Textarea(attrs={"rows": 14, "spellcheck": "true"})

    def to_python(self, value):
        return "\n".join(super().to_python(value).splitlines())


class LineField(forms.CharField):
    """One line, whatever is posted."""

    def to_python(self, value):
        return " ".join(super().to_python(value).splitlines())


class TemplateForm(forms.Form):
    """Refused where its merge fields are unknown, malformed or misplaced (D-45), beside the field."""

    subject = LineField(label=_("Objet"), max_length=LONGEST["subject"])
    body = LinesField(label=_("Texte"), max_length=LONGEST["body"])

    def __init__(self, place: Place, text: Text, data=None):
        super().__init__(data, initial={"subject": text.subject, "body": text.body})
        self.place = place

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            check(cleaned["subject"], cleaned["body"], self.place.reader, self.place.kind)
        return cleaned

    @property
    def text(self) -> Text:
        """What was typed, also where it is refused: a preview shows it all the same."""
        subject, body = (self[name].value() or "" for name in ("subject", "body"))
        cleaned = getattr(self, "cleaned_data", {})
        longest = {"subject": subject[: LONGEST["subject"]], "body": body[: LONGEST["body"]]}
        return Text(**{name: cleaned.get(name, typed) for name, typed in longest.items()})


class RecipientForm(forms.Form):
    """« Voir avec »: nothing typed means the first there is."""

    entreprise = forms.CharField(label=_("Entreprise"), required=False, max_length=200)
    matricule = forms.CharField(label=_("Matricule"), required=False, max_length=32)

    def __init__(self, user: User, place: Place, data):
        super().__init__(data)
        self.user, self.place = user, place
        if not place.is_employees:
            del self.fields["matricule"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            typed = [one_line(cleaned.get(name, "")) for name in ("entreprise", "matricule")]
            self.found = recipient_of(self.user, self.place.reader, *typed)
        return cleaned

    @property
    def recipient(self) -> Recipient:
        """Whom it names; the first there is where it names nobody."""
        return self.found if self.is_valid() else recipient_of(self.user, self.place.reader)

    @property
    def refusals(self) -> list[str]:
        return [] if self.is_valid() else [str(said) for errors in self.errors.values() for said in errors]
