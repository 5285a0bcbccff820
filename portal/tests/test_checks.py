import io
import zipfile

import pytest

from portal.files.checks import LEDGER_TYPES, MAIL_TYPES, clean_name, detect, extension, refusal

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
JPG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
GIF = b"GIF89a\1\0\1\0\x80\0\0"
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0PE\0\0"
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
P7M = bytes.fromhex("308006092a864886f70d010703a080") + bytes(20)
EML = b"From: a@b.fr\r\nSubject: x\r\n\r\nbonjour\r\n"
OFX = b"OFXHEADER:100\r\nDATA:OFXSGML\r\n<OFX>\r\n"
XML = b'<?xml version="1.0"?>\n<!-- facture -->\n<Invoice xmlns="urn:oasis:names:specification:ubl"/>'
HTML = b"  \r\n<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'


def zipped(*names, first=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def ole(*streams):
    """As much of a compound file as is looked at: the header, then a directory with these names."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30] = 9
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))
    return bytes(header) + entries


DOCX = zipped("[Content_Types].xml", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")
PPTX = zipped("[Content_Types].xml", "ppt/presentation.xml")
DOCM = zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
ODT = zipped("content.xml", first=b"application/vnd.oasis.opendocument.text")
ODS = zipped("content.xml", first=b"application/vnd.oasis.opendocument.spreadsheet")
ZIP = zipped("facture.pdf")
DOC, XLS, PPT = ole("WordDocument"), ole("Workbook"), ole("PowerPoint Document")
MSG = ole("__properties_version1.0", "__attach_version1.0_#00000000", "_VBA_PROJECT")
XLS_MACROS = ole("Workbook", "_VBA_PROJECT_CUR", "VBA", "_VBA_PROJECT")
LOCKED = ole("EncryptionInfo", "EncryptedPackage")

OPEN_XML = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (PDF, "", "application/pdf"),
        (b"\0\0scan\n" + PDF, "", "application/pdf"),
        (PNG, "", "image/png"),
        (JPG, "", "image/jpeg"),
        (GIF, "", "image/gif"),
        (HEIC, "", "image/heic"),
        (SEVEN_ZIP, "", "application/x-7z-compressed"),
        (P7M, "", "application/pkcs7-mime"),
        (EXE, "", "application/x-msdownload"),
        (b"\x7fELF\2\1\1\0", "", "application/x-executable"),
        (b"#!/bin/sh\nrm -rf /\n", "", "text/x-script"),
        (b"a;b\n1;2\n", "x.csv", "text/csv"),
        (b"a;b\n1;2\n", "x.txt", "text/plain"),
        (b"BM;montant\n1;2\n", "x.csv", "text/csv"),
        (b"MZ;montant\n1;2\n", "x.csv", "text/csv"),
        ("é;€\n".encode("cp1252"), "x.csv", "text/csv"),
        ("﻿é;€\n".encode("utf-16"), "x.csv", "text/csv"),
        (XML, "", "text/xml"),
        (HTML, "", "text/html"),
        (SVG, "", "image/svg+xml"),
        (b'<a xmlns:h="http://www.w3.org/1999/xhtml"><h:script>1</h:script></a>', "", "text/html"),
        (EML, "", "message/rfc822"),
        (b"{\\rtf1\\ansi}", "", "application/rtf"),
        (DOCX, "", OPEN_XML + "wordprocessingml.document"),
        (XLSX, "", OPEN_XML + "spreadsheetml.sheet"),
        (PPTX, "", OPEN_XML + "presentationml.presentation"),
        (ODT, "", "application/vnd.oasis.opendocument.text"),
        (ODS, "", "application/vnd.oasis.opendocument.spreadsheet"),
        (ZIP, "", "application/zip"),
        (zipped("a/word/b.txt"), "", "application/zip"),
        (DOCM, "", "application/vnd.ms-office.vbaProject"),
        (DOC, "", "application/msword"),
        (XLS, "", "application/vnd.ms-excel"),
        (PPT, "", "application/vnd.ms-powerpoint"),
        (MSG, "", "application/vnd.ms-outlook"),
        (XLS_MACROS, "", "application/vnd.ms-office.vbaProject"),
        (LOCKED, "", "application/encrypted-office"),
        (b"", "", "text/plain"),
        (bytes(range(32)) * 4, "", "application/octet-stream"),
    ],
)  # fmt: skip
def test_type_is_read_from_the_content(content, name, found):
    assert detect(content, name) == found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF), ("a.docx", DOCX), ("a.xlsx", XLSX), ("a.pptx", PPTX), ("a.txt", b"bonjour"),
        ("a.jpg", JPG), ("a.jpeg", JPG), ("a.png", PNG), ("a.doc", DOC), ("a.xls", XLS), ("a.ppt", PPT),
        ("a.msg", MSG), ("a.eml", EML), ("a.zip", ZIP), ("a.xml", XML), ("a.7z", SEVEN_ZIP),
        ("a.csv", b"a;b\n"), ("a.heic", HEIC), ("a.gif", GIF), ("a.odt", ODT), ("a.ods", ODS),
        ("a.rtf", b"{\\rtf1}"), ("a.cod", b"0000001011200520005"), ("a.ofx", OFX), ("a.qif", b"!Type:Bank\n"),
        ("a.mt940", b":20:STARTUMS\n"), ("a.asc", b"-----BEGIN PGP MESSAGE-----\n"), ("a.p7m", P7M),
    ],
)  # fmt: skip
def test_each_type_of_the_list_comes_in(name, content):
    assert refusal(name, "application/octet-stream", content) is None


def test_the_lists_are_those_of_the_specification():
    assert len(LEDGER_TYPES) == 17
    added = "asc cod gif heic mt940 odt ods ofx p7m qif rtf tif tiff webp"
    assert " ".join(sorted(MAIL_TYPES - LEDGER_TYPES)) == " ".join(sorted(added.split()))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", JPG), ("photo.JPG", PNG), ("scan.PDF", b"\r\n\r\n" + PDF),
        ("export.xls", b"a\tb\n1\t2\n"), ("lettre.doc", DOCX), ("lettre.doc", b"{\\rtf1}"),
        ("tableau.xls", XLSX), ("ferme.xlsx", LOCKED),
        ("", PDF), ("facture", PDF), ("notes.txt", XML),
    ],
)  # fmt: skip
def test_harmless_confusions_of_clients_are_accepted(name, content):
    assert refusal(name, "", content) is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", EXE, "Programme ou script : type non accepté."),
        ("a.exe", EXE, "Programme ou script : type non accepté."),
        ("a.pdf", HTML, "Page HTML ou image SVG : type non accepté."),
        ("a.xls", b"<table><tr><td>1</td></tr></table>", "Page HTML ou image SVG : type non accepté."),
        ("a.xml", SVG, "Page HTML ou image SVG : type non accepté."),
        ("a.docx", DOCM, "Le fichier contient des macros."),
        ("a.xls", XLS_MACROS, "Le fichier contient des macros."),
        ("a.txt", b"#!/bin/sh\n", "Programme ou script : type non accepté."),
        ("a.js", b"alert(1)", "Type de fichier non accepté : .js."),
        ("a.pdf.exe", PDF, "Type de fichier non accepté : .exe."),
        ("a.pdf", b"", "Fichier vide."),
        ("a.pdf", PNG, "Le contenu ne correspond pas au nom : .pdf annoncé, image/png trouvé."),
        ("a.jpg", PDF, "Le contenu ne correspond pas au nom : .jpg annoncé, application/pdf trouvé."),
        ("a.zip", PDF, "Le contenu ne correspond pas au nom : .zip annoncé, application/pdf trouvé."),
        ("", b"\1\2\3\4\5\6\7\x0b", "Type de fichier inconnu, non accepté."),
        ("a.pdf", PDF + ZIP, "Le fichier est de deux types à la fois."),
        ("a.gif", GIF + ZIP, "Le fichier est de deux types à la fois."),
        ("a.pdf", b"<html><script>1</script>" + PDF, "Le fichier est de deux types à la fois."),
        ("a\u202efdp.exe", EXE, "Programme ou script : type non accepté."),
    ],
)  # fmt: skip
def test_what_must_not_come_in_is_refused_with_its_reason(name, content, reason):
    assert refusal(name, "application/pdf", content) == reason


def test_a_piece_takes_fewer_types_than_a_mail():
    assert refusal("a.gif", "", GIF) is None
    assert refusal("a.gif", "", GIF, LEDGER_TYPES) == "Type de fichier non accepté : .gif."


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mp3", b"ID3\3\0\0\0\0\0\0\0", None),
        ("plan.dwg", b"AC1027\0\0\0\0", None),
        ("a.html", b"bonjour", "Type de fichier non accepté : .html."),
        ("a.docm", DOCM, "Le fichier contient des macros."),
        ("a.bat", b"del *", "Type de fichier non accepté : .bat."),
    ],
)  # fmt: skip
def test_the_ged_takes_everything_but_what_is_forbidden(name, content, reason):
    assert refusal(name, "", content, allowed=None) == reason


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ("facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\moi\\facture.pdf", "facture.pdf"),
        ("/etc/shadow", "shadow"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("", "document"),
        ("...", "document"),
        ("  .. ", "document"),
        ("CON", "_CON"),
        ("nul.pdf", "_nul.pdf"),
        ("console.pdf", "console.pdf"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        ("facture\u202efdp.exe", "facturefdp.exe"),
        ("cafe\u0301.pdf", "café.pdf"),
        ('a.pdf";x=.html', "a.pdf_;x=.html"),
        ("facture.pdf. ", "facture.pdf"),
        ("a   b.pdf", "a b.pdf"),
        ("\ud800.pdf", "?.pdf".replace("?", "_")),
        ("é" * 500 + ".pdf", "é" * 146 + ".pdf"),
        ("x" * 500, "x" * 150),
    ],
)  # fmt: skip
def test_names_are_fit_to_be_shown(claimed, shown):
    assert clean_name(claimed) == shown


@pytest.mark.parametrize(
    ("name", "found"),
    [("a.PDF", "pdf"), ("a", ""), ("a.tar.gz", "gz"), (".pdf", ""), ("a.pdf ", "pdf"), ("a.", "")],
)
def test_extension(name, found):
    assert extension(name) == found


def test_directory_of_a_zip_is_looked_at_but_nothing_is_unpacked():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(20_000_000))
        archive.writestr("[Content_Types].xml", "")
    content = bomb.getvalue()
    assert len(content) < 30_000
    assert detect(content) == OPEN_XML + "wordprocessingml.document"
