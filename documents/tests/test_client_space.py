"""The space of a client: what is published, what is new, how it is taken away, what was sent; and what stays shut."""

import io
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from approvals.access import stories
from approvals.directory.opening import attach, give_access, open_company
from documents.filing import moving
from documents.models import Document, DocumentView, Folder, WithheldFolder
from documents.tests.lay import filed
from portal.files.keep import path_of
from portal.models import ClientMember
from portal.testing import arrive, mail_from, pdf
from portal.tests.test_get import BROWSER, writes

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CONTRACTS, INVOICES = "CLIENTS\\Contrat\\", "CLIENTS\\Facture\\"
QUOTES, PAYSLIPS = "CLIENTS\\Devis\\", "SALARIES\\Bulletins\\"
HOME, ALL = "/espace/4/", "/espace/4/documents/"


@pytest.fixture
def shelf(cast, folders):
    """Two invoices, a quote and a contract for the client, a bulletin for Léa; all of Claire's, by their name."""
    for path, *names in (
        (INVOICES, "facture-1.pdf", "facture-2.pdf"),
        (QUOTES, "devis.pdf"),
        (CONTRACTS, "contrat.pdf"),
    ):
        filed(cast.claire, cast.company, folders[path], *names)
    filed(cast.claire, cast.company, folders[PAYSLIPS], "bulletin.pdf", employee=cast.company.employees.get())
    return {document.name: document for document in Document.objects.all()}


@pytest.fixture
def compta(cast, client):
    client.force_login(cast.compta)
    return client


def names(answer):
    return [document.name for document in answer.context["page"].rows]


def new_ones(client):
    return {document.name for document in client.get(ALL).context["page"].rows if document.is_new}


def content_of(answer):
    return b"".join(answer.streaming_content)


def unzipped(answer):
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(content_of(answer))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def kept(document):
    return path_of(document.file.key).read_bytes()


def test_the_lists_hold_what_is_published_for_the_company(compta, shelf, folders):
    assert names(compta.get(ALL)) == ["contrat.pdf", "devis.pdf", "facture-2.pdf", "facture-1.pdf"]
    assert names(compta.get(f"{ALL}{folders[INVOICES].pk}/")) == ["facture-2.pdf", "facture-1.pdf"]
    assert names(compta.get("/espace/4/devis/")) == ["devis.pdf"]
    assert names(compta.get("/espace/4/releve/")) == ["facture-2.pdf", "facture-1.pdf"]
    assert names(compta.get(f"{ALL}?q=DEVIS")) == ["devis.pdf"]
    found = compta.get(HOME).context
    assert [(shelf.folder.label, shelf.count, shelf.fresh) for shelf in found["others"]] == [
        ("Contrats", 1, 1)
    ]
    totals = [(part.count, part.fresh) for part in (found["shelves"], found["quotes"], found["invoices"])]
    assert totals == [(4, 4), (1, 1), (2, 2)]


def test_a_folder_shows_what_lies_within_it_too(compta, cast, shelf, folders):
    inner = Folder.objects.create(
        firm=cast.martin, company=cast.company, audience="clients", parent=folders[INVOICES],
        top=folders[INVOICES], path="Facture\\2026", label="2026", key="2026",
    )  # fmt: skip
    filed(cast.claire, cast.company, inner, "facture-3.pdf")
    outer = compta.get(f"{ALL}{folders[INVOICES].pk}/")
    assert names(outer) == ["facture-3.pdf", "facture-2.pdf", "facture-1.pdf"]
    assert (outer.context["shelf"].count, outer.context["shelf"].fresh) == (3, 3)
    assert names(compta.get(f"{ALL}{inner.pk}/")) == ["facture-3.pdf"]


@pytest.mark.parametrize("door", ["", "telecharger/"])
def test_what_was_opened_is_new_no_more_for_this_person(compta, cast, shelf, door):
    path = f"/documents/{shelf['devis.pdf'].pk}/{door}"
    everything = {"contrat.pdf", "devis.pdf", "facture-1.pdf", "facture-2.pdf"}
    compta.head(path, headers=BROWSER)
    compta.get(path, headers={"User-Agent": "python-requests/2.32"})
    assert (new_ones(compta), DocumentView.objects.count()) == (everything, 0)
    for _ in range(2):
        assert compta.get(path, headers=BROWSER).status_code == 200
    assert new_ones(compta) == everything - {"devis.pdf"}
    assert names(compta.get(f"{ALL}?nouveaux=oui")) == ["contrat.pdf", "facture-2.pdf", "facture-1.pdf"]
    [view] = DocumentView.objects.all()
    assert (view.user, view.document, view.first_at < view.last_at) == (cast.compta, shelf["devis.pdf"], True)
    gerant = Client()
    gerant.force_login(cast.gerant)
    assert new_ones(gerant) == everything
    Document.objects.filter(pk=view.document_id).update(published_at=timezone.now())  # a new version
    assert new_ones(compta) == everything


def test_staff_leave_no_view(client, cast, shelf):
    client.force_login(cast.claire)
    path = f"/documents/{shelf['devis.pdf'].pk}/telecharger/"
    assert client.get(path, headers=BROWSER).status_code == 200
    assert DocumentView.objects.count() == 0


def test_all_of_a_list_in_one_zip(compta, cast, shelf, folders):
    [double] = filed(cast.claire, cast.company, folders[INVOICES], "Facture-1.pdf")
    answer = compta.get(f"{ALL}?zip=oui", headers=BROWSER)
    assert answer["Content-Disposition"].endswith("Moi%20M%C3%AAme%20SARL%20%E2%80%93%20Documents.zip")
    assert unzipped(answer) == {
        "Facture/Facture-1.pdf": kept(double),
        "Contrats/contrat.pdf": kept(shelf["contrat.pdf"]),
        "Devis/devis.pdf": kept(shelf["devis.pdf"]),
        "Facture/facture-2.pdf": kept(shelf["facture-2.pdf"]),
        "Facture/facture-1 (2).pdf": kept(shelf["facture-1.pdf"]),
    }
    assert new_ones(compta) == set()
    assert list(unzipped(compta.get(f"{ALL}?q=devis&zip=oui"))) == ["Devis/devis.pdf"]


def test_a_file_that_is_gone_is_named_in_the_zip(compta, shelf):
    path_of(shelf["devis.pdf"].file.key).unlink()
    found = unzipped(compta.get("/espace/4/devis/?zip=oui"))
    assert [(name, "Devis/devis.pdf" in text.decode()) for name, text in found.items()] == [
        ("LISEZ-MOI.txt", True)
    ]


def test_too_much_for_one_zip_says_so_and_how_to_go_on(compta, shelf):
    file = shelf["devis.pdf"].file
    type(file).objects.filter(pk=file.pk).update(size=200 * 1024 * 1024)
    answer = compta.get(f"{ALL}?q=pdf&zip=oui", headers=BROWSER, follow=True)
    assert answer.redirect_chain == [(f"{ALL}?q=pdf", 302)]
    [message] = answer.context["messages"]
    assert str(message).startswith("Plus de 300 documents ou de 200 Mo ne se téléchargent pas d’un coup")
    assert DocumentView.objects.count() == 0
    assert compta.get(f"{ALL}?q=rien&zip=oui")["Location"] == f"{ALL}?q=rien"


def doors(client, document, folder):
    paths = (f"/documents/{document.pk}/", f"/documents/{document.pk}/telecharger/", f"{ALL}{folder.pk}/")
    return {client.get(path).status_code for path in paths}


TAKEN = {
    "folder": lambda cast, folder, document: Folder.objects.filter(pk=folder.pk).update(published_at=None),
    "right": lambda cast, folder, document: WithheldFolder.objects.create(
        member=ClientMember.objects.get(user=cast.compta), folder=folder
    ),
    "access": lambda cast, folder, document: stories.withdraw(
        ClientMember.objects.get(user=cast.compta), by=cast.admin
    ),
}


@pytest.mark.parametrize("taken", TAKEN)
def test_what_is_taken_away_is_404_at_the_next_request(compta, cast, shelf, folders, taken):
    document, folder = shelf["facture-1.pdf"], folders[INVOICES]
    assert doors(compta, document, folder) == {200}
    TAKEN[taken](cast, folder, document)
    if taken == "access":  # whoever has no other access is logged out
        assert compta.get(ALL).status_code in (302, 404)
        assert doors(compta, document, folder) & {200} == set()
        return
    assert doors(compta, document, folder) == {404}
    assert names(compta.get(ALL)) == ["contrat.pdf", "devis.pdf"]
    assert names(compta.get("/espace/4/releve/")) == []
    assert list(unzipped(compta.get(f"{ALL}?zip=oui"))) == ["Contrats/contrat.pdf", "Devis/devis.pdf"]


def test_the_way_back_of_a_document_is_its_folder(compta, shelf, folders):
    context = compta.get(f"/documents/{shelf['devis.pdf'].pk}/?q=devis").context
    assert context["space_url"] == f"{ALL}{folders[QUOTES].pk}/?q=devis"


def deposit(client, path="/espace/4/deposer/", **fields):
    return client.post(path, fields, follow=True)


def named(name):
    file = io.BytesIO(pdf())
    file.name = name
    return file


def test_a_deposit_with_a_word_about_it_and_what_became_of_it(compta, cast, folders):
    answer = deposit(
        compta, fichiers=[named("photo.pdf"), named("ticket.pdf")], commentaire="  Hôtel de Lyon "
    )
    assert [str(message) for message in answer.context["messages"]] == ["2 documents déposés."]
    arrive(mail_from(cast.compta.email, files={"mail.pdf": pdf()}))
    arrive(mail_from(cast.gerant.email, files={"un-autre.pdf": pdf()}))
    ticket = Document.objects.get(name="ticket.pdf")
    assert (ticket.space, ticket.comment) == ("box", "Hôtel de Lyon")
    moving.move([ticket], folders[CONTRACTS], by=cast.claire)
    rows = compta.get("/espace/4/deposer/").context["rows"]
    assert [(document.name, str(mark.label)) for document, mark in rows] == [
        ("mail.pdf", "Reçu"), ("ticket.pdf", "Traité"), ("photo.pdf", "Reçu"),
    ]  # fmt: skip


def test_a_deposit_that_is_refused_or_empty_says_so(compta):
    says = [str(message) for message in deposit(compta, commentaire="rien").context["messages"]]
    assert (says, Document.objects.count()) == (["Aucun fichier n’a été choisi."], 0)
    bad = named("virus.exe")
    [message] = deposit(compta, fichiers=[bad]).context["messages"]
    assert (str(message).startswith("virus.exe – "), Document.objects.count()) == (True, 0)


def test_without_the_right_to_a_space_nothing_is_laid(compta, cast):
    ClientMember.objects.filter(user=cast.compta).update(sees_box=False, sees_image=False)
    page = compta.get("/espace/4/deposer/")
    assert (page.context["place"], "Votre accès ne permet pas de déposer ici" in page.content.decode()) == (
        None,
        True,
    )
    assert compta.post("/espace/4/deposer/", {"fichiers": [named("a.pdf")]}).status_code == 404


def test_several_companies_are_chosen_from_and_kept_apart(compta, cast, shelf, folders):
    other = open_company(cast.martin, "5", "Garage Morel", token="")
    give_access(cast.compta, other, login_code="5-compta")
    attach(cast.claire.staff, other)
    filed(cast.claire, other, folders[QUOTES], "devis-5.pdf")
    answer = compta.get("/espace/")
    assert [(company.name, fresh) for company, fresh in answer.context["doors"]] == [
        ("Garage Morel", 1), ("Moi Même SARL", 4),
    ]  # fmt: skip
    assert names(compta.get("/espace/5/documents/")) == ["devis-5.pdf"]
    assert names(compta.get("/espace/4/devis/")) == ["devis.pdf"]


@pytest.fixture
def visit(cast):
    """Hugo looks at the portal of Sophie."""
    client = Client()
    client.force_login(cast.hugo)
    member = ClientMember.objects.get(user=cast.compta)
    client.post(f"/entreprises/4/portail-client/{member.pk}/ouvrir/")
    return client


def test_staff_see_it_as_the_client_and_leave_nothing(visit, cast, shelf, folders):
    document = shelf["devis.pdf"].pk
    paths = (
        *(
            HOME,
            ALL,
            f"{ALL}{folders[QUOTES].pk}/",
            "/espace/4/devis/",
            "/espace/4/releve/",
            "/espace/4/deposer/",
        ),
        *(f"{ALL}?zip=oui", f"/documents/{document}/", f"/documents/{document}/telecharger/"),
    )
    with writes() as statements:
        answers = {path: visit.get(path, headers=BROWSER) for path in paths}
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 200)
        for answer in answers.values():
            answer.streaming and content_of(answer)
    assert (statements, DocumentView.objects.count()) == ([], 0)
    assert {document.is_new for document in answers[ALL].context["page"].rows} == {True}
    assert deposit(visit, fichiers=[named("a.pdf")]).status_code == 403
    WithheldFolder.objects.create(member=ClientMember.objects.get(user=cast.compta), folder=folders[QUOTES])
    assert visit.get(f"{ALL}{folders[QUOTES].pk}/").status_code == 404
