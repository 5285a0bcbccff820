"""One document in the hands of staff: its name, its étiquettes, its versions; several made into one PDF or one ZIP."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader, PdfWriter

from documents.ged import archives, editing, merging
from documents.models import Document, DocumentView, Tag
from documents.tests.lay import filed, said
from documents.tests.test_ged import GED, INVOICES, PAYSLIPS, gesture
from portal.files.keep import path_of
from portal.models import HistoryEntry, Job, StoredFile
from portal.tasks import jobs
from portal.testing import pdf
from portal.tests.nasty import locked

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def document(cast, folders):
    [document] = filed(cast.claire, cast.company, folders[INVOICES], "facture.pdf")
    return document


def in_window(person):
    client = Client()
    client.force_login(person)
    return client


def form_of(client, path):
    """What the form of a page holds when it is shown."""
    form = client.get(path).context["form"]
    return {field.html_name: field.value() or "" for field in form}


def body(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Loyer d’août", "Loyer d’août.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a.exe", "a.exe.pdf"),
        ("A.PDF", "A.PDF"),
        ("x" * 400, "x" * 146 + ".pdf"),
        ("mars\u202efdp.pdf", "marsfdp.pdf"),
    ],
)
def test_a_name_stays_clean_and_keeps_its_extension(typed, name):
    assert editing.named(typed, "facture.pdf") == name


def test_the_second_of_two_reads_what_the_first_wrote(cast, document):
    claire, hugo = in_window(cast.claire), in_window(cast.hugo)
    path = f"/documents/{document.pk}/modifier/"
    typed = form_of(claire, path)
    assert claire.post(path, {**typed, "nom": "Loyer", "etiquettes": "Bail, 2026"}).status_code == 302
    second = hugo.post(path, {**typed, "nom": "Bail", "etiquettes": "Perdu"})
    [told] = second.context["form"].non_field_errors()
    assert told.startswith(
        "Claire Dupont vient de modifier ce document : il s’appelle maintenant « Loyer.pdf »."
    )
    document.refresh_from_db()
    assert (document.name, sorted(str(tag) for tag in document.tags.all())) == ("Loyer.pdf", ["2026", "Bail"])
    again = {field.html_name: field.value() for field in second.context["form"]}
    assert hugo.post(path, again).status_code == 302
    document.refresh_from_db()
    assert document.name == "Bail.pdf"
    texts = [entry.text for entry in HistoryEntry.objects.of(document)]
    assert texts[0].startswith("Hugo Lenoir change les étiquettes de « Bail.pdf »")
    assert texts[1] == "Hugo Lenoir renomme « Loyer.pdf » en « Bail.pdf »"
    assert hugo.get(f"/documents/{document.pk}/historique/").context["history"].count() == len(texts)
    assert not HistoryEntry.objects.of(document).filter(is_internal=False).exists()


def test_etiquettes_in_bulk_are_one_list_without_case_and_accents(client, cast, folders):
    documents = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    client.force_login(cast.claire)
    gesture(client, GED, "etiqueter", *documents, ajouter="Énergie, <b>gras</b>")
    gesture(client, GED, "etiqueter", documents[0], ajouter="energie")
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["<b>gras</b>", "Énergie"]
    answer = client.get(GED)
    assert "<b>gras</b>" not in answer.content.decode()
    tag = Tag.objects.get(key="energie")
    gesture(client, GED, "etiqueter", *documents, enlever=[tag.pk])
    assert [set(d.tags.values_list("name", flat=True)) for d in documents] == [{"<b>gras</b>"}] * 2
    refused = gesture(client, GED, "etiqueter", *documents, ajouter="x" * 41)
    assert refused.context["form"].errors.keys() == {"ajouter"}


def lay_version(client, document, name, content, seen=None):
    given = {"fichier": SimpleUploadedFile(name, content), "vu": seen or document.file_id}
    return client.post(f"/documents/{document.pk}/version/", given)


def test_a_new_version_keeps_the_old_one_and_its_readers(client, cast, document):
    DocumentView.objects.create(document=document, user=cast.compta, last_at=timezone.now())
    before = document.file
    client.force_login(cast.hugo)
    wrong = lay_version(client, document, "autre.pdf", b"du texte")
    assert said(wrong) == [
        ("error", "facture.pdf – Le contenu ne correspond pas au nom : .pdf annoncé, text/plain trouvé.")
    ]
    answer = lay_version(client, document, "corrigee.pdf", pdf("Corrigée"))
    assert said(answer)[0][0] == "success"
    late = lay_version(client, document, "trop tard.pdf", pdf("Tard"), seen=before.pk)
    assert said(late)[0][1].startswith("Une autre version de « facture.pdf » vient d’être déposée")
    document.refresh_from_db()
    version = document.versions.get()
    assert (document.name, document.uploaded_by, version.file, version.by) == (
        "facture.pdf", cast.hugo, before, cast.claire,
    )  # fmt: skip
    assert body(client.get(f"/documents/{document.pk}/telecharger/")) == pdf("Corrigée")
    assert (
        body(client.get(f"/documents/{document.pk}/versions/{version.pk}/"))
        == path_of(before.key).read_bytes()
    )
    assert set(Document.objects.published_to(cast.compta)) == {document}
    [entry] = HistoryEntry.objects.of(document).filter(verb="replaced")
    assert (entry.is_internal, "Sophie Roux" in entry.reason, document.views.count()) == (True, True, 0)
    gerant = in_window(cast.gerant)
    assert gerant.get(f"/documents/{document.pk}/versions/{version.pk}/").status_code == 404
    assert lay_version(gerant, document, "a.pdf", pdf()).status_code == 404


def test_a_document_deleted_for_good_takes_its_versions_with_it(
    client, cast, document, django_capture_on_commit_callbacks
):
    client.force_login(cast.admin)
    lay_version(client, document, "b.pdf", pdf("B"))
    document.refresh_from_db()
    keys = [document.file.key, document.versions.get().file.key]
    gesture(client, GED, "corbeille", document)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/documents/{document.pk}/supprimer/")
    assert (Document.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert [path_of(key).exists() for key in keys] == [False, False]


def test_several_pdfs_are_one_in_the_order_told(client, cast, folders):
    one, two = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    Document.objects.filter(pk=two.pk).update(is_shared=False, published_at=None)
    client.force_login(cast.claire)
    told = {f"rang-{one.pk}": 1, f"rang-{two.pk}": 2}
    answer = gesture(client, GED, "fusionner", one, two, nom="Ensemble", **told)
    assert said(answer) == [("success", "« Ensemble.pdf » est fait de 2 PDF, qui restent là.")]
    made = Document.objects.get(name="Ensemble.pdf")
    pages = PdfReader(BytesIO(path_of(made.file.key).read_bytes())).pages
    assert [page.extract_text().split("\n")[0] for page in pages] == ["un", "deux"]
    # What was not all for the portal is not.
    assert (made.folder, made.is_shared, made.published_at) == (folders[INVOICES], False, None)


def test_a_locked_or_broken_pdf_is_named_and_nothing_is_made(client, cast, folders):
    one, two = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    client.force_login(cast.claire)
    for content, why in (
        (locked(), "« deux.pdf » : PDF protégé par un mot de passe. Rien n’a été fusionné."),
        (b"%PDF-1.7 rien", "« deux.pdf » : PDF illisible. Rien n’a été fusionné."),
    ):
        path_of(two.file.key).write_bytes(content)
        answer = gesture(client, GED, "fusionner", one, two, nom="Ensemble")
        assert answer.context["form"].non_field_errors() == [why]
    Document.objects.filter(pk=two.pk).update(file=StoredFile.objects.create(
        firm=cast.martin, key="0" * 32, sha256="", size=1, type="text/plain"
    ))  # fmt: skip
    assert said(gesture(client, GED, "fusionner", one, two))[0][1] == (
        "Seuls des PDF se fusionnent ; ceci n’en est pas : « deux.pdf »."
    )
    assert Document.objects.count() == 2


def zipped(client, cast, *documents):
    """The page of the ZIP that was made of `documents`."""
    answer = gesture(client, GED, "zip", *documents)
    jobs()
    job = Job.objects.latest("pk")
    assert answer["Location"] == job.get_absolute_url()
    return job.asked["back"]


def test_a_zip_for_its_maker_alone_and_for_an_hour(client, cast, folders):
    documents = filed(cast.claire, cast.company, folders[INVOICES], "été.pdf", "ÉTÉ.pdf", "../a.pdf")
    gone = documents[2]
    client.force_login(cast.claire)
    where = zipped(client, cast, *documents)
    answer = client.get(f"{where}telecharger/")
    archive = zipfile.ZipFile(BytesIO(body(answer)))
    assert set(archive.namelist()) == {"a.pdf", "été (2).pdf", "ÉTÉ.pdf"}
    assert archive.testzip() is None
    assert archive.read("a.pdf") == path_of(gone.file.key).read_bytes()
    assert answer["Content-Type"] == "application/zip"
    for person in (cast.admin, cast.gerant, cast.charlie):
        assert in_window(person).get(f"{where}telecharger/").status_code == 404
    cast.claire.staff.attachments.all().delete()
    assert client.get(f"{where}telecharger/").status_code == 410
    Job.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    assert client.get(where).status_code == 410
    assert (archives.expire(), archives.expire()) == (1, 0)
    assert not StoredFile.objects.filter(type="application/zip").exists()


def test_what_is_not_there_any_more_is_told_in_the_report(client, cast, folders):
    one, two = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    client.force_login(cast.claire)
    path_of(two.file.key).unlink()
    where = zipped(client, cast, one, two)
    assert client.get(where).context["job"].report == ["« deux.pdf » : le fichier n’existe plus."]
    assert zipfile.ZipFile(BytesIO(body(client.get(f"{where}telecharger/")))).namelist() == ["un.pdf"]


def test_pages_for_the_printer_and_a_document_of_3000(client, cast, document):
    client.force_login(cast.compta)
    printed = f"/documents/{document.pk}/imprimer/"
    assert client.get(printed).content.decode().count("<img") == 1
    writer, out = PdfWriter(), BytesIO()
    for _number in range(3000):
        writer.add_blank_page(595, 842)
    writer.write(out)
    lay_version(in_window(cast.claire), document, "long.pdf", out.getvalue())
    page = client.get(printed).content.decode()
    assert ("Ce document a 3000 pages" in page, "<img" in page) == (True, False)
    look = client.get(f"/documents/{document.pk}/?page=3000").context["look"]
    assert (look.number, look.count, look.failure) == (3000, 3000, None)


def test_employees_documents_do_not_merge_with_others(cast, folders):
    lea = cast.company.employees.get()
    [one] = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf")
    [two] = filed(cast.claire, cast.company, folders[PAYSLIPS], "deux.pdf", employee=lea)
    assert (
        merging.why_not([one, two])
        == "Ces documents sont de personnes différentes : ils ne se fusionnent pas."
    )
