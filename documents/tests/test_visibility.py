"""Who sees what of the folders: what was published counts, « Droits » withholds, an exception goes before the grid."""

import pytest
from django.utils import timezone

from documents.filing import moving
from documents.models import Document, FolderException, WithheldFolder
from documents.tests.lay import filed as laid_into
from portal.models import ClientMember, Company, Employee

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, CONTRACTS = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\"
PAYSLIPS, TIMESHEETS = "SALARIES\\Bulletins\\", "SALARIES\\Pointages\\"


def lay(cast, folder, name, employee=None):
    [document] = laid_into(cast.claire, cast.company, folder, name, employee=employee)
    return document


@pytest.fixture
def filed(cast, folders):
    employee = cast.company.employees.get()
    return {
        "facture": lay(cast, folders[INVOICES], "facture.pdf"),
        "contrat": lay(cast, folders[CONTRACTS], "contrat.pdf"),
        "bulletin": lay(cast, folders[PAYSLIPS], "bulletin.pdf", employee),
        "pointage": lay(cast, folders[TIMESHEETS], "pointage.pdf", employee),
    }


def seen(person) -> set[str]:
    person = type(person).objects.get(pk=person.pk)
    for company in Company.objects.all():  # asked for one company, the answer is the same
        there = Document.objects.published_to(person).filter(company=company)
        assert {*Document.objects.published_to(person, company)} == {*there}
    return {document.name.removesuffix(".pdf") for document in Document.objects.visible_to(person)}


def test_each_sees_what_is_for_them(cast, filed):
    everything = {"facture", "contrat", "bulletin", "pointage"}
    assert seen(cast.claire) == everything
    assert seen(cast.admin) == everything
    assert seen(cast.gerant) == {"facture", "contrat"}
    assert seen(cast.compta) == {"facture", "contrat"}
    assert seen(cast.lea) == {"bulletin", "pointage"}
    assert seen(cast.charlie) == seen(cast.patron) == set()


def test_what_is_not_on_the_portal_is_seen_by_staff_alone(cast, folders, filed):
    Document.objects.filter(pk=filed["facture"].pk).update(published_at=None)
    type(folders[CONTRACTS]).objects.filter(pk=folders[CONTRACTS].pk).update(published_at=None)
    assert seen(cast.gerant) == set()
    assert seen(cast.claire) == {"facture", "contrat", "bulletin", "pointage"}


def test_an_exception_counts_once_it_is_published(cast, folders, filed):
    exception = FolderException.objects.create(folder=folders[INVOICES], company=cast.company)
    assert seen(cast.gerant) == {"facture", "contrat"}
    exception.published = exception.cells
    exception.save()
    assert seen(cast.gerant) == {"contrat"}
    exception.published_at = timezone.now()
    exception.save()
    assert seen(cast.gerant) == {"facture", "contrat"}


def test_rights_withhold_a_folder_from_one_contact(cast, folders, filed):
    member = ClientMember.objects.get(user=cast.compta)
    WithheldFolder.objects.create(member=member, folder=folders[INVOICES])
    assert seen(cast.compta) == {"contrat"}
    assert seen(cast.gerant) == {"facture", "contrat"}


def test_the_folders_of_employees_need_a_right_of_their_own(cast, filed):
    ClientMember.objects.filter(company=cast.company).update(sees_employees=True)
    assert seen(cast.gerant) == {"facture", "contrat", "bulletin", "pointage"}
    assert seen(cast.compta) == {"facture", "contrat"}  # not a client administrator


def test_a_leaver_keeps_what_the_law_says(cast, filed):
    Employee.objects.filter(user=cast.lea).update(left_on=timezone.localdate())
    assert seen(cast.lea) == {"bulletin"}


def test_no_bulletin_is_published_for_whoever_wants_paper(cast, folders):
    Employee.objects.filter(user=cast.lea).update(wants_paper=True)
    employee = cast.company.employees.get()
    lay(cast, folders[PAYSLIPS], "bulletin.pdf", employee)
    lay(cast, folders[TIMESHEETS], "pointage.pdf", employee)
    assert seen(cast.lea) == {"pointage"}


def test_without_automatic_mode_a_document_waits(cast, folders):
    cast.martin.publishes_by_itself = False
    cast.martin.save()
    cast.claire.firm.refresh_from_db()
    document = lay(cast, folders[INVOICES], "facture.pdf")
    assert document.published_at is None
    assert seen(cast.gerant) == set()


def test_what_is_moved_leaves_the_portal_with_its_old_folder(cast, folders, filed):
    cast.martin.folders.filter(pk=folders[CONTRACTS].pk).update(published_at=None)
    assert seen(cast.gerant) == {"facture"}
    moved = moving.move([filed["facture"], filed["contrat"]], folders[CONTRACTS], by=cast.claire)
    assert [document.name for document in moved] == ["facture.pdf"]
    assert seen(cast.gerant) == set()
    moving.move([filed["facture"]], folders[INVOICES], by=cast.claire)
    assert seen(cast.gerant) == {"facture"}
