"""« Synchroniser » the GED: said before, done once, and what leaves the portal is gone at the next request (D-41, T31)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.models import Document, FolderException
from documents.publication.plan import Scope, facts_of, plan_of
from documents.publication.publishing import publish
from documents.publication.synchronising import synchronise
from documents.tests.lay import filed, said
from notifications.models import Hold, Notification
from portal import tasks
from portal.models import ClientMember, Company, Employee, Firm, HistoryEntry, Job, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, CONTRACTS = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\"
PAYSLIPS = "SALARIES\\Bulletins\\"
OF_FIRM, OF_COMPANY = "/parametres/ged/synchroniser/", "/entreprises/4/documents/synchroniser/"


@pytest.fixture
def by_hand(cast, folders):
    """Nothing is published without « Synchroniser »; the company has its addresses."""
    Firm.objects.update(publishes_by_itself=False)
    Company.objects.filter(pk=cast.company.pk).update(
        email="fiche@moimeme.example", billing_email="factures@moimeme.example"
    )
    for person in (cast.admin, cast.claire):
        person.firm.refresh_from_db()
    cast.company.refresh_from_db()
    return folders


def lay(cast, folder, *names, employee=None):
    return filed(cast.claire, cast.company, folder, *names, employee=employee)


def knock(person, *documents):
    """What the pages of `documents` answer to `person` now."""
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return [client.get(f"/documents/{document.pk}/telecharger/").status_code for document in documents]


def press(client, path=OF_FIRM, **data):
    answer = client.post(path, data)
    tasks.jobs()
    return answer


def waiting():
    """Whom which notification would reach, and what holds it."""
    rows = Notification.objects.order_by("pk").select_related("person", "about_type")
    return [(row.about_type.model, str(row.person or row.address_kind), row.hold) for row in rows]


def change(folder, **cells):
    type(folder).objects.filter(pk=folder.pk).update(**cells)


def test_documents_wait_for_the_button_and_their_people_are_told(client, cast, by_hand):
    [invoice] = lay(cast, by_hand[INVOICES], "facture.pdf")
    employee = cast.company.employees.get()
    [payslip] = lay(cast, by_hand[PAYSLIPS], "bulletin.pdf", employee=employee)
    assert (knock(cast.gerant, invoice), knock(cast.lea, payslip), waiting()) == ([404], [404], [])
    client.force_login(cast.admin)
    plan = client.get(OF_FIRM).context["plan"]
    assert (plan.appearing, plan.leaving, plan.told, plan.first) == (2, 0, 2, 0)
    assert press(client)["Location"] == Job.objects.get().get_absolute_url()
    assert (knock(cast.gerant, invoice), knock(cast.lea, payslip)) == ([200], [200])
    assert waiting() == [("document", "billing", Hold.NONE), ("document", "Léa Girard", Hold.NONE)]
    assert Job.objects.get().report == ["2 documents sont sur le portail"]
    assert [entry.text for entry in HistoryEntry.objects.of(invoice)] == [
        "Anne Martin publie « facture.pdf » dans Facture"
    ]
    assert not HistoryEntry.objects.filter(verb="published", is_internal=False).exists()


def test_pressed_ten_times_one_does_it(client, cast, by_hand):
    lay(cast, by_hand[INVOICES], *(f"{number}.pdf" for number in range(5)))
    client.force_login(cast.admin)
    first = client.post(OF_FIRM)
    assert said(client.post(OF_FIRM)) == [
        ("info", "Une synchronisation est déjà en cours : il n’y a rien de plus à publier.")
    ]
    tasks.jobs()
    answers = [said(press(client, path)) for path in (OF_FIRM, OF_COMPANY) for _ in range(4)]
    assert answers == [[("info", "Rien à faire : tout est synchronisé.")]] * 8
    assert (Job.objects.count(), Notification.objects.count()) == (1, 5)
    assert first["Location"] == Job.objects.get().get_absolute_url()


def test_a_folder_unticked_is_gone_at_the_next_request(client, cast, by_hand):
    """Before any worker has done anything; a document that was withdrawn does not come back with its folder."""
    invoice, secret = lay(cast, by_hand[INVOICES], "facture.pdf", "retirée.pdf")
    client.force_login(cast.admin)
    press(client)
    change(by_hand[INVOICES], is_shared=False)
    assert knock(cast.gerant, invoice, secret) == [200, 200]  # red until « Synchroniser »
    plan = client.get(OF_FIRM).context["plan"]
    assert [str(change) for change in plan.changes] == ["Facture – quitte le portail"]
    assert (plan.appearing, plan.leaving) == (0, 2)
    client.post(OF_FIRM)
    assert knock(cast.gerant, invoice, secret) == [404, 404]
    Document.objects.filter(pk=secret.pk).update(is_shared=False)
    change(by_hand[INVOICES], is_shared=True)
    client.post(OF_FIRM)
    assert knock(cast.gerant, invoice, secret) == [200, 404]


def test_notifications_follow_the_cells_as_published(client, cast, by_hand):
    client.force_login(cast.admin)
    change(by_hand[INVOICES], notifies=False)
    lay(cast, by_hand[INVOICES], "avant.pdf")
    cast.martin.refresh_from_db()
    assert plan_of(facts_of(Scope(cast.martin))).told == 0  # as the grid will count
    assert (
        plan_of(facts_of(Scope(cast.martin, cast.company))).told == 1
    )  # the company's leaves the grid as it is
    press(client, OF_COMPANY)
    assert waiting() == [("document", "billing", Hold.NONE)]
    press(client)
    lay(cast, by_hand[INVOICES], "après.pdf")
    press(client)
    assert Notification.objects.count() == 1
    assert Document.objects.filter(published_at=None).count() == 0


@pytest.mark.parametrize(("choice", "told"), [("non", 0), ("oui", 2)])
def test_what_lies_in_a_folder_first_shown_is_told_once_a_person_or_not(client, cast, by_hand, choice, told):
    for path in (INVOICES, CONTRACTS):
        change(by_hand[path], is_shared=False, published={}, published_at=None, notify_on="main")
    change(by_hand[PAYSLIPS], is_shared=False, published={}, published_at=None)
    employee = cast.company.employees.get()
    lay(cast, by_hand[INVOICES], "a.pdf", "b.pdf")
    lay(cast, by_hand[CONTRACTS], "c.pdf")
    lay(cast, by_hand[PAYSLIPS], "d.pdf", "e.pdf", employee=employee)
    for path in (INVOICES, CONTRACTS, PAYSLIPS):
        change(by_hand[path], is_shared=True)
    client.force_login(cast.admin)
    plan = client.get(OF_FIRM).context["plan"]
    assert (plan.appearing, plan.told, plan.first, plan.first_told) == (5, 0, 5, 2)
    press(client, tells_first=choice)
    assert waiting() == [("company", "main", Hold.NONE), ("employee", "Léa Girard", Hold.NONE)][:told]
    assert Document.objects.filter(published_at=None).count() == 0


def test_an_exception_is_the_company_s_to_publish_and_to_give_up(client, cast, by_hand):
    [invoice] = lay(cast, by_hand[INVOICES], "facture.pdf")
    client.force_login(cast.claire)
    press(client, OF_COMPANY)
    exception = FolderException.objects.create(folder=by_hand[INVOICES], company=cast.company)
    plan = client.get(OF_COMPANY).context["plan"]
    assert [str(change) for change in plan.changes] == ["Facture (Moi Même SARL) – quitte le portail"]
    press(client, OF_COMPANY)
    assert knock(cast.gerant, invoice) == [404]
    FolderException.objects.filter(pk=exception.pk).update(is_dropped=True)
    press(client, OF_COMPANY)
    assert (knock(cast.gerant, invoice), FolderException.objects.count()) == ([200], 0)
    change(by_hand[INVOICES], is_shared=False)  # the firm's row is not the company's to publish
    assert said(press(client, OF_COMPANY)) == [("info", "Rien à faire : tout est synchronisé.")]
    assert knock(cast.gerant, invoice) == [200]


def test_what_is_not_published_after_all_is_told_with_why(client, cast, by_hand):
    employee = cast.company.employees.get()
    names = ("moved.pdf", "thrown.pdf", "withdrawn.pdf", "paper.pdf", "good.pdf")
    moved, thrown, withdrawn, paper, good = lay(cast, by_hand[PAYSLIPS], *names, employee=employee)
    client.force_login(cast.admin)
    client.post(OF_FIRM)
    Document.objects.filter(pk=withdrawn.pk).update(is_shared=False)
    Document.objects.filter(pk=thrown.pk).update(trashed_at=timezone.now())
    change(by_hand[INVOICES], published_at=None)
    Document.objects.filter(pk=moved.pk).update(folder=by_hand[INVOICES], employee=None)
    tasks.jobs()
    assert Job.objects.get().report == [
        "4 · moved.pdf – répertoire qui n’est pas sur le portail",
        "4 · thrown.pdf – à la corbeille",
        "4 · withdrawn.pdf – retiré du portail",
        "2 documents sont sur le portail",
    ]
    Employee.objects.filter(pk=employee.pk).update(wants_paper=True)
    [later] = lay(cast, by_hand[PAYSLIPS], "later.pdf", employee=employee)
    assert (knock(cast.lea, paper, good, later), Job.objects.count()) == ([200, 200, 404], 1)


def test_what_holds_a_notification_is_written_on_it(cast, by_hand):
    """« Synchronisation automatique »: at once, with the same rows."""
    Firm.objects.update(publishes_by_itself=True)
    employee = cast.company.employees.get()

    def lay_both():
        Notification.objects.all().delete()
        cast.claire.firm.refresh_from_db()
        cast.company.refresh_from_db()
        employee.refresh_from_db()
        lay(cast, by_hand[INVOICES], "facture.pdf")
        lay(cast, by_hand[PAYSLIPS], "bulletin.pdf", employee=employee)
        return [hold for _about, _whom, hold in waiting()]

    assert lay_both() == [Hold.NONE, Hold.NONE]
    Company.objects.update(billing_email="")
    Employee.objects.update(published={})
    assert lay_both() == [Hold.NO_ADDRESS, Hold.NO_ACCESS]
    ClientMember.objects.update(is_archived=True)
    Firm.objects.update(mutes_employees=True)
    assert lay_both() == [Hold.NO_ACCESS, Hold.MUTED]


def test_what_is_withdrawn_moved_or_thrown_away_is_told_no_more(client, cast, by_hand):
    Firm.objects.update(publishes_by_itself=True)
    cast.claire.firm.refresh_from_db()
    [document] = lay(cast, by_hand[PAYSLIPS], "bulletin.pdf", employee=cast.company.employees.get())

    def why():
        return Notification.objects.earliest("pk").why_it_waits

    rows = Document.objects.filter(pk=document.pk)
    published_at = rows.get().published_at
    assert why() == Hold.NONE
    for gone in ({"trashed_at": timezone.now()}, {"published_at": None}, {"published_at": timezone.now()}):
        rows.update(**gone)
        assert why() == Hold.NOT_PUBLISHED
        rows.update(trashed_at=None, published_at=published_at)
        assert why() == Hold.NONE
    Firm.objects.update(mutes_employees=True)
    assert why() == Hold.MUTED
    Firm.objects.update(mutes_employees=False)
    Employee.objects.update(is_authorised=False)
    assert why() == Hold.NO_ACCESS
    rows.delete()
    assert why() == Hold.NOT_PUBLISHED


def test_the_plan_costs_the_same_for_many(cast, by_hand):
    cast.martin.refresh_from_db()
    counts = []
    for number in (1, 12):
        lay(cast, by_hand[INVOICES], *(f"{number}-{each}.pdf" for each in range(number)))
        with CaptureQueriesContext(connection) as asked:
            plan_of(facts_of(Scope(cast.martin)))
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_publish_and_tell_once(cast, by_hand):
    """Five press « Synchroniser » in the same moment, then two workers take the same handful (F10)."""
    documents = lay(cast, by_hand[INVOICES], *(f"{number}.pdf" for number in range(5)))
    keys, start = [document.pk for document in documents], Barrier(5)

    def at_once(act):
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    scope = Scope(cast.admin.firm)
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(at_once, [lambda: synchronise(scope, by=cast.admin)] * 5))
        assert [outcome.job is not None for outcome in done].count(True) == Job.objects.count() == 1
        published = list(pool.map(at_once, [lambda: publish(keys, timezone.now())] * 5))
    assert sorted(len(found) for found in published) == [0, 0, 0, 0, 5]
    assert (Notification.objects.count(), Document.objects.filter(published_at=None).count()) == (5, 0)


def test_synchroniser_leads_back_to_the_window_it_was_asked_from(client, cast, by_hand):
    """S3-39: « depuis cette fenêtre »; never out of the portal."""
    lay(cast, by_hand[INVOICES], "facture.pdf")
    client.force_login(cast.claire)
    window = f"/entreprises/4/documents/{by_hand[INVOICES].pk}/comparer/"
    press(client, f"{OF_COMPANY}?retour={window}")
    assert Job.objects.get().asked["back"] == window
    assert client.post(f"{OF_COMPANY}?retour={window}")["Location"] == window
    assert client.post(f"{OF_COMPANY}?retour=//ailleurs.example/")["Location"] == OF_COMPANY
