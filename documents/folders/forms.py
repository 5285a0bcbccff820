"""The forms of the configuration: the rows of the grid, and a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.folders import cells, naming, stories
from documents.folders.grid import CELLS, Cells, Grid, Row
from documents.folders.stories import mark_of
from documents.models import Folder
from documents.models.folder import ROOTS
from portal.firm_settings import stories as settings_of_firm
from portal.models import AddressKind, Firm, User

SHOWN, WAS, MUTE, MUTE_WAS = "ligne", "etait", "muet", "muet-etait"
FIELDS = {
    "is_shared": "portail",
    "signature": "signature",
    "notifies": "notification",
    "notify_on": "adresse",
    "link_target": "lien",
    "signed_into": "signe",
}
TICKED = ("is_shared", "notifies")
MOST_ROWS = 500
SALT = "documents.folders"


def keys(data: QueryDict, name: str) -> list[int]:
    """The keys that the form names under `name`; whatever is none is ignored."""
    found = (text for text in data.getlist(name) if text.isascii() and text.isdecimal() and len(text) < 19)
    return list(dict.fromkeys(map(int, found)))[:MOST_ROWS]


@dataclass
class GridForm:
    """What a posted page says of its rows: a cell counts where the person has changed it since the page was shown."""

    grid: Grid
    data: QueryDict

    @cached_property
    def rows(self) -> list[Row]:
        wanted = keys(self.data, SHOWN)
        found = self.grid.folders.filter(pk__in=wanted)
        return self.grid.rows(found, {})

    @cached_property
    def errors(self) -> list[str]:
        """What is wrong with it, as sentences."""
        said = []
        if len(self.rows) < len(keys(self.data, SHOWN)):
            said.append(
                _("Un répertoire de cette page n’est plus dans la grille. Relisez, puis enregistrez.")
            )
        for row, wanted, seen in self.changes:
            try:
                cells.check(row.folder, wanted)
                cells.refuse_stale(row.folder, row.saved, wanted, seen)
            except ValidationError as refusal:
                said += refusal.messages
        return said

    @cached_property
    def changes(self) -> list[tuple[Row, Cells, Cells]]:
        """Of each row with a change: the row, what is wanted, and what the person saw."""
        read = [(row, *self._row(row)) for row in self.rows]
        return [(row, wanted, seen) for row, wanted, seen in read if wanted]

    def _row(self, row: Row) -> tuple[Cells, Cells]:
        seen = self._seen(row)
        wanted = {}
        for name in CELLS if row.company and not row.is_own else FIELDS:
            typed = self._typed(f"{FIELDS[name]}-{row.folder.pk}", name, seen[name])
            if typed != seen[name]:
                wanted[name] = typed
        now = seen | wanted
        if self.grid.has_addresses and now["notifies"] and not now["notify_on"] and wanted:
            wanted["notify_on"] = AddressKind.MAIN.value  # a notification needs an address: the card's first
        return wanted, seen

    def _seen(self, row: Row) -> Cells:
        """The cells as the page showed them; as they are now, where the form does not say it."""
        parts = self.data.get(f"{WAS}-{row.folder.pk}", "").split("|")
        if len(parts) != len(FIELDS):
            return row.saved
        return {name: read(name, text) for name, text in zip(FIELDS, parts, strict=True)}

    def _typed(self, field: str, name: str, seen: Any) -> Any:
        if name in TICKED:
            return field in self.data
        return read(name, self.data[field]) if field in self.data else seen

    @property
    def typed(self) -> dict[int, Cells]:
        """The same for the page, which shows it again."""
        return {row.folder.pk: wanted for row, wanted, _seen in self.changes}

    @property
    def mutes(self) -> bool | None:
        """What « Désactiver les notifications » is to be; None where it was not changed."""
        was, ticked = bool(self.data.get(MUTE_WAS)), MUTE in self.data
        return ticked if self.grid.mute and ticked != was else None

    @property
    def is_changed(self) -> bool:
        return bool(self.changes) or self.mutes is not None

    def save(self) -> int:
        """How many rows have changed, the box below them too; raises ValidationError, and nothing is saved then."""
        changed = cells.save(self.changes, by=self.grid.user)
        if self.mutes is not None:
            firm = Firm.objects.get(pk=self.grid.firm.pk)
            if getattr(firm, self.grid.mute) != self.mutes:
                setattr(firm, self.grid.mute, self.mutes)
                settings_of_firm.change(firm, [self.grid.mute], by=self.grid.user)
                changed += 1
        return changed

    @property
    def kept(self) -> str:
        """What is changed, as a URL carries it: a try can be read again and sent to a colleague."""
        said: dict[str, Any] = {str(pk): wanted for pk, wanted in self.typed.items()}
        if self.mutes is not None:
            said[MUTE] = self.mutes
        return signing.dumps(said, salt=SALT, compress=True) if said else ""


def read(name: str, text: str) -> Any:
    """A cell out of the form; what is none is kept as it is typed, for `cells.check` to refuse."""
    if name in TICKED:
        return text == "1"
    if name == "signed_into":
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else (text or None)
    return text


@dataclass(frozen=True)
class Tried:
    """Cells that a URL carries and nobody has saved."""

    cells: dict[int, Cells]
    mutes: bool | None = None

    @property
    def is_there(self) -> bool:
        return bool(self.cells) or self.mutes is not None


def tried_in(text: str) -> Tried:
    """What `GridForm.kept` has written; nothing where it is not that."""
    try:
        said = signing.loads(text, salt=SALT) if text else {}
    except signing.BadSignature:
        said = {}
    mutes = said.pop(MUTE, None)
    return Tried({int(pk): wanted for pk, wanted in said.items()}, mutes)


class FolderForm(forms.ModelForm):
    """A folder's name, path and usage; a path that is left empty is made from the name.

    `make` fills in what the form does not ask for. The mark says what the person saw of a folder that is there.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    class Meta:
        model = Folder
        fields = ["label", "path", "kind"]
        help_texts = {
            "label": gettext_lazy("Le nom que lisent clients, salariés et collaborateurs."),
            "kind": gettext_lazy(
                "Pour les listes du portail : « devis », « factures » et « bulletins » y ont une page à eux."
            ),
        }

    def __init__(self, *args, below: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.below = below  # the path of the folder in which it lies
        self.fields["path"].required = False
        self.fields["path"].help_text = _("Sous %(root)s\\. Laissé vide, il reprend le nom.") % {
            "root": self.root
        }
        if self.instance.pk:
            self.initial["seen"] = mark_of(self.instance)
            self.initial["path"] = self.instance.path[len(below) :].lstrip("\\")

    @property
    def root(self) -> str:
        root = getattr(self.instance.firm, ROOTS[self.instance.audience])
        return f"{root}\\{self.below}" if self.below else root

    def clean_label(self):
        return naming.clean_label(self.cleaned_data["label"])

    def clean(self):
        cleaned = super().clean()
        typed = cleaned.get("path") or naming.segment_of(cleaned.get("label", ""))
        if "label" in cleaned and "path" not in self.errors:
            try:
                path = naming.clean_path(typed)
                whole = f"{self.below}\\{path}" if self.below else path
                if len(whole) > (Folder._meta.get_field("path").max_length or 0):
                    raise ValidationError(_("Le chemin est trop long."))
                cleaned["path"] = whole
            except ValidationError as refusal:
                self.add_error("path", refusal)
        return cleaned

    def validate_constraints(self):
        """The story asks, with the firm locked."""

    def renamed(self, folder: Folder, *, by: User) -> bool:
        """Is it valid, and saved for `folder`? Else the errors say why, and the form may be sent again."""
        if not self.is_valid():
            return False
        wanted = [self.cleaned_data.get(name, getattr(folder, name)) for name in ("label", "path", "kind")]
        return self.done(stories.rename, folder, *wanted, seen=self.cleaned_data["seen"], by=by) is not None

    def done(self, story: Callable[..., Any], *args: Any, **how: Any) -> Any:
        """What `story` returns where the form is valid and the story does not refuse; else None, with the errors."""
        if not self.is_valid():
            return None
        try:
            return story(*args, **how)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            if self.instance.pk:  # whoever has read what a colleague did may send again
                self.data = self.data.copy()
                self.data["seen"] = mark_of(Folder.objects.get(pk=self.instance.pk))
            return None
