"""Folders added, named, archived and restored; the roots; « Explorer la GED salariés »; the texts of notifications."""

import pytest
from django.test import Client

from documents.folders import stories
from documents.folders.naming import clean_path, segment_of
from documents.models import Document, Folder
from documents.tests.lay import filed, said
from portal.models import Firm, HistoryEntry

pytestmark = pytest.mark.django_db

CLIENTS, ADD, PATHS = (
    "/parametres/ged/clients/",
    "/parametres/ged/clients/ajouter/",
    "/parametres/ged/chemins/",
)
INVOICES, CONTRACTS = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\"


@pytest.fixture
def admin(client, cast, folders):
    client.force_login(cast.admin)
    return client


def page_of(folder) -> str:
    return f"/parametres/ged/repertoires/{folder.pk}/"


def errors_of(answer) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["form"].errors)


@pytest.mark.database
def test_a_new_folder_is_last_and_off_the_portal(admin, cast):
    admin.post(ADD, {"label": "  Procès-verbaux :  AG ", "kind": ""})
    folder = Folder.objects.get(firm=cast.martin, key="proces-verbaux : ag")
    assert (folder.label, folder.full_path) == ("Procès-verbaux : AG", "CLIENTS\\Procès-verbaux - AG\\")
    assert (folder.top, folder.position, folder.published, folder.published_at) == (folder, 5, {}, None)
    assert (folder.is_shared, folder.notifies, folder.red_cells) == (False, False, frozenset())
    [entry] = HistoryEntry.objects.of(folder)
    assert (entry.text, entry.is_internal) == (
        "Anne Martin ajoute le répertoire « Procès-verbaux : AG »",
        True,
    )


@pytest.mark.parametrize("label", ["Facture", "FACTURE", "facturé", " Facture "])
def test_a_name_is_taken_whatever_its_case_and_accents(admin, cast, label):
    answer = admin.post(ADD, {"label": label, "path": "Autre", "kind": ""})
    assert errors_of(answer) == {"label": ["Un répertoire porte déjà ce nom : « Facture »."]}
    assert Folder.objects.filter(firm=cast.martin).count() == 10


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("\\Facture", "Sans « \\ » au début ni à la fin."),
        ("Facture\\", "Sans « \\ » au début ni à la fin."),
        ("A\\\\B", "Deux « \\ » se suivent."),
        (
            "A\\..\\B",
            "« .. » : ni espace au début ou à la fin, ni point à la fin.",
        ),
        (
            "A\\B.",
            "« B. » : ni espace au début ou à la fin, ni point à la fin.",
        ),
        ('C:\\"x"', 'Ces signes ne vont pas dans un chemin : : "'),
        ("A/B", "Ces signes ne vont pas dans un chemin : /"),
        ("A\u202eB", "Le chemin contient un caractère invisible : écrivez-le à la main."),
        ("x" * 101, "Une partie du chemin a plus de 100 caractères."),
        ("facture", "C’est déjà le chemin de « Facture »."),
    ],
)
def test_a_path_that_is_none_is_refused(admin, cast, path, why):
    assert errors_of(admin.post(ADD, {"label": "Nouveau", "path": path, "kind": ""})) == {"path": [why]}
    assert Folder.objects.filter(firm=cast.martin).count() == 10


@pytest.mark.parametrize("label", ["Contrats / avenants", "..", "a:b*c", "C:\\Windows", "é. ", "x" * 100])
def test_the_path_made_from_a_name_is_always_one(label):
    assert clean_path(segment_of(label)) == segment_of(label)


def test_a_name_of_nothing_is_refused(admin):
    assert errors_of(admin.post(ADD, {"label": "\u200b \u0301", "kind": ""})) == {
        "label": ["Donnez un nom au répertoire."]
    }
    assert list(errors_of(admin.post(ADD, {"label": "x" * 101, "kind": ""}))) == ["label"]
    assert list(errors_of(admin.post(ADD, {"label": "Bon", "kind": "boss"}))) == ["kind"]


@pytest.mark.database
def test_renamed_with_what_lies_within_and_the_second_reads_what_the_first_did(admin, cast, folders):
    own = Folder(
        firm=cast.martin,
        company=cast.company,
        audience="clients",
        parent=folders[INVOICES],
        label="2026",
        path="Facture\\2026",
    )
    stories.add(own, by=cast.admin)
    first = admin.get(page_of(folders[INVOICES])).context["form"].initial["seen"]
    data = {"label": "Factures", "path": "Ventes\\Factures", "kind": "invoices", "seen": first}
    admin.post(page_of(folders[INVOICES]), data)
    folder = Folder.objects.get(pk=folders[INVOICES].pk)
    assert (folder.label, folder.key, folder.path) == ("Factures", "factures", "Ventes\\Factures")
    assert Folder.objects.get(pk=own.pk).path == "Ventes\\Factures\\2026"
    answer = admin.post(page_of(folder), data | {"label": "Avoirs"})
    assert errors_of(answer) == {
        "__all__": [
            "Un collègue a modifié ce répertoire entre-temps : « Factures », CLIENTS\\Ventes\\Factures\\. Rien n’est "
            "enregistré : relisez, puis enregistrez."
        ]
    }
    seen = answer.context["form"]["seen"].value()  # having read it, one may send again
    admin.post(page_of(folder), data | {"label": "Avoirs", "seen": seen})
    assert Folder.objects.get(pk=folder.pk).label == "Avoirs"
    texts = HistoryEntry.objects.of(folder).order_by("pk").values_list("text", flat=True)
    assert list(texts) == [
        "Anne Martin modifie le répertoire « Facture » – désignation : Facture → Factures ; chemin : Facture → "
        "Ventes\\Factures",
        "Anne Martin modifie le répertoire « Factures » – désignation : Factures → Avoirs",
    ]


@pytest.mark.database
def test_a_folder_with_documents_is_not_archived_and_an_empty_one_comes_back_off_the_portal(
    admin, cast, folders
):
    [document] = filed(cast.claire, cast.company, folders[CONTRACTS], "bail.pdf")
    archive = f"{page_of(folders[CONTRACTS])}archiver/"
    refused = "« Contrats » contient encore 1 document : déplacez-le d’abord."
    assert said(admin.post(archive)) == [("error", refused)]
    Document.objects.filter(pk=document.pk).update(folder=folders[INVOICES])
    refused = (
        "Les versions signées de « Contrats à signer » vont dans « Contrats » : choisissez-leur d’abord un autre "
        "répertoire."
    )
    assert said(admin.post(archive)) == [("error", refused)]
    Folder.objects.filter(firm=cast.martin).update(signed_into=None)
    assert said(admin.post(archive)) == [("success", "« Contrats » est archivé.")]
    page = admin.get(CLIENTS)
    assert [row.folder.label for row in page.context["rows"]] == [
        "Contrats à signer",
        "Devis à signer",
        "Devis",
        "Facture",
    ]
    assert [folder.label for folder in page.context["archived"]] == ["Contrats"]
    admin.post(f"{page_of(folders[CONTRACTS])}retablir/")
    folder = Folder.objects.get(pk=folders[CONTRACTS].pk)
    assert (folder.is_archived, folder.published_at, folder.position) == (False, None, 5)
    assert "is_shared" in folder.red_cells


def test_a_name_that_was_taken_meanwhile_stops_the_restoring(admin, cast, folders):
    Folder.objects.filter(firm=cast.martin).update(signed_into=None)
    admin.post(f"{page_of(folders[CONTRACTS])}archiver/")
    admin.post(ADD, {"label": "contrats", "path": "Autre", "kind": ""})
    answer = admin.post(f"{page_of(folders[CONTRACTS])}retablir/")
    assert said(answer)[-1] == ("error", "Un répertoire porte déjà ce nom : « contrats ».")
    assert Folder.objects.get(pk=folders[CONTRACTS].pk).is_archived is True


def test_the_roots_are_checked_and_shown_on_all_paths(admin, cast):
    seen = admin.get(PATHS).context["form"].initial["seen"]
    good = {"clients_root": "DOSSIERS\\CLIENTS", "employees_root": "PAIE", "suppliers_root": "FOURNISSEURS"}
    admin.post(PATHS, good | {"seen": seen})
    assert admin.get(CLIENTS).context["rows"][4].folder.full_path == "DOSSIERS\\CLIENTS\\Facture\\"
    refused = admin.post(PATHS, good | {"seen": seen, "clients_root": "AUTRE"})
    assert list(errors_of(refused)) == ["__all__"]
    seen = refused.context["form"]["seen"].value()
    bad = {"clients_root": "..\\x", "employees_root": "\\PAIE", "suppliers_root": "a|b", "seen": seen}
    assert set(errors_of(admin.post(PATHS, bad))) == {"clients_root", "employees_root", "suppliers_root"}
    inside = good | {"employees_root": "dossiers\\clients\\paie", "seen": seen}
    assert errors_of(admin.post(PATHS, inside)) == {
        "clients_root": ["Deux racines ne peuvent être la même, ni l’une dans l’autre."]
    }
    firm = Firm.objects.get(pk=cast.martin.pk)
    assert (firm.clients_root, firm.employees_root) == ("DOSSIERS\\CLIENTS", "PAIE")


def test_exploring_shows_the_employees_of_one_s_companies_with_their_documents(cast, folders):
    employee = cast.company.employees.get()
    filed(cast.claire, cast.company, folders["SALARIES\\Bulletins\\"], "a.pdf", "b.pdf", employee=employee)
    client = Client()
    shown = {}
    for person in (cast.admin, cast.claire, cast.charlie):
        client.force_login(person)
        page = client.get("/salaries/documents/")
        shown[person.name] = [(str(row.user), row.documents_count, url) for row, url in page.context["rows"]]
    lea = [("Léa Girard", 2, "/entreprises/4/salaries/007/documents/")]
    assert shown == {"Anne Martin": lea, "Claire Dupont": lea, "Charlie Peeters": []}
    client.force_login(cast.gerant)
    assert client.get("/salaries/documents/").status_code == 404
