"""The box as a work queue: what is to be processed, filed, marked, taken back; and who was faster."""

import pytest
from django.test import Client

from documents.filing import processing
from documents.models import Document
from documents.tests.lay import laid, said
from portal import waiting
from portal.models import HistoryEntry, User
from portal.testing import arrive, mail_from, pdf

pytestmark = pytest.mark.django_db

BOX, PROCESS = "/entreprises/4/box/", "/entreprises/4/box/traiter/"
INVOICES, PAYSLIPS = "CLIENTS\\Facture\\", "SALARIES\\Bulletins\\"


@pytest.fixture
def queue(cast, folders):
    """Three documents of Sophie in the box, oldest first."""
    return laid(cast.compta, "box", "un.pdf", "deux.pdf", "trois.pdf")


def of(person):
    client = Client()
    client.force_login(person)
    return client


def names(answer):
    return [document.name for document in answer.context["page"].rows]


def states(*documents):
    """Folder and who processed it, of each."""
    now = Document.objects.in_bulk([document.pk for document in documents])
    return [(str(now[d.pk].folder or ""), str(now[d.pk].processed_by or "")) for d in documents]


def classer(client, document, folder, **more):
    typed = {"geste": "classer", "dossier": folder.pk, "nom": document.name, **more}
    return client.post(f"{PROCESS}{document.pk}/", typed)


@pytest.mark.database
def test_staff_see_what_is_to_be_processed_and_clients_all_of_it(cast, folders, queue):
    un, deux, _trois = queue
    processing.mark([un], by=cast.claire)
    processing.file([deux], folders[INVOICES], by=cast.claire)
    claire = of(cast.claire)
    assert names(claire.get(BOX)) == ["trois.pdf"]
    assert names(claire.get(f"{BOX}?etat=traites")) == ["deux.pdf", "un.pdf"]
    assert names(claire.get(f"{BOX}?etat=tous")) == names(of(cast.compta).get(BOX))
    assert of(cast.compta).get(BOX).content.decode().count("traité</span>") == 2


@pytest.mark.database
def test_a_document_is_filed_under_its_new_name_and_the_next_one_comes(cast, folders, queue):
    _un, deux, trois = queue
    claire = of(cast.claire)
    assert claire.get(PROCESS).context["document"] == trois
    answer = classer(claire, trois, folders[INVOICES], nom="facture 815", description="Garage")
    assert answer["Location"] == f"{PROCESS}{deux.pk}/"
    now = Document.objects.get(pk=trois.pk)
    assert (now.name, now.description, now.folder) == ("facture 815.pdf", "Garage", folders[INVOICES])
    assert (now.space, now.processed_by, now.published_at is None) == ("box", cast.claire, False)
    told = HistoryEntry.objects.filter(company=cast.company, verb__in=("moved", "renamed"))
    assert [(entry.verb, entry.is_internal) for entry in told.order_by("pk")] == [
        ("renamed", True),
        ("moved", True),
    ]


def test_the_turn_goes_round_and_ends(cast, folders, queue):
    un, deux, trois = queue
    claire = of(cast.claire)
    page = claire.get(f"{PROCESS}{un.pk}/")
    assert (page.context["before_url"], page.context["after_url"]) == (
        f"{PROCESS}{deux.pk}/",
        f"{PROCESS}{trois.pk}/",
    )
    gestures = {un: "traite", trois: "corbeille", deux: "traite"}
    led_to = [
        claire.post(f"{PROCESS}{d.pk}/", {"geste": gesture})["Location"] for d, gesture in gestures.items()
    ]
    assert led_to == [f"{PROCESS}{trois.pk}/", f"{PROCESS}{deux.pk}/", PROCESS]
    assert "Tout est traité" in claire.get(PROCESS).content.decode()
    assert names(claire.get(BOX)) == []


def test_the_order_of_the_list_is_that_of_the_turns(cast, queue):
    claire = of(cast.claire)
    oldest_first = claire.get(f"{PROCESS}?tri=-recents")
    assert oldest_first.context["document"] == queue[0]
    assert oldest_first.context["after_url"] == f"{PROCESS}{queue[1].pk}/?tri=-recents"
    assert claire.get(f"{PROCESS}?q=deux").context["after_url"] is None


@pytest.mark.database
def test_whoever_comes_second_reads_who_was_faster(cast, folders, queue):
    claire, hugo, [un, deux, _] = of(cast.claire), of(cast.hugo), queue
    classer(claire, un, folders[INVOICES])
    answer = classer(hugo, un, folders["CLIENTS\\Contrat\\"], nom="autre.pdf")
    assert said(answer) == [("info", "« un.pdf » a déjà été classé dans Facture par Claire Dupont.")]
    claire.post(f"{PROCESS}{deux.pk}/", {"geste": "traite"})
    answer = hugo.post(f"{PROCESS}{deux.pk}/", {"geste": "traite"})
    assert said(answer) == [("info", "« deux.pdf » a déjà été marqué comme traité par Claire Dupont.")]
    assert states(un, deux) == [("Facture", "Claire Dupont"), ("", "Claire Dupont")]


@pytest.mark.database
def test_several_are_filed_at_once_and_taken_back(cast, folders, queue):
    claire = of(cast.claire)
    un, deux, trois = queue
    posted = {"geste": "classer", "choix": [un.pk, deux.pk], "next": BOX}
    asked = claire.post(f"{PROCESS}selection/", posted)
    assert (asked.status_code, asked.context["documents"]) == (200, [deux, un])
    assert states(*queue) == [("", ""), ("", ""), ("", "")]
    answer = claire.post(f"{PROCESS}selection/", {**posted, "dossier": folders[INVOICES].pk})
    [(level, text)] = said(answer)
    assert (level, text) == ("success", "2 documents sont classés dans Facture.")
    assert states(*queue) == [("Facture", "Claire Dupont")] * 2 + [("", "")]
    back = {"geste": "reprendre", "choix": [un.pk, deux.pk, trois.pk]}
    assert said(claire.post(f"{PROCESS}selection/?etat=tous", back)) == [
        ("success", "2 documents sont de nouveau à traiter.")
    ]
    assert states(*queue) == [("", "")] * 3
    assert Document.objects.filter(published_at__isnull=False).count() == 0


def test_a_folder_of_employees_asks_of_whom(cast, folders, queue):
    claire, un = of(cast.claire), queue[0]
    employee = cast.company.employees.get()
    stranger = cast.peeters.companies.get().employees.create(user=cast.patron, matricule="1")
    for given in ({}, {"salarie": stranger.pk}):
        page = classer(claire, un, folders[PAYSLIPS], **given)
        assert (page.status_code, list(page.context["form"].errors)) == (200, ["salarie"])
    classer(claire, un, folders[PAYSLIPS], salarie=employee.pk)
    assert Document.objects.get(pk=un.pk).employee == employee
    theirs = cast.peeters.folders.first()
    page = classer(claire, queue[1], theirs)
    assert list(page.context["form"].errors) == ["dossier"]


def test_the_folder_used_last_comes_first(cast, folders, queue):
    claire = of(cast.claire)
    classer(claire, queue[0], folders[INVOICES])
    [clients, _employees] = claire.get(PROCESS).context["form"].groups
    assert [choice.label for choice in clients.choices][:2] == ["Facture", "Contrats à signer"]
    assert [choice.key for choice in clients.choices][:2] == ["1", "2"]


def test_a_client_says_a_word_with_the_files(cast):
    for person in (cast.compta, cast.claire):
        posted = {"fichiers": [_file("ticket.pdf")], "commentaire": " Repas du 12\x00,\n<b>Lille</b> "}
        of(person).post(f"{BOX}deposer/", posted)
    assert list(Document.objects.order_by("pk").values_list("comment", flat=True)) == [
        "Repas du 12, <b>Lille</b>",
        "",
    ]
    assert "Repas du 12, &lt;b&gt;Lille&lt;/b&gt;" in of(cast.hugo).get(BOX).content.decode()


def _file(name):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, pdf())


@pytest.mark.database
def test_what_is_to_be_filed_is_counted_for_staff_as_work(cast, folders, queue):
    arrive(mail_from(cast.compta.email), "4.image@martin.depot.localhost")
    found = waiting.for_companies(cast.hugo, [cast.company])[cast.company.pk]
    assert [(thing.label, thing.count, thing.url) for thing in found] == [
        ("Box à classer", 3, BOX),
        ("Image à classer", 1, "/entreprises/4/image/"),
    ]
    assert waiting.totals(cast.hugo) == (0, 0)
    assert [waiting.for_companies(person, [cast.company]) for person in (cast.gerant, cast.charlie)] == [
        {},
        {},
    ]
    processing.mark(queue, by=cast.hugo)
    assert of(cast.hugo).get(BOX).context["in_menus"] == {(cast.company.pk, "image"): 1}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("facture", "facture.pdf"),
        ("facture.PDF", "facture.PDF"),
        ("facture.exe", "facture.exe.pdf"),
        ("  ", "scan.pdf"),
        ("a/b\\c", "c.pdf"),
    ],
)
def test_the_ending_of_a_file_stays(wanted, name):
    assert processing.named(wanted, "scan.pdf") == name


def test_a_queue_costs_the_same_queries_however_long(cast, folders, queue, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    claire = of(User.objects.get(pk=cast.claire.pk))

    def costs(path):
        with CaptureQueriesContext(connection) as seen:
            assert claire.get(path).status_code == 200
        return len(seen)

    paths = (BOX, f"{BOX}?etat=tous", PROCESS)
    few = [costs(path) for path in paths]
    laid(cast.compta, "box", *(f"{number}.pdf" for number in range(20)))
    assert [costs(path) for path in paths] == few
    assert max(few) <= 16
