"""The lines of a file as they are understood: which column is which field, what each cell says, what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from approvals.directory.importing.fields import Field, Wrong, heading
from approvals.directory.importing.reading import Refused, Table, Unread
from approvals.models import Outcome

SHOWN = 300  # characters of a value in a preview


@dataclass
class Line:
    """A line of the file.

    `values` holds what its filled cells say, by field; a check takes out what is there already, so that in the end it is
    what an import writes. `target` is the row of the database that the line is about, None where it is new.
    """

    number: int
    fields: Sequence[Field]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    target: Any = None
    key: str = ""
    name: str = ""

    @property
    def outcome(self) -> Outcome:
        if self.errors:
            return Outcome.WRONG
        if self.target is None:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.SAME

    def title_of(self, name: str) -> str:
        return next(str(column.title) for column in self.fields if column.name == name)

    def refuse(self, name: str, why: str) -> None:
        self.errors.append((self.title_of(name), why))

    def require(self, *names: str) -> None:
        """What a new row cannot do without."""
        for name in names:
            if not self.values.get(name) and not any(
                title == self.title_of(name) for title, _why in self.errors
            ):
                self.refuse(name, _("à remplir."))

    def compare(self, name: str, before: Any) -> None:
        """Keep the value of `name` where it differs from `before`."""
        column = next(column for column in self.fields if column.name == name)
        if name not in self.values:
            return
        after = self.values[name]
        if column.plain(before) == after:
            del self.values[name]
        else:
            self.changes.append((str(column.title), column.show(before)[:SHOWN], column.show(after)[:SHOWN]))


@dataclass(frozen=True)
class Columns:
    """Which field each column fills, None where it means nothing."""

    fields: list[Field | None]
    ignored: list[str]


def columns_of(fields: Sequence[Field], table: Table) -> Columns:
    """Errors: Refused, where a column is missing or stands there twice."""
    known = {form: column for column in fields for form in column.forms}
    found: list[Field | None] = [known.get(heading(text)) for text in table.headings]
    missing = [str(column.title) for column in fields if column.is_required and column not in found]
    if missing:
        raise Refused(
            _("Il manque au fichier : %(titles)s. Sa première ligne doit avoir les titres du modèle.")
            % {"titles": ", ".join(f"« {title} »" for title in missing)}
        )
    for column in fields:
        if found.count(column) > 1:
            raise Refused(
                _("La colonne « %(title)s » est deux fois dans le fichier.") % {"title": column.title}
            )
    ignored = [text for text, column in zip(table.headings, found, strict=True) if text and column is None]
    return Columns(found, ignored)


def lines_of(fields: Sequence[Field], columns: Columns, table: Table) -> list[Line]:
    """What the cells say. An empty one says nothing."""
    lines = []
    for number, cells in table.lines:
        line = Line(number, fields)
        for column, text in zip(columns.fields, cells, strict=False):
            if column is not None and text:
                read_cell(line, column, text)
        if len(cells) > len(columns.fields):
            line.errors.append(("", _("la ligne a plus de cellules que de titres de colonnes.")))
        lines.append(line)
    return lines


def read_cell(line: Line, column: Field, text: str) -> None:
    try:
        if isinstance(text, Unread):
            raise Wrong(text)
        line.values[column.name] = column.value_of(text)
    except Wrong as error:
        line.refuse(column.name, str(error))
