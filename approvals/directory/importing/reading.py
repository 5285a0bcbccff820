"""The bytes of a file as lines of text, CSV or XLSX, whatever program wrote them. Nothing is computed, nothing raises but
Refused, whose sentence says in French what is wrong with the file."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _

from portal.files.checks import extension
from portal.listing.export import FORMULA

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 10_000
MAX_COLUMNS = 60
MAX_UNPACKED = 64 * 1024 * 1024  # of all that an XLSX holds: 10,000 lines of all columns take a quarter of it
MAX_PARTS = 500
LAST_LINE = 1_048_576  # of a sheet: a file may name others, and would be counted up to them
DELIMITERS = ";,\t"
HINT = re.compile(
    r"sep=([;,|\t])\n"
)  # a line by which programs tell Excel their delimiter; Excel does not show it
ZEROS = re.compile(r"0+")
FORMULA_PART = re.compile(rb"<(?:\w+:)?f[\s/>]")

csv.field_size_limit(MAX_BYTES)


class Refused(Exception):
    """The file cannot be read; `str()` is the French sentence."""


class Unread(str):
    """In the place of a cell that cannot be read: the French sentence."""


@dataclass(frozen=True)
class Table:
    """The headings, and the lines that hold something under the numbers that a spreadsheet shows for them."""

    headings: list[str]
    lines: list[tuple[int, list[str]]]


def read(content: bytes, name: str) -> Table:
    """The table in a file called `name`. Errors: Refused."""
    if len(content) > MAX_BYTES:
        raise Refused(_("Le fichier dépasse 10 Mo : importez-le en plusieurs fois."))
    if content.startswith(b"PK"):
        return _table(_sheet(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            _(
                "Ce classeur est d’un ancien format (.xls), ou protégé par un mot de passe : enregistrez-le au format "
                "« Classeur Excel (.xlsx) », sans mot de passe."
            )
        )
    if extension(name) == "xlsx":
        raise Refused(_("Ce fichier s’appelle « .xlsx » et n’est pas un classeur Excel."))
    return _table(_text_lines(_decoded(content)))


def _table(lines: Iterator[tuple[int, list[str]]]) -> Table:
    """The first line that holds something has the headings."""
    found: list[tuple[int, list[str]]] = []
    for number, cells in lines:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise Refused(
                _("La ligne %(number)s a plus de %(most)s colonnes.")
                % {"number": number, "most": MAX_COLUMNS}
            )
        if len(found) > MAX_ROWS:
            raise Refused(_("Le fichier a plus de 10 000 lignes : importez-le en plusieurs fois."))
        found.append((number, cells))
    if not found:
        raise Refused(_("Le fichier est vide."))
    (number, headings), rest = found[0], found[1:]
    if not rest:
        raise Refused(_("Le fichier n’a que des titres de colonnes : aucune ligne à importer."))
    return Table(headings, rest)


def cleaned(text: str) -> str:
    """A cell without what surrounds it, on one line: control characters are blanks, all others are what people typed."""
    return "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text).strip()


# CSV


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or the ANSI of a French Excel (cp1252)."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = [coding for mark, coding in marks if content.startswith(mark)]
    for coding in marked or ("utf-8", "cp1252"):
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused(
        _(
            "Ce fichier n’est pas un texte que le portail sait lire : enregistrez-le au format « CSV UTF-8 » ou "
            "« Classeur Excel (.xlsx) »."
        )
    )


def _text_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    text = re.sub(r"\r\n?", "\n", text)
    if hint := HINT.match(text):
        delimiter, text = hint[1], text[hint.end() :]
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [cleaned(_unquoted(cell)) for cell in cells]
    except csv.Error as error:
        raise Refused(
            _("La ligne %(number)s ne se lit pas : un guillemet y est ouvert et mal fermé.")
            % {"number": reader.line_num}
        ) from error


def _delimiter(text: str) -> str:
    """The one that stands most often in the headings, outside of quotes."""
    line = next((line for line in text.split("\n") if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def _unquoted(cell: str) -> str:
    """Our own exports put an apostrophe before what a spreadsheet would take for a formula (T50)."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell.lstrip("'")) else cell


# XLSX


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The lines of the first sheet. A formula is its last result, as the program kept it that wrote the file."""
    try:
        if not _weigh(content):
            for number, cells in _rows(content, data_only=True):
                yield number, [_cell_text(cell) for cell in cells]
            return
        results, written = _rows(content, data_only=True), _rows(content, data_only=False)
        for (number, cells), (_same, formulas) in zip(results, written, strict=True):
            yield number, [_result(cell, formula) for cell, formula in zip(cells, formulas, strict=True)]
    except Refused:
        raise
    except Exception as error:  # openpyxl raises whatever the file makes it stumble over
        raise Refused(_("Ce classeur est endommagé, ou n’est pas un classeur Excel (.xlsx).")) from error


def _weigh(content: bytes) -> bool:
    """Before anything is unpacked: what the parts say of their size is all that `zipfile` will read of them (T46).

    True where there are formulas.
    """
    with zipfile.ZipFile(BytesIO(content)) as parts:
        names = {part.filename for part in parts.infolist()}
        if "mimetype" in names:
            raise Refused(
                _(
                    "Les classeurs OpenDocument (.ods) ne sont pas lus : enregistrez-le au format .xlsx ou CSV."
                )
            )
        if not any(name.startswith("xl/") for name in names):
            raise Refused(_("Ce fichier n’est pas un classeur Excel (.xlsx)."))
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MAX_UNPACKED or len(names) > MAX_PARTS:
            raise Refused(_("Ce classeur est démesuré une fois décompressé : il n’a pas été ouvert."))
        sheets = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(FORMULA_PART.search(parts.read(name)) for name in sheets)


def _rows(content: bytes, *, data_only: bool) -> Iterator[tuple[int, Any]]:
    from openpyxl import load_workbook  # see portal/listing/export.py

    book = load_workbook(BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of them need not be true
        rows: Iterable = sheet.iter_rows(max_row=LAST_LINE, max_col=MAX_COLUMNS + 1)
        yield from enumerate(rows, start=1)
    finally:
        book.close()


def _result(cell: Any, formula: Any) -> str:
    if formula.data_type == "f" and cell.value is None:
        return Unread(
            _("la formule n’a pas de résultat enregistré : ouvrez le fichier dans Excel et enregistrez-le")
        )
    return _cell_text(cell)


def _cell_text(cell: Any) -> str:
    """What a person sees in the cell, more or less."""
    match cell.value:
        case None:
            return ""
        case bool() as value:
            return _("oui") if value else _("non")
        case datetime() | date() as value:
            return value.strftime("%d/%m/%Y")
        case time() | timedelta() as value:
            return str(value)
        case int() | float() as value:
            return _number_text(value, cell.number_format)
        case str() as value if cell.data_type == "e":
            return Unread(_("la cellule contient une erreur d’Excel (%(error)s)") % {"error": value})
        case value:
            return cleaned(str(value))


def _number_text(value: int | float, shape: str) -> str:
    """A code postal that was typed as a number has lost its zeros, unless its cell is formatted to show them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value)
    return text.zfill(len(shape)) if isinstance(value, int) and ZEROS.fullmatch(shape or "") else text
