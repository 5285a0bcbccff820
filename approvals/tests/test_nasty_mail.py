"""Mails that somebody made to hurt, and mails that only came out badly, each through the story to its end (T40 to T49).

Each ends as a row with its reason: nothing raises, nothing is lost in silence, nothing is filed by half; and what it
costs is bounded (F17).
"""

import base64
import json
import os
import random
import subprocess
import sys
import zipfile
from io import BytesIO
from urllib.parse import quote

import pytest
from django.conf import settings

from approvals.models import SenderAddress
from documents.models import Document
from mailing.models import Fate, OutgoingMail
from mailing.receiving.parsing import OPENED
from mailing.tests.test_parsing import chain, mixed, nested, part, small, tnef, winmail
from portal.files.keep import open_kept
from portal.models import FailedTask
from portal.testing import arrive, pdf
from portal.tests import nasty
from portal.tests.test_checks import DOCM, EXE, GIF, HTML, LOCKED, P7M, PNG, SVG, XLS_MACROS, ZIP

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MB = 1024 * 1024
KNOWN = b"compta@moimeme.example"  # a client user of company 4: whatever can be filed is filed
TOP = b"From: Compta <" + KNOWN + b">\r\nTo: 4.box@martin.depot.localhost\r\nSubject: Factures\r\n"
PDF = pdf()
HTML_REFUSED = "Page HTML ou image SVG : type non accepté."
PROGRAM_REFUSED = "Programme ou script : type non accepté."
TWO_TYPES = "Le fichier est de deux types à la fois."
MACROS_REFUSED = "Le fichier contient des macros."


def letter(*parts, top=TOP):
    return mixed(*parts, top=top)


def filed():
    return list(Document.objects.order_by("pk").values_list("name", flat=True))


def fates(mail):
    return {file.name: file.left_out for file in mail.attachments.all()}


# Who it is from


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"Subject: x\r\n", "aucun champ From"),
        (b"Sender: " + KNOWN + b"\r\nReply-To: " + KNOWN + b"\r\n", "aucun champ From"),
        (b"From: " + KNOWN + b"\r\nFrom: evil@x.example\r\n", "plusieurs champs From"),
        (b"From: " + KNOWN + b", evil@x.example\r\n", "plusieurs adresses dans From"),
        (b"From : " + KNOWN + b"\r\n", "espace avant les deux-points de From"),
        (b"From: team:" + KNOWN + b";\r\n", "syntaxe de groupe dans From"),
        (b"From: <@evil.example:" + KNOWN + b">\r\n", "adresse avec route (source route)"),
        (b"From: evil@x.example\rFrom: " + KNOWN + b"\r\n", "plusieurs champs From"),
        (b"From: " + KNOWN + b"\0\r\n", "caractère de contrôle dans From"),
        (b"From: <" + b"(" * 2000 + KNOWN + b">\r\n", "champ From démesuré"),
        (b"no header\r\nFrom: " + KNOWN + b"\r\n", "deux lecteurs y lisent des adresses différentes"),
    ],
)
def test_a_sender_in_doubt_files_nothing_and_asks_nobody(cast, head, why):
    mail = arrive(letter(part(PDF), top=head))
    assert (mail.fate, mail.rule, mail.sender) == (Fate.UNREADABLE, "R0b", "")
    assert mail.note == f"Expéditeur non reconnu : {why}."
    assert [model.objects.count() for model in (Document, SenderAddress, OutgoingMail)] == [0, 0, 0]
    with open_kept(mail.raw.key) as raw:
        assert raw.read() == letter(part(PDF), top=head)


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\0" * 5000, b"\xff\xfe" * 5000, b"%PDF-1.4\n", b"From", b"From:\r\n\r\n"]
)
def test_what_is_no_mail_is_parked(cast, raw):
    mail = arrive(raw)
    assert (mail.fate, mail.note[:24]) == (Fate.UNREADABLE, "Expéditeur non reconnu :")


# What its files are called


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\win.pdf", "win.pdf"),
        ("/etc/cron.d/x.pdf", "x.pdf"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("nul\0.pdf", "_nul.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("a\r\n\r\n<script>.pdf", "a_script_.pdf"),
        ("x" * 500 + ".pdf", "x" * 146 + ".pdf"),
        ("é" * 500, "é" * 150),
        ("", "document"),
        ("   ", "document"),
        ("...", "document"),
        ("..", "document"),
        ("/", "document"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("LPT1.pdf", "_LPT1.pdf"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        ("facture\u202efdp.pdf", "facturefdp.pdf"),
        ("\u2066a\u2069.pdf", "a.pdf"),
        ('a.pdf";x=.pdf', "a.pdf_;x=.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
        ("=cmd|' /C calc'!A0.pdf", "C calc'!A0.pdf"),
    ],
)
def test_t42_a_name_is_only_shown(cast, claimed, name):
    coded = quote(claimed.encode("utf-8", "surrogatepass"), safe="").encode()
    mail = arrive(letter(part(PDF, b"Content-Disposition: attachment; filename*=UTF-8''" + coded, name=None)))
    assert mail.fate == Fate.FILED
    assert filed() == [name]
    document = Document.objects.get()
    assert document.file.key.isalnum()
    assert document.file.sha256 == mail.attachments.get().sha256


def test_t49_the_same_file_twice_is_two_documents_and_the_same_mail_twice_is_one(cast):
    raw = letter(part(PDF), part(PDF))
    assert arrive(raw).fate == Fate.FILED
    assert arrive(raw) is None
    assert filed() == ["facture.pdf", "facture.pdf"]


# What its files are


def polyglot(first: bytes) -> bytes:
    """Something, and a zip behind it."""
    return first + ZIP


LEFT_OUT = [
    ("facture.pdf", EXE, PROGRAM_REFUSED),
    ("facture.pdf", HTML, HTML_REFUSED),
    ("facture.pdf", b"<html>" + PDF, TWO_TYPES),
    ("facture.pdf", b"\x00<script>" + PDF, TWO_TYPES),
    ("facture.pdf", polyglot(PDF), TWO_TYPES),
    ("photo.gif", polyglot(GIF), TWO_TYPES),
    ("photo.png", SVG, HTML_REFUSED),
    ("photo.svg", SVG, HTML_REFUSED),
    ("facture.docx", DOCM, MACROS_REFUSED),
    ("facture.xls", XLS_MACROS, MACROS_REFUSED),
    ("notes.txt", b"#!/bin/sh\nrm -rf /\n", PROGRAM_REFUSED),
    ("notes.txt", HTML, HTML_REFUSED),
    ("facture.jpg", PDF, "Le contenu ne correspond pas au nom : .jpg annoncé, application/pdf trouvé."),
    ("facture.pdf", PNG, "Le contenu ne correspond pas au nom : .pdf annoncé, image/png trouvé."),
    ("facture.pdf.exe", EXE, PROGRAM_REFUSED),
    ("facture.pdf.exe", PDF, "Type de fichier non accepté : .exe."),
    ("facture.html", PDF, "Type de fichier non accepté : .html."),
    ("facture.js", b"alert(1)", "Type de fichier non accepté : .js."),
    ("facture", bytes(range(256)) * 9, "Type de fichier inconnu, non accepté."),
    ("vide.pdf", b"", "Fichier vide."),
]


@pytest.mark.parametrize(("name", "content", "reason"), LEFT_OUT)
def test_t40_a_file_that_is_not_accepted_is_left_out_alone(cast, name, content, reason):
    mail = arrive(letter(part(content, name=b'"%b"' % name.encode()), part(PDF, name=b"bon.pdf")))
    assert (mail.fate, fates(mail)) == (Fate.FILED, {name: reason, "bon.pdf": ""})
    assert filed() == ["bon.pdf"]


def test_a_mail_of_which_nothing_is_left_says_so(cast):
    parts = [
        part(content, name=b'"%d-%b"' % (n, name.encode())) for n, (name, content, _) in enumerate(LEFT_OUT)
    ]
    mail = arrive(letter(*parts))
    assert (mail.fate, mail.note) == (Fate.NOTHING_TO_FILE, "aucun document à classer dans ce mail")
    assert [file.left_out for file in mail.attachments.all()] == [reason for *_, reason in LEFT_OUT]
    assert filed() == []


def deflated_zip(megabytes: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zero", "w") as inside:
        for _ in range(megabytes):
            inside.write(bytes(MB))
    return file.getvalue()


def kept_whole() -> list[tuple[str, bytes]]:
    return [
        ("bombe.zip", deflated_zip(200)),
        ("faux.zip", ZIP[:-5]),
        ("verrou.pdf", nasty.locked()),
        ("bombe.pdf", nasty.flate_bomb(50)),
        ("casse.pdf", b"%PDF-1.7\n" + bytes(500)),
        ("image.png", nasty.png(30_000)),
        ("verrou.docx", LOCKED),
        ("smime.p7m", P7M),
    ]


def test_t46_and_t47_what_is_closed_broken_or_a_bomb_is_filed_as_it_is(cast):
    """Nothing is unpacked on the way in; whoever looks at it later does so in a sealed child."""
    given = kept_whole()
    mail = arrive(letter(*(part(content, name=name.encode()) for name, content in given)))
    assert (mail.fate, set(fates(mail).values())) == (Fate.FILED, {""})
    assert filed() == [name for name, _ in given]
    for document, (_, content) in zip(Document.objects.order_by("pk"), given, strict=True):
        with open_kept(document.file.key) as file:
            assert file.read() == content


def test_an_encrypted_message_is_kept_as_a_file(cast):
    top = (
        TOP
        + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    mail = arrive(top + base64.encodebytes(P7M))
    assert (mail.fate, filed()) == (Fate.FILED, ["smime.p7m"])


@pytest.mark.parametrize(
    ("content", "expected", "documents"),
    [
        (
            tnef((b"a.pdf", "Facture é.pdf", PDF)),
            {"winmail.dat": OPENED, "Facture é.pdf": ""},
            ["Facture é.pdf"],
        ),
        (tnef((b"a.exe", "", EXE)), {"winmail.dat": OPENED, "a.exe": PROGRAM_REFUSED}, []),
        (tnef(), {"winmail.dat": "Enveloppe d'Outlook (winmail.dat) sans fichier."}, []),
        (tnef((b"a.pdf", "", PDF))[:200], {"winmail.dat": OPENED, "a.pdf": ""}, ["a.pdf"]),
        (b"\1\2\3\4 no tnef", {"winmail.dat": ""}, ["winmail.dat"]),
        (EXE, {"winmail.dat": PROGRAM_REFUSED}, []),
    ],
    ids=["good", "program", "empty", "cut", "broken", "lie"],
)
def test_t47_a_winmail_dat_is_opened_or_kept_never_lost(cast, content, expected, documents):
    mail = arrive(letter(winmail(content)))
    assert fates(mail) == expected
    assert (mail.fate, filed()) == (Fate.FILED if documents else Fate.NOTHING_TO_FILE, documents)


# Limits


def files(number, size=1):
    head = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\nContent-Disposition: attachment; filename="
    return [head + b"%d.pdf\r\n\r\n%%PDF-1.4%b" % (n, bytes(size)) for n in range(number)]


def known(raw: bytes) -> bytes:
    """The mails of the parser's tests, from our client."""
    return raw.replace(b"alice@client.be", KNOWN, 1)


TOO_MANY_PARTS = "message de plus de 1000 parties"
TOO_DEEP = "message imbriqué sur plus de 30 niveaux"
TOO_HEAVY = "structure trop lourde pour être lue"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: letter(*files(201)), "plus de 200 fichiers"),
        (lambda: letter(*files(3, 17 * MB + 400_000)), "fichiers de plus de 50 Mo ensemble"),
        (lambda: letter(*[b"\r\nx"] * 1000, part(PDF)), TOO_MANY_PARTS),
        (lambda: known(nested(31)), TOO_DEEP),
        (lambda: known(nested(1000)), TOO_DEEP),
        (lambda: known(chain(1000)), TOO_DEEP),
        (lambda: letter(part(PDF)) + b"--b1\r\n\r\n" * 300_000, TOO_HEAVY),
        (
            lambda: letter(part(PDF), top=TOP + b"X: " + b"y" * 262_200 + b"\r\n"),
            "en-têtes de plus de 256 Ko",
        ),
    ],
    ids=[
        "201 files",
        "51 MiB",
        "1,001 parts",
        "depth 31",
        "1,000 levels",
        "1,000 forwards",
        "300,000 parts",
        "headers",
    ],
)
def test_t48_a_mail_beyond_the_limits_is_parked_whole(cast, make, problem):
    mail = arrive(make())
    assert (mail.fate, mail.rule, mail.note) == (Fate.UNREADABLE, "R0b", f"Message non lu : {problem}.")
    assert (mail.sender, filed(), mail.attachments.count()) == (KNOWN.decode(), [], 0)
    assert mail.raw.size > 0


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda: letter(*files(200)), 200),
        (lambda: letter(*[b"\r\nx"] * 999, part(PDF)), 1),
        (lambda: known(nested(30)), 1),
        (
            lambda: letter(
                part(PDF), top=TOP + b"Cc: " + b"(" * 100_000 + b"\r\nTo: " + b"a" * 100_000 + b"\r\n"
            ),
            1,
        ),
        (
            lambda: letter(
                part(PDF), top=TOP + b"Cc: " + b"Alice <alice@client.be>,\r\n " * 8000 + b"x@y.be\r\n"
            ),
            1,
        ),
        (lambda: letter(part(PDF), top=TOP.replace(b"Factures", b"=?utf-8?q?a?= " * 12_000)), 1),
    ],
    ids=["200 files", "1,000 parts", "depth 30", "To of 200 KB", "8,000 recipients", "12,000 encoded words"],
)
def test_t48_a_mail_at_the_limits_is_filed(cast, make, count):
    mail = arrive(make())
    assert (mail.fate, mail.note) == (Fate.FILED, "utilisateur client de l’entreprise")
    assert len(filed()) == count


def test_nothing_nasty_is_a_failed_task(cast):
    for raw in (small(201), known(nested(1000)), b"", letter(part(EXE))):
        arrive(raw)
    assert FailedTask.objects.count() == 0


# What it costs

READ = """
import json, os, sys
import django
django.setup()
from mailing.receiving import parsing

for path in sys.stdin:
    pid = os.fork()
    if pid == 0:
        with open(path.strip(), "rb") as file:
            parsing.read(file.read())
        os._exit(0)
    _, status, used = os.wait4(pid, 0)
    print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]), flush=True)
"""


def big(*, wrapped: bool = False) -> bytes:
    """As much as the listener takes: one file of nearly 50 MiB; wrapped: inside an attached message."""
    content = b"%PDF-1.4" + random.Random(1).randbytes(MB) * (49 if not wrapped else 34)
    raw = letter(part(content))
    return (
        letter(part(raw, type=b"application/octet-stream", name=b"a.eml")).replace(b"b1", b"b0", 2)
        if wrapped
        else raw
    )


def leaf(encoding: str, content: bytes, type: str = "application/pdf; name=a.pdf") -> bytes:
    head = f"Content-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return letter(head.encode() + content)


def forwarded(levels: int, inner: bytes) -> bytes:
    return (TOP + b"Content-Type: message/rfc822\r\n\r\n") * levels + inner


def named(*headers: bytes) -> bytes:
    return letter(*(part(PDF, b"Content-Type: application/pdf" + header, name=None) for header in headers))


BOMBS = {
    "300,000 parts": lambda: letter() + b"--b1\r\n\r\n" * 300_000,
    "lines of hyphens": lambda: TOP + b"\r\n" + b"--\r\n" * 15_000_000,
    "lines of hyphens, forwarded": lambda: forwarded(24, TOP + b"\r\n" + b"--x\r\n" * 190_000),
    "lines of nothing": lambda: TOP + b"\r\n" + (b"--\r\n" + b"\n" * 240) * 33_000,
    "1,000 levels": lambda: nested(1000),
    "50,000 levels": lambda: nested(50_000),
    "500,000 forwards": lambda: chain(500_000),
    "To of 200 KB": lambda: letter(part(PDF), top=TOP + b"To: " + b"(" * 200_000 + b"\r\n"),
    "8,000 recipients": lambda: letter(
        part(PDF), top=TOP + b"Cc: " + b"A <a@client.be>,\r\n " * 8000 + b"\r\n"
    ),
    "headers of 70 MB": lambda: TOP + b"X: y\r\n" * (70 * MB // 6),
    "one header of 70 MB": lambda: TOP + b"X: " + b"y" * (70 * MB),
    "headers of parts": lambda: letter(*[b"X:\n" * 2700 + b"\r\n"] * 990),
    "encoded words": lambda: letter(part(PDF), top=TOP + b"Subject: " + b"=?utf-8?q?a?= " * 18_000 + b"\r\n"),
    "encoded names": lambda: named(*[b'; name="' + b"=?utf-8?q?a?= " * 1_400 + b'"'] * 190),
    "names in pieces": lambda: named(*[b"".join(b"; name*%d=%%41" % n for n in range(900))] * 190),
    "quotes": lambda: named(*[b"; name=" + b'"\\' * 9_000] * 190),
    "text of 72 MB": lambda: letter(b"\r\n" + b"hello world\r\n" * (72 * MB // 13)),
    "tags of 40 MB": lambda: letter(b"Content-Type: text/html\r\n\r\n" + b"<div>" * (8 * MB)),
    "declarations": lambda: letter(
        *[b"Content-Type: text/xml; name=a.xml\r\n\r\n<!doctype" + b" " * 65_000] * 190
    ),
    "base64 of =": lambda: leaf("base64", b"QQ==" * 15 * MB),
    "base64 in a million runs": lambda: letter(
        *[b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QQ=" * 999_000]
        * 10
    ),
    "quoted-printable": lambda: leaf("quoted-printable", b"=41 \t \r\n" * (5 * MB), "text/csv; name=a.csv"),
    "tnef that lies": lambda: letter(winmail(tnef((b"a.pdf", "", PDF), extra=bytes(9) + b"\xff" * 20 * MB))),
    "uuencode": lambda: leaf("x-uuencode", b"begin 644 a\r\n" + b"M" * 40 * MB),
    "uuencode of nothing": lambda: leaf("x-uuencode", b"begin 644 a\r\n" + b"\n" * 60 * MB),
    "a file of 49 MiB": big,
    "the same in a message": lambda: big(wrapped=True),
}


def test_f17_what_reading_costs_is_bounded(tmp_path):
    """Each in a process of its own, which starts with some 50 MB: not 10 s of processor time, not 350 MB."""
    used, path = {}, tmp_path / "mail.eml"
    reader = subprocess.Popen(
        [sys.executable, "-c", READ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        for name, make in BOMBS.items():
            path.write_bytes(make())
            print(path, file=reader.stdin, flush=True)
            used[name] = json.loads(reader.stdout.readline())
    path.unlink()
    assert {name: status for name, (status, _, _) in used.items() if status} == {}
    assert {name: seconds for name, (_, seconds, _) in used.items() if seconds > 10} == {}
    assert {name: memory // MB for name, (_, _, memory) in used.items() if memory > 350 * MB} == {}
