"""« Configuration de la GED »: the firm's grid, saved cell by cell, red until « Synchroniser » (S3-08 to S3-29, D-41)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from documents.folders.cells import set_cells
from documents.models import Folder, FolderException
from documents.tests.ged_form import form_of, red
from documents.tests.lay import said
from portal.models import Firm, HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLIENTS, EMPLOYEES = "/parametres/ged/clients/", "/parametres/ged/salaries/"
INVOICES, QUOTES = "CLIENTS\\Facture\\", "CLIENTS\\Devis\\"


@pytest.fixture
def admin(client, cast, folders):
    client.force_login(cast.admin)
    return client


def kept(folder) -> Folder:
    return Folder.objects.get(pk=folder.pk)


def history_of(firm) -> list[str]:
    return list(HistoryEntry.objects.filter(firm=firm, verb="folder_set").values_list("text", flat=True))


def test_the_grid_of_a_new_firm_is_the_one_of_the_reference(admin):
    rows = [
        (row.folder.full_path, row.folder.label, *row.folder.cells.values())
        for row in admin.get("/parametres/ged/").context["rows"]
    ]
    assert rows == [
        (
            "SALARIES\\A signer\\Contrat\\",
            "Contrats et avenants à signer",
            True,
            "right",
            True,
            "",
            "document",
        ),
        ("SALARIES\\Avenant\\", "Avenants", True, "right", True, "", "space"),
        ("SALARIES\\Bulletins\\", "Bulletins", True, "", True, "", "payslips"),
        ("SALARIES\\Contrat\\", "Contrats", True, "", True, "", "space"),
        ("SALARIES\\Pointages\\", "Pointages", True, "", True, "", "space"),
    ]
    assert admin.get("/parametres/ged/fournisseurs/").context["rows"] == []


def test_what_is_changed_is_saved_red_and_not_published(admin, cast, folders):
    page = admin.get(CLIENTS)
    changes = {
        "Facture": {"is_shared": False, "notify_on": "main"},
        "Devis à signer": {"signature": "left", "signed_into": folders[INVOICES].pk},
    }
    answer = admin.post(CLIENTS, form_of(page, **changes))
    assert said(answer) == [("success", "2 lignes enregistrées. En rouge : ce qui attend « Synchroniser ».")]
    page = admin.get(CLIENTS)
    assert red(page) == {"Facture": {"is_shared", "notify_on"}, "Devis à signer": {"signature"}}
    assert page.content.decode().count("non synchronisé") == 3
    invoices = kept(folders[INVOICES])
    assert (invoices.published["is_shared"], invoices.published["notify_on"]) == (True, "billing")
    assert invoices.published_at == folders[INVOICES].published_at
    assert kept(folders["CLIENTS\\A signer\\Devis\\"]).signed_into == invoices
    assert sorted(history_of(cast.martin)) == [
        "Anne Martin change « Devis à signer » – signature : à droite → à gauche ; version signée dans : Devis → Facture",
        "Anne Martin change « Facture » – portail : oui → non ; notifier sur : Email facturation → Email fiche",
    ]
    assert set(HistoryEntry.objects.filter(verb="folder_set").values_list("is_internal", flat=True)) == {True}


def test_a_page_sent_as_it_was_shown_changes_nothing(admin, cast):
    answer = admin.post(CLIENTS, form_of(admin.get(CLIENTS)))
    assert said(answer) == [("info", "Aucune case n’a changé.")]
    assert history_of(cast.martin) == []


def test_what_a_colleague_did_meanwhile_is_not_undone(admin, cast, folders):
    page = admin.get(CLIENTS)
    set_cells(folders[INVOICES], {"is_shared": False}, by=cast.admin)
    set_cells(folders[QUOTES], {"link_target": "space"}, by=cast.admin)
    admin.post(CLIENTS, form_of(page, Devis={"notifies": False}))
    assert kept(folders[INVOICES]).is_shared is False
    quotes = kept(folders[QUOTES])
    assert (quotes.notifies, quotes.link_target) == (False, "space")


def test_the_second_to_change_a_cell_reads_what_the_first_did(admin, cast, folders):
    page = admin.get(CLIENTS)
    set_cells(folders[INVOICES], {"notify_on": "main"}, by=cast.admin)
    data = form_of(page, Facture={"notify_on": "dunning"}, Devis={"notifies": False})
    again = admin.post(CLIENTS, data)
    assert again.context["errors"] == [
        "« Facture », notifier sur : un collègue a mis « Email fiche » entre-temps, vous avez « Email relance ». "
        "Relisez, puis enregistrez."
    ]
    assert (kept(folders[INVOICES]).notify_on, kept(folders[QUOTES]).notifies) == ("main", True)
    admin.post(CLIENTS, form_of(again))  # the page kept what was typed
    assert (kept(folders[INVOICES]).notify_on, kept(folders[QUOTES]).notifies) == ("dunning", False)


@pytest.mark.parametrize(
    ("label", "cells", "column"),
    [
        ("Facture", {"signature": "middle"}, "signature"),
        ("Facture", {"notify_on": "boss@martin.example"}, "notifier sur"),
        ("Facture", {"link_target": "payslips"}, "lien vers"),  # a value of the salariés
        ("Contrats à signer", {"signed_into": 999_999}, "version signée dans"),
        ("Contrats à signer", {"signed_into": "\0"}, "version signée dans"),
    ],
)
def test_a_value_that_is_none_of_the_column_changes_nothing(admin, folders, label, cells, column):
    page = admin.get(CLIENTS)
    again = admin.post(CLIENTS, form_of(page, Devis={"notifies": False}, **{label: cells}))
    assert again.context["errors"] == [f"« {label} », {column} : cette valeur n’existe pas."]
    assert [row.cells for row in admin.get(CLIENTS).context["rows"]] == [
        row.cells for row in page.context["rows"]
    ]


def test_the_form_reaches_no_other_column_and_no_other_firm(admin, cast, folders):
    foreign = cast.peeters.folders.get(audience="clients", label="Facture")
    pk = folders[INVOICES].pk
    more = {
        **{f"{name}-{pk}": "1" for name in ("published", "published_at", "firm", "company", "is_archived")},
        **{f"signe-{pk}": foreign.pk, f"signature-{pk}": "right"},
    }
    again = admin.post(CLIENTS, form_of(admin.get(CLIENTS)) | more)
    assert again.context["errors"] == ["« Facture », version signée dans : cette valeur n’existe pas."]
    data = {"ligne": foreign.pk, f"etait-{foreign.pk}": "1||1|billing|statement|"}
    again = admin.post(CLIENTS, data)
    assert again.context["errors"] == [
        "Un répertoire de cette page n’est plus dans la grille. Relisez, puis enregistrez."
    ]
    assert kept(foreign).is_shared is True


def test_a_notification_without_an_address_goes_to_the_card_s_first(admin, cast):
    admin.post("/parametres/ged/fournisseurs/ajouter/", {"label": "Factures reçues"})
    page = admin.get("/parametres/ged/fournisseurs/")
    [row] = page.context["rows"]
    assert (list(row.cells.values())[:4], row.red) == ([False, "", False, ""], frozenset())
    admin.post("/parametres/ged/fournisseurs/", form_of(page, **{"Factures reçues": {"notifies": True}}))
    [row] = admin.get("/parametres/ged/fournisseurs/").context["rows"]
    assert (row.cells["notify_on"], row.red) == ("main", {"notifies", "notify_on"})


def test_the_box_that_mutes_counts_with_the_page(admin, cast):
    admin.post(EMPLOYEES, form_of(admin.get(EMPLOYEES)) | {"muet": "on"})
    firm = Firm.objects.get(pk=cast.martin.pk)
    assert (firm.mutes_employees, firm.mutes_clients) == (True, False)
    admin.post(EMPLOYEES, form_of(admin.get(EMPLOYEES)))
    assert Firm.objects.get(pk=cast.martin.pk).mutes_employees is True
    admin.post(EMPLOYEES, {"muet-etait": "1"})
    assert Firm.objects.get(pk=cast.martin.pk).mutes_employees is False
    assert HistoryEntry.objects.filter(firm=cast.martin, verb="changed").count() == 2


def test_up_and_down_keep_what_is_ticked_and_not_saved(admin, folders):
    page = admin.get(CLIENTS)
    data = form_of(page, Facture={"is_shared": False}) | {"monter": folders[INVOICES].pk}
    answer = admin.post(CLIENTS, data)
    page = admin.get(answer["Location"])
    labels = [row.folder.label for row in page.context["rows"]]
    assert labels == ["Contrats à signer", "Devis à signer", "Contrats", "Facture", "Devis"]
    assert [(row.folder.label, row.unsaved) for row in page.context["rows"] if row.unsaved] == [
        ("Facture", {"is_shared"})
    ]
    assert kept(folders[INVOICES]).is_shared is True
    first = page.context["rows"][0].folder
    admin.post(CLIENTS, {"monter": first.pk})  # there is no place above the first
    assert [row.folder.label for row in admin.get(CLIENTS).context["rows"]] == labels


def test_only_administrators_configure(cast, folders):
    pk = folders[INVOICES].pk
    paths = [
        *("/parametres/ged/", CLIENTS, "/parametres/ged/chemins/", f"{CLIENTS}ajouter/"),
        *("/parametres/modeles/", f"/parametres/ged/repertoires/{pk}/"),
    ]
    for person in (cast.hugo, cast.gerant, cast.lea):
        client = Client()
        client.force_login(person)
        assert [client.get(path).status_code for path in paths] == [404] * len(paths)
        assert (
            client.post(CLIENTS, {"ligne": pk, f"etait-{pk}": "1||1|billing|statement|"}).status_code == 404
        )
        assert client.post(f"/parametres/ged/repertoires/{pk}/archiver/").status_code == 404
    client.force_login(cast.charlie)
    assert client.get(f"/parametres/ged/repertoires/{pk}/").status_code == 404
    assert kept(folders[INVOICES]).cells == folders[INVOICES].cells


def queries(client, path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_three_hundred_folders_cost_no_more_queries_than_five(admin, cast, folders):
    paths = (
        CLIENTS,
        f"{CLIENTS}?entreprise=4",
        "/entreprises/4/documents/parametres/",
        "/parametres/ged/chemins/",
    )
    few = [queries(admin, path) for path in paths]
    more = [
        Folder(
            firm=cast.martin,
            audience="clients",
            label=f"R{n}",
            key=f"r{n}",
            path=f"R{n}",
            position=n + 9,
            signature="left",
        )
        for n in range(295)
    ]
    Folder.objects.bulk_create(more)
    Folder.objects.filter(top=None).update(top=folders[INVOICES].pk)
    FolderException.objects.bulk_create(FolderException(folder=row, company=cast.company) for row in more)
    assert [queries(admin, path) for path in paths] == few
    assert max(few) <= 16
    page = admin.get(CLIENTS)
    assert len(page.context["rows"]) == 50
    assert page.context["page"].next_url
