"""Companies from a file: shown first, then all of it or nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.directory.importing import stories
from approvals.directory.opening import open_company
from approvals.models import ImportStatus
from approvals.tests.importing import (
    PAGE,
    counts,
    csv_file,
    done,
    entered,
    errors,
    laid,
    post,
    press,
    refused,
    work,
    xlsx_file,
)
from approvals.tests.odd_names import ODD, odd_companies
from mailing.models import InboundAddress
from portal.files.keep import path_of
from portal.models import ClientGroup, Company, HistoryEntry, Job, JobStatus, StoredFile

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FULL = {
    "Code": "31",
    "Nom": "Fleurs Nord",
    "Forme juridique": "SRL",
    "Pays": "Belgique",
    "Numéro d’entreprise": "0403.019.261",
    "Numéro de TVA": "be 403.019.261",
    "Régime de TVA": "trimestriel",
    "Clôture de l’exercice": "1.7",
    "Rue": "1, quai au Foin",
    "Code postal": "1000",
    "Ville": "Bruxelles",
    "Email fiche": "Info@Fleurs.example",
    "Email devis": "devis@fleurs.example",
    "Email facturation": "factures+2@fleurs.example",
    "Email relance": "relance@fleurs.example",
    "Demande de transfert des factures et devis": "accepté",
    "Gestionnaire": "claire@martin.example",
    "Groupe": "Nord",
}


def codes(firm):
    return sorted(firm.companies.values_list("code", flat=True))


def test_a_new_company_has_all_that_its_line_says_and_its_addresses(cast):
    north = ClientGroup.objects.create(firm=cast.martin, name="Nord")
    assert counts(done(cast.admin, "entreprises", csv_file([FULL]))) == (1, 0, 0, 0)
    company = Company.objects.get(firm=cast.martin, code="31")
    assert (
        company.name,
        company.legal_form,
        company.country,
        company.registration_number,
        company.vat_number,
        company.vat_regime,
        company.year_end,
        company.street,
        company.postcode,
        company.city,
    ) == (
        "Fleurs Nord",
        "SRL",
        "BE",
        "0403019261",
        "BE0403019261",
        "quarterly",
        "01/07",
        "1, quai au Foin",
        "1000",
        "Bruxelles",
    )
    assert (company.email, company.quote_email, company.billing_email, company.dunning_email) == (
        "info@fleurs.example",
        "devis@fleurs.example",
        "factures+2@fleurs.example",
        "relance@fleurs.example",
    )
    assert (company.paperless_consent, company.manager.user, company.group) == (
        "accepted",
        cast.claire,
        north,
    )
    assert [attached.staff.user for attached in company.attachments.all()] == [cast.claire]
    addresses = InboundAddress.objects.filter(company=company).order_by("address")
    assert [address.address.split(".")[:2] for address in addresses] == [["31", "box"], ["31", "image"]]
    assert [(entry.text, entry.by) for entry in HistoryEntry.objects.of(company)] == [
        ("Anne Martin importe l’entreprise", cast.admin)
    ]


def test_nothing_is_written_before_somebody_presses_importer(cast):
    imported = laid(cast.admin, "entreprises", csv_file([FULL]), creates_groups="on")
    assert (counts(imported), codes(cast.martin), Job.objects.count()) == ((1, 0, 0, 0), ["4"], 0)
    page = entered(cast.admin).get(imported.get_absolute_url()).content.decode()
    assert "Importer 1 ligne" in page
    assert "Fleurs Nord" in page


def test_what_changes_is_shown_from_what_to_what_and_an_empty_cell_leaves_what_is_there(cast):
    Company.objects.filter(pk=cast.company.pk).update(
        city="Nîmes", street="Rue Haute", manager=cast.claire.staff
    )
    line = {"Code": "4", "Nom": "Moi Même SAS", "Ville": "", "Rue": "—", "Gestionnaire": "—"}
    imported = laid(cast.admin, "entreprises", csv_file([line]))
    assert [(row.outcome, row.changes) for row in imported.rows.all()] == [
        (
            "changed",
            [
                ["Nom", "Moi Même SARL", "Moi Même SAS"],
                ["Rue", "Rue Haute", ""],
                ["Gestionnaire", "Claire Dupont", ""],
            ],
        )
    ]
    press(cast.admin, imported)
    work()
    company = Company.objects.get(pk=cast.company.pk)
    assert (company.name, company.street, company.city, company.manager) == (
        "Moi Même SAS",
        "",
        "Nîmes",
        None,
    )
    assert HistoryEntry.objects.of(company).first().text == (
        "Anne Martin change par un import – Nom : Moi Même SARL → Moi Même SAS, Rue : Rue Haute → —, "
        "Gestionnaire : Claire Dupont → —"
    )


def test_headings_in_any_order_case_and_accents_and_the_unknown_are_named(cast):
    imported = laid(
        cast.admin, "entreprises", csv_file([{"RAISON  sociale": "Un", "Humeur": "gaie", "code": "31"}])
    )
    assert (counts(imported), imported.ignored) == ((1, 0, 0, 0), ["Humeur"])
    assert "« Humeur »" in entered(cast.admin).get(imported.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"Nom": "Un"}], "Il manque au fichier : « Code »"),
        ([{"Code": "1", "code": "2"}], "La colonne « Code » est deux fois"),
    ],
)
def test_headings_that_cannot_do(cast, rows, said):
    assert refused(cast.admin, "entreprises", csv_file(rows))[: len(said)] == said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("e.csv", b"", "Le fichier est vide"),
        ("e.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 900, "Ce classeur est d’un ancien format"),
        ("e.pdf", b"Code;Nom\n1;Un\n", "Type de fichier non accepté"),
        ("e.csv", b"Code;Nom\n" + b"x" * (11 << 20), "Le fichier dépasse 10 Mo"),
        ("e.csv", b"x" * (51 << 20), "Plus de 50 Mo"),
    ],
)
def test_a_file_that_is_not_taken_is_said_beside_the_field(cast, name, content, said):
    assert refused(cast.admin, "entreprises", content, name)[: len(said)] == said
    assert StoredFile.objects.count() == 0


def test_no_file_at_all(cast):
    answer = entered(cast.admin).post(PAGE, {"kind": "entreprises"})
    assert answer.context["form"].errors["file"] == ["Choisissez un fichier."]


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ({"Code": "a b"}, "Code", "De 1 à 32 lettres sans accent"),
        ({"Code": ""}, "Code", "à remplir."),
        ({"Nom": ""}, "Nom", "à remplir."),
        ({"Nom": "—"}, "Nom", "cette colonne ne peut pas être vidée."),
        ({"Nom": "x" * 201}, "Nom", "plus de 200 caractères."),
        ({"Pays": "Suisse"}, "Pays", "« Suisse » n’est pas connu. Écrivez : France, Belgique."),
        (
            {"Numéro d’entreprise": "123456789"},
            "Numéro d’entreprise",
            "« 123456789 » : Ce SIREN n’existe pas",
        ),
        ({"Numéro de TVA": "FR123"}, "Numéro de TVA", "« FR123 » : Ce n’est pas un numéro de TVA français"),
        (
            {"Pays": "BE", "Numéro d’entreprise": "552100554"},
            "Numéro d’entreprise",
            "« 552100554 » : Ce numéro BCE n’existe pas",
        ),
        (
            {"Numéro d’entreprise": "552100554", "Numéro de TVA": "FR83404833048"},
            "Numéro de TVA",
            "Ce numéro de TVA contient le SIREN 404833048",
        ),
        ({"Régime de TVA": "au pif"}, "Régime de TVA", "« au pif » n’est pas connu."),
        ({"Clôture de l’exercice": "31/02"}, "Clôture de l’exercice", "écrivez le jour et le mois"),
        ({"Email fiche": "a@b@c"}, "Email fiche", "« a@b@c » n’est pas une adresse e-mail."),
        ({"Email relance": "à@b.example"}, "Email relance", "« à@b.example » n’est pas une adresse e-mail."),
        ({"Gestionnaire": "gerant@moimeme.example"}, "Gestionnaire", "« gerant@moimeme.example » n’est ni"),
        ({"Gestionnaire": "charlie@peeters.example"}, "Gestionnaire", "« charlie@peeters.example » n’est ni"),
        ({"Groupe": "Nord"}, "Groupe", "aucun groupe ne s’appelle « Nord »"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_column(cast, line, column, said):
    imported = laid(
        cast.admin,
        "entreprises",
        csv_file([{"Code": "30", "Nom": "Bien"}, {"Code": "31", "Nom": "Mal"} | line]),
    )
    assert [(number, where, why[: len(said)]) for number, where, why in errors(imported)] == [
        (3, column, said)
    ]
    assert counts(imported) == (1, 0, 0, 1)
    press(cast.admin, imported)
    work()
    assert (codes(cast.martin), Job.objects.count()) == (["4"], 0)


def test_a_code_twice_an_archived_one_and_a_cell_too_many(cast):
    open_company(cast.martin, "9", "Vieille", is_archived=True)
    imported = laid(cast.admin, "entreprises", b"Code;Nom\n31;Un\n31;Deux\n9;Vieille\n32;Trois;et;demi\n")
    assert errors(imported) == [
        (3, "Code", "ce code est déjà à la ligne 2."),
        (4, "Code", "ce code est celui d’une entreprise archivée : restaurez-la d’abord."),
        (5, "", "la ligne a plus de cellules que de titres de colonnes."),
    ]


def test_two_collaborators_of_one_name(cast):
    cast.hugo.name = cast.claire.name
    cast.hugo.save()
    [(_line, _column, why)] = errors(
        laid(cast.admin, "entreprises", csv_file([{"Code": "4", "Gestionnaire": "claire DUPONT"}]))
    )
    assert why == "plusieurs collaborateurs s’appellent « claire DUPONT » : donnez l’adresse e-mail."


def test_absent_groups_are_made_where_that_is_ticked(cast):
    rows = [{"Code": "31", "Nom": "Un", "Groupe": "Nord"}, {"Code": "4", "Groupe": "NORD"}]
    done(cast.admin, "entreprises", csv_file(rows), creates_groups="on")
    [group] = ClientGroup.objects.filter(firm=cast.martin)
    assert (group.name, sorted(group.companies.values_list("code", flat=True))) == ("Nord", ["31", "4"])


def test_a_number_that_is_there_already_is_not_asked_about_again(cast):
    Company.objects.filter(pk=cast.company.pk).update(registration_number="123 456 789")
    line = {"Code": "4", "Numéro d’entreprise": "123456789", "Ville": "Nîmes"}
    imported = laid(cast.admin, "entreprises", csv_file([line]))
    assert [row.changes for row in imported.rows.all()] == [[["Ville", "", "Nîmes"]]]


def test_odd_names_are_data_and_go_round(cast):
    done(cast.admin, "entreprises", csv_file(odd_companies(len(ODD))))
    kept = [cast.martin.companies.get(code=f"d{number}").name for number in range(len(ODD))]
    assert kept == [*ODD]
    for form in ("csv", "xlsx"):
        export = entered(cast.admin).get(f"{PAGE}export/", {"quoi": "entreprises", "forme": form})
        assert counts(laid(cast.admin, "entreprises", export.content, f"e.{form}")) == (0, 0, len(ODD) + 1, 0)


def test_what_is_exported_comes_back_unchanged(cast):
    ClientGroup.objects.create(firm=cast.martin, name="Nord")
    done(cast.admin, "entreprises", csv_file([FULL]))
    Company.objects.filter(code="31").update(vat_number="BE0403.019.261", year_end="1/7")
    cast.claire.is_active = False  # a gestionnaire who has left
    cast.claire.save()
    for form in ("csv", "xlsx"):
        export = entered(cast.admin).get(f"{PAGE}export/", {"quoi": "entreprises", "forme": form})
        imported = laid(cast.admin, "entreprises", export.content, f"e.{form}")
        assert (counts(imported), imported.ignored, errors(imported)) == ((0, 0, 2, 0), [], [])


@pytest.mark.parametrize("kind", ["entreprises", "contacts", "salaries"])
def test_a_model_has_the_headings_and_nothing_else(cast, kind):
    for form in ("csv", "xlsx"):
        model = entered(cast.admin).get(f"{PAGE}modele/", {"quoi": kind, "forme": form})
        assert refused(cast.admin, kind, model.content, f"m.{form}").startswith(
            "Le fichier n’a que des titres"
        )


def test_pressed_twice_it_is_imported_once(cast):
    imported = laid(cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}]))
    first, second = press(cast.admin, imported), press(cast.admin, imported)
    assert (Job.objects.count(), first["Location"]) == (1, Job.objects.get().get_absolute_url())
    assert second["Location"] == imported.get_absolute_url()
    work()
    press(cast.admin, imported)
    work()
    assert (codes(cast.martin), Job.objects.count()) == (["31", "4"], 1)


def test_the_world_changed_since_nothing_is_written_and_the_page_shows_it(cast):
    imported = laid(
        cast.admin, "entreprises", csv_file([{"Code": "30", "Nom": "Un"}, {"Code": "31", "Nom": "Deux"}])
    )
    press(cast.admin, imported)
    open_company(cast.martin, "31", "Ouverte entre-temps")
    work()
    imported.refresh_from_db()
    assert (imported.status, counts(imported), codes(cast.martin)) == (
        ImportStatus.CHECKED,
        (1, 1, 0, 0),
        ["31", "4"],
    )
    assert (Job.objects.get().status, Job.objects.get().report[-1]) == (
        JobStatus.DONE,
        "Ligne 3, Deux : ce que la ligne changerait n’est plus ce qui a été montré.",
    )
    press(cast.admin, imported)
    work()
    assert Company.objects.get(firm=cast.martin, code="31").name == "Deux"


def test_an_error_that_came_since_keeps_all_out(cast):
    rows = [{"Code": "30", "Nom": "Un"}, {"Code": "31", "Nom": "Deux", "Gestionnaire": "Claire Dupont"}]
    imported = laid(cast.admin, "entreprises", csv_file(rows))
    press(cast.admin, imported)
    cast.claire.is_active = False
    cast.claire.save()
    work()
    imported.refresh_from_db()
    assert (codes(cast.martin), counts(imported), StoredFile.objects.count()) == (["4"], (1, 0, 0, 1), 1)
    assert imported.status == ImportStatus.FAULTY
    assert Job.objects.get().report[-1].startswith("Ligne 3, Gestionnaire : « Claire Dupont » n’est ni")


def test_an_import_whose_work_was_stopped_can_be_asked_for_again(cast):
    imported = laid(cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}]))
    press(cast.admin, imported)
    entered(cast.admin).post(f"{Job.objects.get().get_absolute_url()}arreter/")
    work()
    assert codes(cast.martin) == ["4"]
    press(cast.admin, imported)
    work()
    assert codes(cast.martin) == ["31", "4"]


def test_who_no_longer_administers_the_firm_imports_nothing(cast):
    imported = laid(cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}]))
    press(cast.admin, imported)
    cast.admin.staff.delete()
    work()
    assert codes(cast.martin) == ["4"]


def test_given_up_it_is_not_imported_and_its_file_is_gone(cast, django_capture_on_commit_callbacks):
    imported = laid(cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}]))
    path = path_of(imported.file.key)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        entered(cast.admin).post(f"{imported.get_absolute_url()}abandonner/")
    press(cast.admin, imported)
    work()
    imported.refresh_from_db()
    assert (imported.status, imported.file, imported.rows.count(), path.exists(), codes(cast.martin)) == (
        ImportStatus.DROPPED,
        None,
        0,
        False,
        ["4"],
    )


def test_after_a_day_files_and_lines_are_forgotten(cast, django_capture_on_commit_callbacks):
    ended = done(cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}]))
    waiting = laid(cast.admin, "entreprises", csv_file([{"Code": "32", "Nom": "Deux"}]))
    path = path_of(waiting.file.key)
    assert stories.forget(timezone.now()) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert stories.forget(timezone.now() + stories.KEPT_FOR) == 2
    waiting.refresh_from_db()
    assert (ended.rows.count(), waiting.rows.count(), waiting.status) == (0, 0, ImportStatus.DROPPED)
    assert (StoredFile.objects.count(), path.exists(), codes(cast.martin)) == (0, False, ["31", "4"])


def test_the_other_firm_s_company_of_the_same_code_is_not_touched_nor_hinted_at(cast):
    open_company(cast.peeters, "31", "Zwijgen NV")
    imported = done(
        cast.admin, "entreprises", csv_file([{"Code": "31", "Nom": "Un"}, {"Code": "4", "Nom": "Moi"}])
    )
    assert [row.outcome for row in imported.rows.order_by("number")] == ["new", "changed"]
    assert sorted(cast.peeters.companies.values_list("code", "name")) == [
        ("31", "Zwijgen NV"),
        ("4", "Vier BV"),
    ]
    assert HistoryEntry.objects.filter(firm=cast.peeters).count() == 0


def test_a_formula_of_a_workbook_is_never_computed(cast):
    imported = laid(cast.admin, "entreprises", xlsx_file([["Code", "Nom"], ["31", "=1+1"]]), "e.xlsx")
    [(number, column, why)] = errors(imported)
    assert (number, column, why[:43]) == (2, "Nom", "la formule n’a pas de résultat enregistré :")


def test_the_errors_are_listed_alone_and_downloaded(cast):
    rows = [{"Code": f"c{number}", "Nom": "Bien" if number % 2 else ""} for number in range(120)]
    imported = laid(cast.admin, "entreprises", csv_file(rows))
    client = entered(cast.admin)
    page = client.get(imported.get_absolute_url(), {"etat": "wrong"}).context["page"]
    assert ([row.number for row in page.rows][:3], len(page.rows), bool(page.next_url)) == (
        [2, 4, 6],
        50,
        True,
    )
    report = client.get(imported.get_absolute_url(), {"etat": "wrong", "export": "csv"})
    lines = b"".join(report.streaming_content).decode("utf-8-sig").splitlines()
    assert (lines[0], lines[1], len(lines)) == (
        "Ligne;État;Code;Nom;Colonne;Détail",
        "2;Erreur;c0;;Nom;à remplir.",
        61,
    )


def queries(cast, rows):
    """Of checking and of importing a file."""
    content = csv_file(rows)
    with CaptureQueriesContext(connection) as checking:
        imported = laid(cast.admin, "entreprises", content)
    press(cast.admin, imported)
    with CaptureQueriesContext(connection) as importing:
        work()
    return len(checking), len(importing)


def test_ten_times_as_many_lines_cost_a_few_statements_more(cast):
    few, many = queries(cast, odd_companies(30)), queries(cast, odd_companies(300, prefix="e"))
    assert cast.martin.companies.count() == 331
    more = [after - before for before, after in zip(few, many, strict=True)]
    assert [more[0] <= 5, more[1] <= 40] == [True, True], more  # SQLite takes 999 values a statement


def test_the_lists_cost_the_same_for_one_row_and_for_many(cast):
    client, costs = entered(cast.admin), []
    for count in (1, 40):
        for number in range(1 if count == 1 else 3):
            imported = laid(cast.admin, "entreprises", csv_file(odd_companies(count, prefix=f"f{number}-")))
        press(cast.admin, imported)
        for path in (PAGE, imported.get_absolute_url()):
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            costs.append(len(captured))
    assert costs[:2] == costs[2:]


@pytest.mark.parametrize("role", ["claire", "gerant", "lea"])
def test_only_an_administrator_of_the_firm_lays_a_file(cast, role):
    assert post(getattr(cast, role), "entreprises", csv_file([FULL])).status_code == 404
