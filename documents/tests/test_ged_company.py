"""The grid of one company: its exceptions, and the folders that it has of its own (S3-07)."""

import pytest
from django.test import Client

from documents.models import Document, Folder, FolderException
from documents.tests.ged_form import form_of, red
from documents.tests.lay import filed, said
from portal.models import HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

GRID = "/entreprises/4/documents/parametres/clients/"
ADD = "/entreprises/4/documents/repertoires/ajouter/"
INVOICES = "CLIENTS\\Facture\\"


@pytest.fixture
def admin(cast, folders):
    client = Client()
    client.force_login(cast.admin)
    return client


@pytest.fixture
def claire(client, cast, folders):
    client.force_login(cast.claire)
    return client


def states(answer) -> dict[str, str]:
    return {row.folder.label: row.state for row in answer.context["rows"]}


def test_an_exception_is_made_changed_and_given_back(admin, cast, folders):
    admin.post(GRID, form_of(admin.get(GRID), Facture={"is_shared": False}))
    exception = FolderException.objects.get(folder=folders[INVOICES], company=cast.company)
    assert exception.cells == folders[INVOICES].cells | {"is_shared": False}
    assert (exception.published, Folder.objects.get(pk=folders[INVOICES].pk).is_shared) == ({}, True)
    page = admin.get(GRID)
    assert states(page)["Facture"] == "propre à cette entreprise"
    assert states(page)["Devis"] == "comme le cabinet"
    assert red(page) == {"Facture": {"is_shared"}}
    admin.post(GRID, form_of(page, Facture={"notify_on": "main"}))
    assert red(admin.get(GRID)) == {"Facture": {"is_shared", "notify_on"}}
    admin.post(GRID, {"rendre": folders[INVOICES].pk})  # it never counted: nothing is left of it
    assert list(FolderException.objects.all()) == []
    assert red(admin.get(GRID)) == {}
    entries = HistoryEntry.objects.filter(company=cast.company, verb__startswith="folder_")
    assert list(entries.order_by("pk").values_list("text", "is_internal")) == [
        ("Anne Martin change « Facture » pour cette entreprise – portail : oui → non", True),
        (
            "Anne Martin change « Facture » pour cette entreprise – notifier sur : Email facturation → Email fiche",
            True,
        ),
        ("Anne Martin : « Facture » est de nouveau comme le cabinet", True),
    ]


def test_an_exception_that_counts_stays_until_the_firm_s_row_is_published_again(admin, cast, folders):
    cells = folders[INVOICES].cells | {"is_shared": False}
    FolderException.objects.create(folder=folders[INVOICES], company=cast.company, published=cells, **cells)
    [document] = filed(cast.claire, cast.company, folders[INVOICES], "facture.pdf")
    assert red(admin.get(GRID)) == {}
    admin.post(GRID, {"rendre": folders[INVOICES].pk})
    page = admin.get(GRID)
    assert (states(page)["Facture"], red(page)) == ("comme le cabinet", {"Facture": {"is_shared"}})
    assert FolderException.objects.get().is_dropped is True
    assert list(Document.objects.published_to(cast.gerant)) == []
    admin.post(GRID, form_of(page, Facture={"notifies": False}))  # wanted again, from the firm's row
    exception = FolderException.objects.get()
    assert (exception.is_dropped, exception.is_shared, exception.notifies) == (False, True, False)
    assert exception.published == cells


def test_staff_read_the_grid_and_the_firm_s_administrators_change_it(claire, cast, folders):
    page = claire.get(GRID)
    assert page.context["grid"].may_act is False
    assert "<select" not in page.content.decode()
    pk = folders[INVOICES].pk
    for data in ({"ligne": pk, f"etait-{pk}": "1||1|billing|statement|"}, {"rendre": pk}):
        assert claire.post(GRID, data).status_code == 404
    claire.force_login(cast.gerant)
    assert [claire.get(path).status_code for path in (GRID, ADD)] == [404, 404]
    assert FolderException.objects.count() == 0


def test_staff_add_a_folder_at_the_top_and_another_within_it(claire, admin, cast):
    claire.post(ADD, {"place": "clients", "label": "Assemblées"})
    top = Folder.objects.get(company=cast.company)
    claire.post(ADD, {"place": top.pk, "label": "2026"})
    inner = Folder.objects.get(parent=top)
    assert (inner.top, inner.full_path) == (top, "CLIENTS\\Assemblées\\2026\\")
    assert states(claire.get(GRID))["Assemblées"] == "répertoire de cette entreprise"
    assert "2026" not in states(claire.get(GRID))  # it follows its top
    admin.post(GRID, form_of(admin.get(GRID), Assemblées={"is_shared": True}))
    top.refresh_from_db()
    assert (top.is_shared, top.published_at, FolderException.objects.count()) == (True, None, 0)
    assert "Assemblées" not in states(admin.get("/parametres/ged/clients/"))


@pytest.mark.parametrize(
    ("place", "label", "field", "why"),
    [
        ("clients", "FACTURE", "label", "Un répertoire porte déjà ce nom : « Facture »."),
        ("clients", "", "label", "Ce champ est obligatoire."),
        ("99999999", "Bon", "place", "Sélectionnez un choix valide. 99999999 n’en fait pas partie."),
    ],
)
def test_what_a_company_cannot_have(claire, cast, place, label, field, why):
    answer = claire.post(ADD, {"place": place, "label": label})
    assert dict(answer.context["form"].errors)[field] == [why]
    assert cast.company.own_folders.count() == 0


def test_the_firm_cannot_take_a_name_that_a_company_has(claire, admin):
    claire.post(ADD, {"place": "clients", "label": "Assemblées"})
    answer = admin.post("/parametres/ged/clients/ajouter/", {"label": "assemblees", "kind": ""})
    assert dict(answer.context["form"].errors) == {
        "label": ["L’entreprise 4 a déjà un répertoire de ce nom : « Assemblées »."]
    }


def test_a_company_s_folder_is_renamed_archived_and_restored(claire, cast, folders):
    claire.post(ADD, {"place": folders[INVOICES].pk, "label": "2026"})
    folder = Folder.objects.get(company=cast.company)
    here = f"/entreprises/4/documents/repertoires/{folder.pk}/"
    form = claire.get(f"{here}renommer/").context["form"]
    assert (form.initial["path"], form.root) == ("2026", "CLIENTS\\Facture")
    answer = claire.post(
        f"{here}renommer/",
        {"label": "Exercice 2026", "path": "", "seen": form.initial["seen"], "next": "/entreprises/4/"},
    )
    assert answer["Location"] == "/entreprises/4/"
    folder.refresh_from_db()
    assert (folder.label, folder.path) == ("Exercice 2026", "Facture\\Exercice 2026")
    [document] = filed(cast.claire, cast.company, folder, "a.pdf")
    refused = "« Exercice 2026 » contient encore 1 document : déplacez-le d’abord."
    assert said(claire.post(f"{here}archiver/"))[-1] == ("error", refused)
    Document.objects.filter(pk=document.pk).update(folder=folders[INVOICES])
    answer = claire.post(f"{here}archiver/", {"next": "https://ailleurs.example/"})
    assert answer["Location"] == GRID
    assert Folder.objects.get(pk=folder.pk).is_archived is True
    claire.post(f"{here}retablir/")
    assert Folder.objects.get(pk=folder.pk).is_archived is False


def test_the_firm_s_folders_are_not_touched_from_a_company(claire, folders):
    here = f"/entreprises/4/documents/repertoires/{folders[INVOICES].pk}/"
    assert claire.get(f"{here}renommer/").status_code == 404
    assert claire.post(f"{here}archiver/").status_code == 404
    assert Folder.objects.get(pk=folders[INVOICES].pk).is_archived is False
