"""What a file says, whatever program wrote it; and a sentence for whatever says nothing."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from approvals.directory.importing.reading import MAX_BYTES, MAX_ROWS, Refused, Unread, read
from approvals.tests.importing import xlsx_file

TEXT = "Code;Nom\r\n7;Épicerie d’à côté\r\n"
READ = (["Code", "Nom"], [(2, ["7", "Épicerie d’à côté"])])


def told(content, name="fichier.csv"):
    table = read(content, name)
    return table.headings, table.lines


def sentence(content, name="fichier.csv"):
    with pytest.raises(Refused) as refused:
        read(content, name)
    return str(refused.value)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_coding_of_a_french_excel(coding):
    assert told(TEXT.encode(coding)) == READ


@pytest.mark.parametrize("delimiter", ";,\t")
def test_every_delimiter(delimiter):
    assert told(TEXT.replace(";", delimiter).encode()) == READ


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_end_of_line(end):
    assert told(TEXT.replace("\r\n", end).encode()) == READ


def test_the_line_that_names_the_delimiter_is_no_line():
    assert told(f"sep=,\r\n{TEXT}".replace(";", ",").encode()) == READ


def test_lines_have_the_numbers_that_a_spreadsheet_shows():
    content = 'Code;Nom\n1;"sur deux\nlignes"\n\n;;;\n2;Deux\n'
    assert told(content.encode())[1] == [(2, ["1", "sur deux lignes"]), (5, ["2", "Deux"])]


def test_a_text_that_an_export_kept_from_being_a_formula_is_itself_again():
    content = "Code;Nom\n1;'=1+1\n2;''=1+1\n3;'t Hof\n4;=1+1\n5;'\t-x\n"
    assert [cells[1] for _number, cells in told(content.encode())[1]] == [
        "=1+1",
        "'=1+1",
        "'t Hof",
        "=1+1",
        "-x",
    ]


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", "Le fichier est vide"),
        (b"\r\n;;\r\n", "Le fichier est vide"),
        (b"Code;Nom\r\n", "Le fichier n’a que des titres"),
        (b"Code;Nom\n\x81\x8d\x8f;x\n", "Ce fichier n’est pas un texte"),
        (b"Code;Nom\n\0;x\n", "Ce fichier n’est pas un texte"),
        (b"\xff\xfeC\0o\0d", "Ce fichier n’est pas un texte"),
        (b'Code;Nom\n1;"jamais ferm\xc3\xa9\n2;x\n', "La ligne 3 ne se lit pas"),
        (b'Code;Nom\n1;"Le Zinc" SARL\n', "La ligne 2 ne se lit pas"),
        (b"a;" * 61 + b"z\nb\n", "La ligne 1 a plus de 60 colonnes"),
        (b"Code\n" + b"1\n" * (MAX_ROWS + 1), "Le fichier a plus de 10 000 lignes"),
        (b"x" * (MAX_BYTES + 1), "Le fichier dépasse 10 Mo"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Ce classeur est d’un ancien format"),
        (b"PK\x03\x04 et puis rien", "Ce classeur est endommagé"),
    ],
)
def test_what_cannot_be_read_is_said(content, start):
    assert sentence(content)[: len(start)] == start


def test_a_text_called_xlsx_is_no_workbook():
    assert sentence(TEXT.encode(), "entreprises.xlsx") == (
        "Ce fichier s’appelle « .xlsx » et n’est pas un classeur Excel."
    )


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "Les classeurs OpenDocument"),
        (zipped(word__document_xml="<w/>"), "Ce fichier n’est pas un classeur Excel"),
        (zipped(xl__workbook_xml="<pas fini"), "Ce classeur est endommagé"),
        (zipped(xl__workbook_xml=b"0" * (65 << 20)), "Ce classeur est démesuré"),
        (zipped(**{f"xl__part{n}": "" for n in range(600)}), "Ce classeur est démesuré"),
    ],
)
def test_a_zip_that_is_no_workbook_is_said_before_it_is_opened(content, start):
    assert sentence(content, "classeur.xlsx")[: len(start)] == start


def test_a_workbook_says_what_people_see():
    book = Workbook()
    sheet = book.active
    sheet.append(["Code", "Nom", "Code postal", "Clôture", "Administrateur", "Numéro"])
    sheet.append([7, "  Épicerie  ", 6000, date(2026, 12, 31), True, 73282932000074.0])
    sheet["C2"].number_format = "00000"
    file = io.BytesIO()
    book.save(file)
    assert told(file.getvalue(), "a.xlsx")[1] == [
        (2, ["7", "Épicerie", "06000", "31/12/2026", "oui", "73282932000074"])
    ]


def test_a_formula_without_a_kept_result_is_not_computed_and_said():
    [(number, cells)] = told(xlsx_file([["Code", "Nom"], [7, "=1+1"]]), "a.xlsx")[1]
    assert (number, cells[0], type(cells[1])) == (2, "7", Unread)
    assert str(cells[1])[:44] == "la formule n’a pas de résultat enregistré : "


def test_the_result_that_excel_kept_of_a_formula_is_what_is_read():
    content = xlsx_file([["Code", "Nom"], [7, "=1+1"]])
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part.filename, text.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>"))
    assert told(kept.getvalue(), "a.xlsx")[1] == [(2, ["7", "2"])]


def test_an_error_of_excel_is_said():
    [(_number, cells)] = told(xlsx_file([["Code", "Nom"], [7, "#N/A"]]), "a.xlsx")[1]
    assert (type(cells[1]), str(cells[1])) == (Unread, "la cellule contient une erreur d’Excel (#N/A)")


def test_a_line_far_below_costs_nothing():
    book = Workbook()
    book.active.append(["Code", "Nom"])
    book.active.cell(1_000_000, 1, "loin")
    file = io.BytesIO()
    book.save(file)
    assert told(file.getvalue(), "a.xlsx")[1] == [(1_000_000, ["loin"])]


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest),
        st.binary(max_size=100).map(lambda rest: xlsx_file([["Code"], [1]])[:-90] + rest),
        st.text(alphabet=" ;,\t\n\r\"'=sepàé🥐\u202e0", max_size=200).map(lambda text: text.encode()),
    ),
    st.sampled_from(["a.csv", "a.xlsx", "a", "a.txt"]),
)
def test_reading_never_raises_anything_but_a_sentence(content, name):
    try:
        table = read(content, name)
    except Refused as refused:
        said = str(refused)
    else:
        said = f"{len(table.headings)} colonnes, {len(table.lines)} lignes"
        assert [number for number, cells in table.lines if not cells] == []
    assert said != ""
