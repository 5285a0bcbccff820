"""The space of a salarié: bulletins of all employments by month, folders of each; what paper and a departure mean."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from approvals.directory.opening import attach, give_access, open_company
from documents.models import Document, DocumentView
from documents.tests.lay import filed
from documents.tests.test_client_space import names, unzipped
from portal.models import Employee
from portal.tests.test_get import BROWSER, writes

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAYSLIPS, CONTRACTS, TIMESHEETS = "SALARIES\\Bulletins\\", "SALARIES\\Contrat\\", "SALARIES\\Pointages\\"
HOME, LIST = "/espace-salarie/", "/espace-salarie/bulletins/"


@pytest.fixture
def lea(cast, client, folders):
    """Léa at her own portal, with two bulletins, a contract and a timesheet."""
    employee = cast.company.employees.get()
    for path, *given in (
        (PAYSLIPS, "bulletin-09.pdf", "bulletin-10.pdf"),
        (CONTRACTS, "contrat.pdf"),
        (TIMESHEETS, "pointage.pdf"),
    ):
        filed(cast.claire, cast.company, folders[path], *given, employee=employee)
    september = timezone.make_aware(datetime(2026, 9, 30, 12))
    Document.objects.filter(name="bulletin-09.pdf").update(published_at=september)
    client.force_login(cast.lea)
    return client


def folder(employee, place):
    return f"/espace-salarie/{employee.pk}/{place.pk}/"


def test_bulletins_and_folders(lea, cast, folders):
    employee = cast.company.employees.get()
    home = lea.get(HOME)
    [employment] = home.context["employments"]
    assert [(shelf.folder.label, shelf.count) for shelf in employment.others] == [
        ("Contrats", 1),
        ("Pointages", 1),
    ]
    assert (home.context["payslips"].count, len(home.context["news"])) == (2, 4)
    assert names(lea.get(LIST)) == ["bulletin-10.pdf", "bulletin-09.pdf"]
    assert "Septembre 2026" in lea.get(LIST).content.decode()
    assert names(lea.get(folder(employee, folders[CONTRACTS]))) == ["contrat.pdf"]
    assert sorted(unzipped(lea.get(f"{LIST}?zip=oui"))) == [
        "Bulletins/bulletin-09.pdf",
        "Bulletins/bulletin-10.pdf",
    ]


def test_a_bulletin_opened_is_new_no_more_and_leads_back(lea, cast, folders):
    bulletin = Document.objects.get(name="bulletin-10.pdf")
    page = lea.get(f"/documents/{bulletin.pk}/", headers=BROWSER)
    back = folder(cast.company.employees.get(), folders[PAYSLIPS])
    assert (page.status_code, page.context["space_url"], page.context["company"]) == (200, back, None)
    assert lea.get(back).status_code == 200
    assert [document.is_new for document in lea.get(LIST).context["page"].rows] == [False, True]
    assert [view.user for view in DocumentView.objects.all()] == [cast.lea]


def test_employments_are_kept_apart_but_bulletins_stand_together(lea, cast, folders):
    other = open_company(cast.martin, "5", "Garage Morel", token="")
    attach(cast.claire.staff, other)
    give_access(cast.lea, other, login_code="5-lea", matricule="1")
    second = other.employees.get()
    for path, name in ((PAYSLIPS, "bulletin-5.pdf"), (CONTRACTS, "contrat-5.pdf")):
        filed(cast.claire, other, folders[path], name, employee=second)
    employments = lea.get(HOME).context["employments"]
    assert [(one.employee.company.code, one.shelves.count) for one in employments] == [("4", 4), ("5", 2)]
    assert names(lea.get(LIST)) == ["bulletin-5.pdf", "bulletin-10.pdf", "bulletin-09.pdf"]
    assert names(lea.get(folder(second, folders[CONTRACTS]))) == ["contrat-5.pdf"]
    Employee.objects.filter(pk=second.pk).update(is_authorised=False)
    assert lea.get(folder(second, folders[CONTRACTS])).status_code == 404
    assert names(lea.get(LIST)) == ["bulletin-10.pdf", "bulletin-09.pdf"]


def test_after_leaving_what_the_law_says_stays_and_the_page_says_so(lea, cast, folders):
    employee = cast.company.employees.get()
    Employee.objects.filter(pk=employee.pk).update(left_on="2026-10-31", wants_paper=True)
    page = lea.get(HOME).content.decode()
    assert "Vous avez quitté Moi Même SARL le 31 octobre 2026" in page
    assert "Vos bulletins de Moi Même SARL vous sont remis sur papier" in page
    assert names(lea.get(LIST)) == ["bulletin-10.pdf", "bulletin-09.pdf"]
    assert lea.get(folder(employee, folders[CONTRACTS])).status_code == 200
    assert lea.get(folder(employee, folders[TIMESHEETS])).status_code == 404


def test_nobody_else_opens_it(lea, cast, folders):
    employee = cast.company.employees.get()
    path = folder(employee, folders[CONTRACTS])
    for person in (cast.claire, cast.gerant, cast.compta, cast.charlie):
        stranger = Client()
        stranger.force_login(person)
        assert (person.name, {stranger.get(place).status_code for place in (path, LIST, HOME)}) == (
            person.name,
            {404},
        )


def test_staff_see_it_as_the_salarie_and_leave_nothing(lea, cast, folders):
    employee = cast.company.employees.get()
    visit = Client()
    visit.force_login(cast.hugo)
    visit.post(f"/entreprises/4/portail-client/salaries/{employee.pk}/ouvrir/")
    bulletin = Document.objects.get(name="bulletin-10.pdf").pk
    paths = (HOME, LIST, f"{LIST}?zip=oui", folder(employee, folders[CONTRACTS]), f"/documents/{bulletin}/")
    with writes() as statements:
        answers = {path: visit.get(path, headers=BROWSER).status_code for path in paths}
    assert (answers, statements, DocumentView.objects.count()) == (dict.fromkeys(paths, 200), [], 0)
