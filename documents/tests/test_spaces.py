"""Box, Image and Mes documents: what is listed, handed over, and decided by its owner."""

import hashlib

import pytest
from django.urls import reverse

from documents.models import Document
from mailing.models import Fate, InboundMail
from portal.files.keep import path_of
from portal.files.serving import disposition
from portal.testing import IMAGE, arrive, mail_from, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLAIRES = "claire.mes-documents@martin.depot.localhost"


def body(response):
    return b"".join(response.streaming_content)


def download(client, document):
    return client.get(reverse("documents:download", args=[document.pk]))


def test_box_and_image_list_their_own(client, cast):
    arrive(mail_from(cast.compta.email, files={"box.pdf": pdf()}))
    arrive(mail_from(cast.compta.email, files={"image.pdf": pdf()}), IMAGE)
    client.force_login(cast.compta)
    for path, name in (("box", "box.pdf"), ("image", "image.pdf")):
        page = client.get(f"/entreprises/4/{path}/")
        assert [document.name for document in page.context["page"].rows] == [name]
        assert page.context["inbound_address"].address == f"4.{path}@martin.depot.localhost"


def test_download_is_the_same_bytes_and_never_runs(client, cast):
    content = pdf("Facture 0815")
    arrive(mail_from(cast.compta.email, files={"facture.pdf": content}))
    client.force_login(cast.compta)
    response = download(client, Document.objects.get())
    assert hashlib.sha256(body(response)).hexdigest() == hashlib.sha256(content).hexdigest()
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (
        response["Content-Disposition"]
        == "attachment; filename=\"facture.pdf\"; filename*=UTF-8''facture.pdf"
    )


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (
            "reçu n° 4.pdf",
            "attachment; filename=\"recu n 4.pdf\"; filename*=UTF-8''re%C3%A7u%20n%C2%B0%204.pdf",
        ),
        ('a.pdf";x=.html', "attachment; filename=\"a.pdf__x_.html\"; filename*=UTF-8''a.pdf%22%3Bx%3D.html"),
        ("a\r\nb.pdf", "attachment; filename=\"ab.pdf\"; filename*=UTF-8''ab.pdf"),
        ("\u202egnp.exe", "attachment; filename=\"gnp.exe\"; filename*=UTF-8''gnp.exe"),
        ("", "attachment; filename=\"document\"; filename*=UTF-8''document"),
        ("発票.pdf", "attachment; filename=\"document.pdf\"; filename*=UTF-8''%E7%99%BA%E7%A5%A8.pdf"),
    ],
)
def test_name_of_a_download(name, header):
    assert disposition(name) == header


def test_file_that_is_gone_is_404(client, cast):
    arrive(mail_from(cast.compta.email))
    document = Document.objects.get()
    path_of(document.file.key).unlink()
    client.force_login(cast.compta)
    assert download(client, document).status_code == 404


def test_mes_documents_is_seen_by_its_owner_alone(client, cast):
    arrive(mail_from(cast.claire.email), CLAIRES)
    document = Document.objects.get()
    statuses = {}
    for user in (cast.claire, cast.admin, cast.hugo, cast.gerant, cast.charlie):
        client.force_login(user)
        statuses[user.name] = download(client, document).status_code
    assert statuses == {
        "Claire Dupont": 200, "Anne Martin": 404, "Hugo Lenoir": 404, "Marc Roux": 404, "Charlie Peeters": 404,
    }  # fmt: skip


def test_owner_files_an_unproved_mail(client, cast):
    mail = arrive(mail_from(cast.claire.email), CLAIRES, local=False)
    client.force_login(cast.claire)
    assert [held.pk for held in client.get("/mes-documents/").context["held"]] == [mail.pk]
    client.post(reverse("documents:file_own", args=[mail.pk]))
    client.post(reverse("documents:file_own", args=[mail.pk]))
    assert [(d.owner, d.source.mail) for d in Document.objects.all()] == [(cast.claire, mail)]


def test_owner_discards_an_unproved_mail(client, cast):
    mail = arrive(mail_from(cast.claire.email), CLAIRES, local=False)
    client.force_login(cast.claire)
    client.post(reverse("documents:discard_own", args=[mail.pk]))
    assert (InboundMail.objects.get().fate, Document.objects.count()) == (Fate.REJECTED, 0)


def test_nobody_else_decides_about_an_unproved_mail(client, cast):
    mail = arrive(mail_from(cast.claire.email), CLAIRES, local=False)
    for user in (cast.admin, cast.hugo, cast.charlie):
        client.force_login(user)
        assert client.post(reverse("documents:file_own", args=[mail.pk])).status_code == 404
    assert InboundMail.objects.get().fate == Fate.HELD
