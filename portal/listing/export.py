"""A list as a file: CSV (`;`, UTF-8 with BOM, for a French Excel) or XLSX.

Names come from mails, hence from anyone (T50): a text that a spreadsheet would take for a formula is text. CSV knows no
types, so there it gets an apostrophe; in XLSX every text is stored as a string. Numbers and dates stay what they are,
dates in the portal's time zone. At most LIMIT rows; the last line of the file says when there were more.
openpyxl is imported by what writes XLSX: every process of the portal would start a tenth slower for it.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.files.serving import disposition
from portal.listing.columns import Column
from portal.listing.counts import Count

LIMIT = 50_000
PIECE = 1000  # rows read, and lines sent, at a time
LABELS = {"csv": "CSV", "xlsx": "Excel"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")  # with the wide forms, which Excel takes for the same
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML has no way to say them
LONGEST = 32_767  # characters of a cell
DIGITS = 10**15  # whole numbers beyond lose digits in a spreadsheet
EPOCH = 1900  # dates before are text there

Told = Callable[[Any], Iterable]


def alone(row: Any) -> Iterable:
    """A row is one line."""
    return (row,)


Cell = str | int | float | Decimal | date | datetime | None


def response(
    form: str, name: str, columns: Sequence[Column], rows: QuerySet, exported: Told = alone
) -> HttpResponseBase:
    """The file « <name>-<day>.<form> » with the lines `exported` of each of `rows`, which are ordered and within scope.

    `form` is "csv", sent as it is read, or "xlsx", sent when it is whole. One query, and one more for each PIECE rows
    and `prefetch_related`.
    """
    cells = lines(columns, rows, exported)
    if form == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(csv_of(cells), content_type=TYPES[form])
    else:
        answer = FileResponse(xlsx_of(cells, width=len(columns)), content_type=TYPES[form])
    answer["Content-Disposition"] = disposition(f"{name}-{timezone.localdate().isoformat()}.{form}")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def lines(columns: Sequence[Column], rows: QuerySet, exported: Told = alone) -> Iterator[list[Cell]]:
    """The heads, the lines of each row, and where there are more than LIMIT the sentence that says so."""
    told = [column for column in columns if column.value is not None]
    yield [str(column.title) for column in told]
    read = rows[: LIMIT + 1].iterator(chunk_size=PIECE)
    for number, row in enumerate(chain.from_iterable(map(exported, read))):
        if number == LIMIT:
            says = _("Export limité à %(count)s lignes : affinez la recherche ou les filtres.")
            yield [says % {"count": Count(LIMIT)}]
            return
        yield [cell(column.value_of(row)) for column in told]


def cell(value: Any) -> Cell:
    """`value` as both files know it: a text, a number, a date, or nothing."""
    match value:
        case None | "":
            return None
        case bool():
            return _("oui") if value else _("non")
        case float() if not math.isfinite(value):
            return str(value)
        case int() if abs(value) >= DIGITS:
            return str(value)
        case datetime():
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return _dated(local.replace(microsecond=0, tzinfo=None))
        case date():
            return _dated(value)
        case int() | float() | Decimal():
            return value
        case _:
            return str(value)


def _dated(moment: date) -> Cell:
    return moment if moment.year >= EPOCH else moment.isoformat()


class _Line:
    """A file for the csv module that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_of(cells: Iterator[list[Cell]]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";")
    piece = ["\ufeff"]
    for line in cells:
        piece.append(writer.writerow([csv_text(value) for value in line]))
        if len(piece) > PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def csv_text(value: Cell) -> str:
    """A cell of CSV: a text that begins like a formula after an apostrophe, a number with a comma, a date as ISO 8601."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case int() | float() | Decimal():
            return str(value).replace(".", ",")
        case _:
            text = value.replace("\0", "")
            # One that begins with apostrophes already gets one more: whoever reads the file back takes one away.
            return f"'{text}" if FORMULA.match(text.lstrip("'")) else text


def xlsx_of(cells: Iterator[list[Cell]], width: int) -> BytesIO:
    """The whole file; its rows wait in a temporary file meanwhile, so that the memory it takes is that of its ZIP."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Liste"))
    sheet.freeze_panes = "A2"
    for number in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 24
    bold = Font(bold=True)
    for number, line in enumerate(cells):
        written = [xlsx_cell(sheet, value) for value in line]
        if number == 0:
            for head in written:
                head.font = bold
        sheet.append(written)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def xlsx_cell(sheet: Any, value: Cell) -> Any:
    """A cell of XLSX; a text is a string whatever it begins with, and remains one when a person edits it."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell

    text = UNWRITABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST]
    written = WriteOnlyCell(sheet, value=text)
    written.data_type = "s"
    if FORMULA.match(text):
        written.quotePrefix = True
    return written
