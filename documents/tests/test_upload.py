"""Files laid on the portal: who may, what is taken and what is refused with its reason, and that nothing is half filed."""

import errno
import hashlib
import os
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from PIL import Image

from documents.models import Document
from documents.tests.lay import FORM, laid, post, said
from mailing.tasks import events
from portal.files import keep, uploads
from portal.files.keep import open_kept
from portal.models import HistoryEntry, StoredFile
from portal.testing import arrive, mail_from, pdf
from portal.tests.clamd import EICAR, clamd, eicar_zip
from portal.tests.nasty import locked

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MIB = 1024 * 1024


def filed():
    return sorted(Document.objects.values_list("name", "space", "uploaded_by__name"))


def files_left():
    """What lies in the folder of files that are not finished."""
    folder = settings.FILES_DIR / "unfinished"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("role", ["admin", "claire", "hugo", "gerant", "compta"])
@pytest.mark.parametrize("where", ["box", "image"])
def test_whoever_may_enter_the_company_lays_files_there(client, cast, role, where):
    person, content = getattr(cast, role), pdf("Facture 0815")
    client.force_login(person)
    answer = post(client, where, {"facture.pdf": content, "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(60)})
    assert answer["Location"] == f"/entreprises/4/{where}/"
    assert said(answer) == [("success", "2 documents déposés.")]
    assert filed() == [("facture.pdf", where, person.name), ("photo.png", where, person.name)]
    file = Document.objects.get(name="facture.pdf").file
    with open_kept(file.key) as kept:
        assert kept.read() == content
    assert (file.size, file.sha256, file.type) == (
        len(content), hashlib.sha256(content).hexdigest(), "application/pdf",
    )  # fmt: skip
    entry = HistoryEntry.objects.get()
    label = {"box": "Box", "image": "Image"}[where]
    assert (entry.text, entry.by, entry.company) == (
        f"2 documents déposés par {person} dans {label}", person, cast.company,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["claire", "gerant", "compta", "lea"])
def test_everybody_lays_files_in_their_own_documents(client, cast, role):
    person = getattr(cast, role)
    client.force_login(person)
    assert said(post(client, "own", {"contrat.pdf": pdf()})) == [("success", "1 document déposé.")]
    document = Document.objects.get()
    assert (document.owner, document.company, document.uploaded_by) == (person, None, person)
    entry = HistoryEntry.objects.get()
    assert (entry.company, entry.text) == (None, f"1 document déposé par {person} dans Mes documents")


@pytest.mark.parametrize(("role", "code"), [("lea", 404), ("charlie", 302), ("patron", 302)])
def test_strangers_lay_nothing_in_this_company(client, cast, role, code):
    """The other firm has a company of the same code: that is where its people's files go."""
    client.force_login(getattr(cast, role))
    assert post(client, "box", {"a.pdf": pdf()}).status_code == code
    assert cast.company.documents.count() == 0


def test_what_is_refused_is_named_with_its_reason_and_the_others_are_filed(client, cast):
    client.force_login(cast.compta)
    files = {
        "facture.pdf": pdf(),
        "programme.exe": b"MZ" + bytes(200),
        "page.pdf": b"<html><script>alert(1)</script>",
        "vide.pdf": b"",
        "plan.dwg": b"AC1032" + bytes(60),
        "faux.png": pdf(),
    }
    assert said(post(client, "box", files)) == [
        ("success", "1 document déposé."),
        ("error", "programme.exe – Programme ou script : type non accepté."),
        ("error", "page.pdf – Page HTML ou image SVG : type non accepté."),
        ("error", "vide.pdf – Fichier vide."),
        ("error", "plan.dwg – Type de fichier non accepté : .dwg."),
        ("error", "faux.png – Le contenu ne correspond pas au nom : .png annoncé, application/pdf trouvé."),
    ]
    assert filed() == [("facture.pdf", "box", "Sophie Roux")]
    assert (StoredFile.objects.count(), files_left()) == (1, [])


@pytest.mark.parametrize(("role", "taken"), [("claire", 1), ("gerant", 0), ("lea", 0)])
def test_staff_lays_every_type_but_the_forbidden_ones(client, cast, role, taken):
    client.force_login(getattr(cast, role))
    post(
        client, "own", {"plan.dwg": b"AC1032" + bytes(60), "macro.xlsm": b"PK\x03\x04", "a.sh": b"#!/bin/sh"}
    )
    assert [name for name, _, _ in filed()] == ["plan.dwg"] * taken


def test_the_firm_lengthens_the_list_for_its_clients(client, cast):
    cast.martin.extra_types = "dwg"
    cast.martin.save()
    client.force_login(cast.gerant)
    assert said(post(client, "box", {"plan.dwg": b"AC1032" + bytes(60)})) == [
        ("success", "1 document déposé.")
    ]


def test_the_same_content_twice_is_two_documents(client, cast):
    client.force_login(cast.compta)
    content = pdf()
    post(client, "box", {"a.pdf": content})
    post(client, "box", {"a.pdf": content})
    assert [name for name, _, _ in filed()] == ["a.pdf", "a.pdf"]
    assert len({file.key for file in StoredFile.objects.all()}) == 2


def test_a_name_is_cleaned(client, cast):
    client.force_login(cast.compta)
    post(client, "box", {"pass\u202ewd\x07 <b>.pdf": pdf()})
    assert [name for name, _, _ in filed()] == ["passwd _b_.pdf"]


def test_nothing_chosen(client, cast):
    client.force_login(cast.compta)
    assert said(client.post(FORM["box"], {})) == [("error", "Aucun fichier n’a été choisi.")]


def test_javascript_is_told_where_to_go(client, cast):
    client.force_login(cast.compta)
    answer = post(client, "box", {"a.pdf": pdf()}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"next": "/entreprises/4/box/"})
    assert client.get("/entreprises/4/box/").content.decode().count("1 document déposé.") == 1


# Limits are sentences


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ([50 * MIB], [("success", "1 document déposé.")]),
        ([25 * MIB] * 2, [("success", "2 documents déposés.")]),
        ([50 * MIB + 1], [("error", str(uploads.TOO_BIG))]),
        ([20 * MIB] * 3, [("error", str(uploads.TOO_BIG))]),
    ],
    ids=["50 MiB", "25 and 25", "one byte more", "three of 20"],
)
def test_fifty_mebibytes_in_all(client, cast, sizes, told):
    client.force_login(cast.claire)
    content = b"texte " * (sizes[0] // 6 + 1)
    assert said(post(client, "box", {f"{n}.txt": content[:size] for n, size in enumerate(sizes)})) == told
    assert files_left() == []


@pytest.mark.parametrize(
    ("number", "told"),
    [(200, ("success", "200 documents déposés.")), (201, ("error", str(uploads.TOO_MANY)))],
)
def test_two_hundred_files_in_all(client, cast, number, told):
    client.force_login(cast.claire)
    assert said(post(client, "own", {f"{n}.txt": b"bonjour" for n in range(number)})) == [told]
    assert (Document.objects.count(), files_left()) == (200 if number == 200 else 0, [])


def test_a_body_without_end_is_cut_off(client, cast, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 100_000)
    monkeypatch.setattr(uploads, "MOST_READ", 300_000)
    client.force_login(cast.claire)
    answer = post(client, "box", {f"{n}.txt": b"x" * 90_000 for n in range(50)})
    assert (said(answer), files_left()) == ([("error", str(uploads.TOO_BIG))], [])


def test_large_and_many_files_are_not_held_in_memory(client, cast, monkeypatch):
    """What a file of a form is when a view sees it: a file of the disk."""
    seen = []
    judge = uploads.keep_uploads

    def watch(files):
        seen.extend(type(file.file).__name__ for file in files)
        return judge(files)

    monkeypatch.setattr("documents.filing.uploads.keep_uploads", watch)
    client.force_login(cast.claire)
    post(client, "own", {f"{n}.txt": b"x" * 100_000 for n in range(20)})
    assert seen == ["BufferedReader"] * 20


def test_a_disk_that_is_full_is_a_sentence_and_nothing_is_filed(client, cast, monkeypatch):
    client.force_login(cast.claire)
    write, full = os.write, []

    def refuse(descriptor, data):
        if len(data) > 60_000:
            full.append(True)
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(keep.os, "write", refuse)
    answer = post(client, "box", {"petit.txt": b"bonjour", "grand.txt": b"x" * 400_000})
    monkeypatch.undo()
    assert (said(answer), full) == ([("error", str(uploads.NO_ROOM))], [True])
    assert (Document.objects.count(), StoredFile.objects.count(), files_left()) == (0, 0, [])


def test_a_disk_that_fills_up_at_the_end_keeps_none(client, cast, monkeypatch):
    client.force_login(cast.claire)
    sync, asked = os.fsync, []

    def refuse(descriptor):
        asked.append(descriptor)
        if len(asked) == 2:
            raise OSError(errno.EDQUOT, "Quota exceeded")
        return sync(descriptor)

    monkeypatch.setattr(keep.os, "fsync", refuse)
    answer = post(client, "box", {"un.txt": b"bonjour", "deux.txt": b"bonsoir"})
    monkeypatch.undo()
    assert said(answer) == [("error", str(uploads.NO_ROOM))]
    assert (Document.objects.count(), files_left()) == (0, [])


@pytest.mark.parametrize("missing", [1, 40, 200, 500])
def test_what_breaks_off_is_not_filed_in_part(client, cast, missing):
    """As gunicorn tells it: the body ends before its length, without any error."""
    files = [SimpleUploadedFile(f"{number}.txt", b"bonjour " * 20) for number in range(4)]
    body = encode_multipart(BOUNDARY, {"fichiers": files})
    client.force_login(cast.compta)
    answer = client.post(
        FORM["box"],
        content_type=MULTIPART_CONTENT,
        **{"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body[:-missing])},
    )
    assert said(answer) == [("error", str(uploads.CUT_OFF))]
    assert (Document.objects.count(), files_left()) == (0, [])


def test_a_form_of_another_screen_leaves_no_file_behind(cast):
    """Django reads a form before it knows who sends it."""
    answer = Client().post(
        "/connexion/", {"login": "x", "photo": SimpleUploadedFile("a.txt", b"x" * 200_000)}
    )
    assert (answer.status_code, files_left()) == (200, [])


def test_a_broken_form_is_answered_in_french(client, cast):
    client.force_login(cast.claire)
    answer = client.generic(
        "POST", FORM["box"], b"rien", content_type="multipart/form-data; boundary=", HTTP_ACCEPT="text/html"
    )
    assert (answer.status_code, "rien n’a été fait" in answer.content.decode()) == (400, True)


# Where it came from


def test_the_screen_says_who_laid_it_and_when(client, cast):
    [document] = laid(cast.compta, "box", "ticket.pdf")
    client.force_login(cast.hugo)
    page = client.get(reverse("documents:document", args=[document.pk])).content.decode()
    told = ("Document PDF", "déposé sur le portail le", "par Sophie Roux")
    assert [words for words in told if words not in page] == []
    arrive(mail_from(cast.compta.email, files={"mail.pdf": pdf()}))
    rows = client.get("/entreprises/4/box/").content.decode()
    assert ("Sophie Roux" in rows, "compta@moimeme.example" in rows) == (True, True)


def test_a_file_that_is_only_downloaded_says_what_it_is(client, cast):
    client.force_login(cast.compta)
    heic = b"\0\0\0\x18ftypheic" + bytes(300)
    post(client, "box", {"photo.heic": heic})
    document = Document.objects.get()
    page = client.get(reverse("documents:document", args=[document.pk])).content.decode()
    told = ("Photo HEIC, d’un iPhone le plus souvent", "Pas d’aperçu pour ce type de fichier.", "Télécharger")
    assert [words for words in told if words not in page] == []
    answer = client.get(reverse("documents:download", args=[document.pk]))
    assert BytesIO(b"".join(answer.streaming_content)).read() == heic


# Antivirus


def test_what_the_scanner_finds_is_refused_by_itself(client, cast, settings):
    client.force_login(cast.compta)
    with clamd() as server:
        settings.CLAMAV_SOCKET = server.socket_name
        told = said(post(client, "box", {"a.pdf": pdf(), "note.txt": EICAR, "b.zip": eicar_zip()}))
    reason = "Contenu interdit (Eicar-Test-Signature)."
    assert told == [
        ("success", "1 document déposé."),
        ("error", f"note.txt – {reason}"),
        ("error", f"b.zip – {reason}"),
    ]
    assert [name for name, _, _ in filed()] == ["a.pdf"]


def test_without_a_verdict_nothing_is_filed(client, cast, settings):
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    client.force_login(cast.compta)
    assert said(post(client, "box", {"a.pdf": pdf()})) == [
        (
            "error",
            "L’antivirus du portail ne répond pas : rien n’a été déposé. Réessayez dans quelques minutes.",
        )
    ]
    assert (Document.objects.count(), StoredFile.objects.count(), files_left()) == (0, 0, [])


# Marks


def test_a_locked_file_is_filed_and_marked(client, cast):
    client.force_login(cast.compta)
    post(client, "box", {"secret.pdf": locked(), "facture.pdf": pdf()})
    events()
    page = client.get("/entreprises/4/box/").content.decode()
    assert (page.count("PDF protégé"), page.count("PDF illisible")) == (1, 0)
    document = Document.objects.get(name="secret.pdf")
    page = client.get(reverse("documents:document", args=[document.pk])).content.decode()
    assert [words in page for words in ("PDF protégé", "PDF protégé par un mot de passe.")] == [True, True]


def test_an_unreadable_file_that_came_by_mail_is_marked_too(client, cast):
    arrive(mail_from(cast.compta.email, files={"casse.pdf": pdf()[:60]}))
    events()
    client.force_login(cast.compta)
    assert client.get("/entreprises/4/box/").content.decode().count("PDF illisible") == 1


@pytest.mark.parametrize(("form", "name"), [("TIFF", "fax.tif"), ("WEBP", "photo.webp"), ("GIF", "plan.gif")])
def test_pictures_of_every_kind_are_shown(client, cast, form, name):
    client.force_login(cast.compta)
    out = BytesIO()
    Image.new("RGB", (900, 600), "white").save(out, form)
    post(client, "image", {name: out.getvalue()})
    document = Document.objects.get()
    look = client.get(reverse("documents:document", args=[document.pk])).context["look"]
    assert (look.failure, look.size) == (None, (600, 400))
