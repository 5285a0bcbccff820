"""The directory as files that can be imported again: the model without lines, and the export of what is there."""

from collections.abc import Iterable
from io import BytesIO

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.directory.importing.fields import EMPTY
from approvals.directory.importing.kinds import KINDS, Kind
from approvals.models import ImportKind
from portal.files.serving import disposition
from portal.listing.export import TYPES, csv_of, xlsx_cell
from portal.models import Firm

WIDTH = 24


def response(kind: ImportKind, form: str, name: str, firm: Firm | None = None) -> HttpResponse:
    """The file « <name>-<day>.<form> »; without a firm it has headings only."""
    described = KINDS[kind]
    headings = [str(column.title) for column in described.fields]
    lines: list[list] = [headings, *(described.cells(firm) if firm else [])]
    content = "".join(csv_of(iter(lines))).encode() if form == "csv" else book_of(lines, described)
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = disposition(f"{name}-{timezone.localdate().isoformat()}.{form}")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def book_of(lines: Iterable[list], kind: Kind) -> bytes:
    """A sheet with the lines, every cell of it a text, and one that explains the columns."""
    from openpyxl import Workbook  # see portal/listing/export.py

    book = Workbook(write_only=True)
    fill(book.create_sheet(_("Données")), lines)
    told = [[str(column.title), must(column), str(column.help)] for column in kind.fields]
    fill(
        book.create_sheet(_("Aide")),
        [[_("Colonne"), _("Obligatoire"), _("Ce qu’elle contient")], *told, *([rule] for rule in rules())],
    )
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def fill(sheet, lines: Iterable[list]) -> None:
    sheet.freeze_panes = "A2"
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    bold = Font(bold=True)
    for column in range(1, 21):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for number, line in enumerate(lines):
        cells = [xlsx_cell(sheet, text) for text in line]
        for cell in cells:
            cell.number_format = "@"
            if number == 0:
                cell.font = bold
        sheet.append(cells)


def must(column) -> str:
    return _("oui") if column.is_required else ""


def rules() -> list[str]:
    """What holds for every file; the page and the sheet « Aide » say the same."""
    return [
        _(
            "La première ligne a les titres, dans l’ordre que vous voulez ; les colonnes inutiles peuvent manquer."
        ),
        _("Une cellule vide laisse la valeur comme elle est ; « %(empty)s » la vide.") % {"empty": EMPTY},
        _("Au plus 10 000 lignes et 10 Mo. Tout est importé, ou rien."),
    ]
