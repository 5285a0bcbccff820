"""Files of the directory as people make them, laid on the portal by the form and imported by the worker."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from approvals.models import DirectoryImport
from portal import tasks
from portal.listing.export import csv_text

PAGE = "/parametres/import/"


def csv_file(rows, *, delimiter=";", coding="utf-8-sig") -> bytes:
    """A CSV of dictionaries by heading, its texts kept from being formulas as our exports do."""
    rows = list(rows)
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(headings)
    writer.writerows([csv_text(row.get(heading, "")) for heading in headings] for row in rows)
    return text.getvalue().encode(coding)


def xlsx_file(rows) -> bytes:
    """An XLSX of rows of cells, the headings first; a text that begins with « = » is a formula."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def entered(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(person, kind, content, name="fichier.csv", **fields):
    """The answer to the form."""
    file = SimpleUploadedFile(name, content)
    return entered(person).post(PAGE, {"kind": kind, "file": file, **fields})


def laid(person, kind, content, name="fichier.csv", **fields) -> DirectoryImport:
    """The import that the form made of a file which can be read."""
    answer = post(person, kind, content, name, **fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return DirectoryImport.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def refused(person, kind, content, name="fichier.csv") -> str:
    """What the form says of a file that it does not take."""
    answer = post(person, kind, content, name)
    assert answer.status_code == 200
    return str(answer.context["form"].errors["file"][0])


def press(person, imported):
    return entered(person).post(f"{PAGE}{imported.pk}/importer/")


def work() -> None:
    tasks.jobs()


def done(person, kind, content, name="fichier.csv", **fields) -> DirectoryImport:
    """Laid, asked for, and worked on."""
    imported = laid(person, kind, content, name, **fields)
    press(person, imported)
    work()
    imported.refresh_from_db()
    return imported


def errors(imported) -> list[tuple[int, str, str]]:
    return [
        (row.number, column, why) for row in imported.rows.order_by("number") for column, why in row.errors
    ]


def counts(imported) -> tuple[int, int, int, int]:
    """New, changed, unchanged, wrong."""
    return imported.new_rows, imported.changed_rows, imported.same_rows, imported.wrong_rows
