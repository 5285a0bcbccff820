"""The columns of a file of the directory: their headings, and how the text of a cell is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory.importing.reading import cleaned
from mailing.receiving.sender import clean_address
from portal.listing.search import fold
from portal.models.firm import code_validator

EMPTY = "—"  # what a cell says to empty a value: an empty cell leaves it as it is
YES = frozenset({"oui", "o", "x", "vrai", "1", "yes", "ja"})
NO = frozenset({"non", "n", "faux", "0", "no", "nee"})
DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ]\d{2,4})?")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")


class Wrong(Exception):
    """A cell that means nothing; `str()` is the French sentence."""


def text_of(value: Any) -> str:
    return cleaned(value or "")


@dataclass(frozen=True)
class Field:
    """A column.

    `name` is the attribute that it fills; `title` its heading, `also` others that are understood, whatever their case
    and accents. `read` makes a value of a cell's text (errors: Wrong), `plain` brings the value that is there into the
    form in which `read` gives it, `show` says one to people. `may_be_emptied`: « — » is understood.
    """

    name: str
    title: Any
    help: Any
    also: tuple[str, ...] = ()
    is_required: bool = False  # the column must be there
    may_be_emptied: bool = False
    longest: int = 200
    read: Callable[[str], Any] = str
    plain: Callable[[Any], Any] = text_of
    show: Callable[[Any], str] = str

    @property
    def forms(self) -> frozenset[str]:
        return frozenset(map(heading, (str(self.title), self.name, *self.also)))

    def value_of(self, text: str) -> Any:
        """What the text of a cell says. Errors: Wrong."""
        if text == EMPTY:
            if not self.may_be_emptied:
                raise Wrong(_("cette colonne ne peut pas être vidée."))
            return ""
        if len(text) > self.longest:
            raise Wrong(_("plus de %(most)s caractères.") % {"most": self.longest})
        return self.read(text)


def heading(text: str) -> str:
    """A heading as it is compared: « N° de T.V.A. » is « n de t v a »."""
    return NOT_A_WORD.sub(" ", fold(text)).strip()


def code(text: str) -> str:
    try:
        code_validator(text)
    except ValidationError as error:
        raise Wrong(str(error.messages[0])) from error
    return text


def address(text: str) -> str:
    """An e-mail address in the form that addresses are compared in; `+tag` is another address (D-02)."""
    found = clean_address(text)
    try:
        validate_email(found or "")
    except ValidationError:
        found = None
    if found is None or found != found.lower():
        raise Wrong(_("« %(text)s » n’est pas une adresse e-mail.") % {"text": text})
    return found


def plain_address(value: str) -> str:
    return clean_address(value) or value


def yes_or_no(text: str) -> bool:
    word = fold(text)
    if word not in YES | NO:
        raise Wrong(_("écrivez « oui » ou « non »."))
    return word in YES


def shown_yes_or_no(value: bool) -> str:
    return _("oui") if value else _("non")


def choice(choices: Any, **words: str) -> Callable[[str], str]:
    """One of the enum `choices` by its label, its value, or one of `words` (word to value)."""

    def read(text: str) -> str:
        known: Mapping[str, str] = {
            **{heading(word): value for word, value in words.items()},
            **{heading(str(label)): value for value, label in choices.choices},
            **{heading(value): value for value in choices.values},
        }
        if (value := known.get(heading(text))) is None:
            labels = ", ".join(str(label) for label in choices.labels)
            raise Wrong(
                _("« %(text)s » n’est pas connu. Écrivez : %(labels)s.") % {"text": text, "labels": labels}
            )
        return value

    return read


def shown_choice(choices: Any) -> Callable[[str], str]:
    return lambda value: str(choices(value).label) if value else ""


def day_and_month(text: str) -> str:
    """« 31/12 » of « 31-12 », « 31/12/2026 » or « 1.7 »."""
    found = DAY.fullmatch(text)
    try:
        day = date(2024, int(found[2]), int(found[1])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Wrong(_("écrivez le jour et le mois : 31/12."))
    return f"{day.day:02}/{day.month:02}"


def plain_day(value: str) -> str:
    try:
        return day_and_month(value)
    except Wrong:
        return value


def same(value: Any) -> Any:
    return value


def email_field(name: str, title: Any, help: Any = "", also: tuple[str, ...] = ()) -> Field:
    return Field(
        name,
        title,
        help or gettext_lazy("Une adresse e-mail."),
        also,
        may_be_emptied=True,
        longest=254,
        read=address,
        plain=plain_address,
    )


def yes_field(name: str, title: Any, help: Any, also: tuple[str, ...] = ()) -> Field:
    return Field(name, title, help, also, read=yes_or_no, plain=same, show=shown_yes_or_no)
