"""« Droit(s) d’accès au portail »: the grid and its gestures (S3-23 to S3-31, D-41, D-44)."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.access import bulk, stories
from approvals.access.lists import AccessList, EmployeeAccessList
from approvals.access.plan import Plan
from approvals.directory.opening import (
    add_contact,
    add_employee,
    open_company,
)
from mailing.models import Answer, OutgoingMail
from mailing.tests.test_unprepared import answered
from portal import tasks
from portal.models import ClientMember, Employee, Firm, HistoryEntry, Job, Journal, LoginCode, User
from portal.testing import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.database]

GRID, OF_EMPLOYEES, OF_COMPANY = (
    "/parametres/portail/",
    "/parametres/portail/salaries/",
    "/entreprises/4/acces/",
)
SAVE = "/parametres/portail/clients/enregistrer/"
SELECTION = "/parametres/portail/clients/selection/"
PUBLISH = "/parametres/portail/clients/synchroniser/"


@pytest.fixture
def zoe(cast):
    """A contact of company 4 without access."""
    return add_contact(cast.company, "Zoé Lambert", "zoe@moimeme.example")


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def by_hand(cast):
    Firm.objects.filter(pk=cast.martin.pk).update(publishes_by_itself=False)


def told(answer):
    return [str(message) for message in answer.context["messages"]]


def saved(client, member, **boxes):
    data = {"ligne": [member.pk], **boxes}
    answer = client.post(SAVE, data, follow=True)
    member.refresh_from_db()
    member.user.refresh_from_db()
    return answer


def test_the_columns_are_those_of_s3_24(admin):
    heads = [str(head.column.title) for head in admin.get(GRID).context["page"].heads]
    assert heads[:10] == [
        "Etat",
        "Code",
        "Nom du client",
        "Email",
        "Identifiant",
        "Mot de passe",
        "Accès autorisé",
        "Notifier par email",
        "Email envoyé à",
        "Email envoyé le",
    ]


@pytest.mark.parametrize(
    ("path", "people"),
    [
        (GRID, ["Marc Roux", "Sophie Roux"]),
        (OF_EMPLOYEES, ["Léa Girard"]),
        (OF_COMPANY, ["Marc Roux", "Sophie Roux"]),
        (f"{OF_COMPANY}salaries/", ["Léa Girard"]),
    ],
)
def test_each_grid_has_its_people(admin, path, people):
    assert [str(row.access.user) for row in admin.get(path).context["rows"]] == people


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("q=lambert", ["Zoé Lambert"]),
        ("q=4-compta", ["Sophie Roux"]),
        ("etat=none", ["Zoé Lambert"]),
        ("etat=valid", ["Marc Roux", "Sophie Roux"]),
        ("etat=unpublished", []),
        ("etat=jamais", ["Sophie Roux"]),
        ("etat=sans_email", ["Muet"]),
    ],
)
def test_search_and_filters(admin, cast, zoe, query, people):
    User.objects.filter(pk=cast.gerant.pk).update(last_login=timezone.now())
    if "sans_email" in query:
        add_contact(cast.company, "Muet")
    shown = admin.get(f"{GRID}?{query}").context["rows"]
    assert [str(row.access.user) for row in shown] == people


def test_a_tick_opens_the_access_and_etat_says_valide(admin, client, cast, zoe):
    saved(admin, zoe, acces=[zoe.pk])
    assert (zoe.is_authorised, zoe.is_open, zoe.user.is_active, zoe.user.may_log_in) == (True,) * 4
    [row] = admin.get(f"{GRID}?q=lambert").context["rows"]
    assert (row.state.label, row.unpublished) == ("Valide", frozenset())
    assert list(HistoryEntry.objects.filter(journal=Journal.ACCESS).values_list("text", flat=True)) == [
        "Anne Martin autorise l’accès de Zoé Lambert"
    ]


def test_what_is_not_published_is_red_and_says_so_until_synchroniser(admin, cast, zoe):
    by_hand(cast)
    saved(admin, zoe, acces=[zoe.pk], notifier=[zoe.pk])
    assert (zoe.is_authorised, zoe.is_open, zoe.notify_wanted) == (True, False, True)
    page = admin.get(f"{GRID}?q=lambert")
    [row] = page.context["rows"]
    assert (row.state.label, row.unpublished) == ("Non synchronisé", {"is_authorised"})
    assert page.content.decode().count("non synchronisé") == 1
    assert admin.get(PUBLISH).context["plan"] == Plan(opening=1, closing=0, changing=0, written_to=1)
    assert OutgoingMail.objects.count() == 0
    assert told(admin.post(PUBLISH, follow=True)) == ["1 accès est synchronisé."]
    zoe.refresh_from_db()
    assert (zoe.is_open, zoe.notify_wanted, zoe.notified_to) == (True, False, "zoe@moimeme.example")
    to_her, copy = "zoe@moimeme.example", "contact@martin.example"
    assert {mail.to_email for mail in OutgoingMail.objects.all()} == {to_her, copy}


def test_notifier_is_one_shot_and_fills_its_columns(admin, cast):
    member = ClientMember.objects.get(user=cast.compta)
    saved(admin, member, acces=[member.pk], etait=[member.pk], notifier=[member.pk])
    assert (member.notify_wanted, member.notified_to) == (False, cast.compta.email)
    [row] = admin.get(f"{GRID}?q=compta").context["rows"]
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", row.notified_at)
    saved(admin, member, acces=[member.pk], etait=[member.pk], notifier=[member.pk])  # S3-31
    assert OutgoingMail.objects.filter(to_email=cast.compta.email).count() == 2


@pytest.mark.parametrize(
    ("email", "gives", "why"),
    [
        ("", True, "Zoé Lambert n’a pas d’adresse e-mail"),
        ("z@x.example", False, "L’accès de Zoé Lambert n’est pas ouvert"),
    ],
)
def test_who_cannot_be_written_to_is_named(admin, cast, email, gives, why):
    member = add_contact(cast.company, "Zoé Lambert", email)
    answer = saved(admin, member, notifier=[member.pk], **({"acces": [member.pk]} if gives else {}))
    assert [line for line in told(answer) if line.startswith(f"4 · Zoé Lambert – {why}")] != []
    assert (member.notify_wanted, OutgoingMail.objects.count()) == (False, 0)


def test_whoever_failed_too_often_is_verrouille_until_deverrouiller(admin, cast):
    for _ in range(5):
        Client().post("/connexion/", {"login": cast.compta.email, "password": "faux"})
    right = {"login": cast.compta.email, "password": PASSWORD}
    assert Client().post("/connexion/", right).status_code == 200  # the form again
    page = admin.get(f"{GRID}?etat=locked")
    [row] = page.context["rows"]
    assert (row.state.label, row.lock.label, "Verrouillé" in page.content.decode()) == (
        "Valide",
        "Verrouillé",
        True,
    )
    member = ClientMember.objects.get(user=cast.compta)
    with TestCase.captureOnCommitCallbacks(execute=True):  # the counts go with the commit
        answer = admin.post(SELECTION, {"choix": member.pk, "geste": "deverrouiller"}, follow=True)
    assert told(answer) == ["1 accès est déverrouillé."]
    assert [row.lock for row in admin.get(f"{GRID}?q=compta").context["rows"]] == [None]
    assert admin.get(f"{GRID}?etat=locked").context["rows"] == []
    assert Client().post("/connexion/", right).status_code == 302


def test_many_notices_behind_a_sender_that_may_not_send_are_kept_as_ticks(admin, cast, settings):
    """S1-08 is said once for each in the report; no mail « Erreur » by the thousand, and nothing is forgotten."""
    settings.MAIL_OUT = "smtp"
    answered(cast.martin, Answer.NO)
    members = [add_contact(cast.company, f"Contact {n}", f"c{n}@moimeme.example") for n in range(60)]
    for member in members:
        stories.authorise(member, by=cast.admin)
    chosen = [member.pk for member in members]
    admin.post(SELECTION, {"choix": chosen, "geste": "notifier"})
    tasks.jobs()
    job = Job.objects.get()
    assert (job.status, job.done, len(job.report), OutgoingMail.objects.count()) == ("done", 60, 60, 0)
    assert "n’est pas correctement préparée pour le portail" in job.report[0]
    waiting = ClientMember.objects.filter(pk__in=chosen, notify_wanted=True, notified_at=None)
    assert waiting.count() == 60
    answered(cast.martin, Answer.YES)
    admin.post(SELECTION, {"choix": chosen, "geste": "notifier"})
    tasks.jobs()
    assert (waiting.count(), OutgoingMail.objects.filter(to_email__in=emails_of(members)).count()) == (0, 60)


def emails_of(members):
    return [member.user.email for member in members]


def test_a_box_that_the_person_did_not_change_undoes_nothing(admin, cast, zoe):
    """Another administrator has given the access since the page was shown."""
    stories.authorise(zoe, by=cast.admin)
    saved(admin, zoe)  # the page showed it unticked, and so it was left
    assert zoe.is_authorised
    saved(admin, zoe, etait=[zoe.pk])
    assert not zoe.is_authorised


def test_an_access_taken_away_counts_at_the_next_request(admin, client, cast):
    person = type(client)()
    person.force_login(cast.compta)
    assert person.get("/entreprises/4/").status_code == 200
    member = ClientMember.objects.get(user=cast.compta)
    by_hand(cast)
    saved(admin, member, etait=[member.pk])
    answer = person.get("/entreprises/4/")
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/?next=/entreprises/4/")
    assert (member.user.is_active, member.is_open) == (False, False)


def test_whoever_has_another_access_stays_active(cast):
    other = add_contact(open_company(cast.martin, "31", "Fleurs"), "Sophie Roux", cast.compta.email)
    stories.authorise(other, by=cast.admin)
    stories.withdraw(cast.company.client_members.get(user=cast.compta), by=cast.admin)
    cast.compta.refresh_from_db()
    assert cast.compta.is_active
    stories.withdraw(other, by=cast.admin)
    cast.compta.refresh_from_db()
    assert not cast.compta.is_active


def test_an_address_active_at_another_firm_is_refused_with_the_remedy(admin, cast):
    twin = add_contact(cast.company, "Jan Vier", cast.patron.email)
    [said] = told(saved(admin, twin, acces=[twin.pk]))
    assert "alias de la même adresse" in said
    assert "Peeters" not in said
    assert (twin.is_authorised, twin.user.is_active) == (False, False)


def test_the_same_at_the_same_moment(cast, monkeypatch):
    """The other firm is faster between the look and the writing: the constraint refuses, in the same words."""
    twin = add_contact(cast.company, "Jan Vier", cast.patron.email)
    monkeypatch.setattr(User, "save", lambda self, **kwargs: raise_unique())
    User.objects.filter(pk=cast.patron.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="alias de la même adresse"):
        stories.authorise(twin, by=cast.admin)
    twin.refresh_from_db()
    assert not twin.is_authorised


def raise_unique():
    raise IntegrityError("active_email_once_in_the_portal")


def test_in_number_one_refusal_stops_no_other(admin, cast, zoe):
    twin = add_contact(cast.company, "Jan Vier", cast.patron.email)
    answer = admin.post(SELECTION, {"geste": "acces", "choix": [zoe.pk, twin.pk]}, follow=True)
    said = told(answer)
    assert [text.partition(" – ")[0] for text in said] == ["4 · Jan Vier", "1 accès est autorisé."]
    zoe.refresh_from_db()
    assert zoe.is_open


def test_more_than_a_few_go_to_a_worker_with_a_report(admin, cast, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    members = [add_contact(cast.company, f"Contact {n}", f"c{n}@x.example") for n in range(bulk.AT_ONCE)]
    twin = add_contact(cast.company, "Jan Vier", cast.patron.email)
    answer = admin.post(f"{SELECTION}?etat=none", {"geste": "acces", "choix": "tous"})
    job = Job.objects.get()
    assert (answer["Location"], job.total) == (job.get_absolute_url(), bulk.AT_ONCE + 1)
    tasks.jobs()
    job.refresh_from_db()
    assert (job.status, [line.partition(" – ")[0] for line in job.report]) == ("done", ["4 · Jan Vier"])
    assert ClientMember.objects.open().filter(pk__in=[m.pk for m in members]).count() == bulk.AT_ONCE
    assert not ClientMember.objects.open().filter(pk=twin.pk).exists()


def test_a_work_does_nothing_for_whoever_may_no_more(cast, zoe):
    from approvals.access.grid import Grid, People

    job = bulk.ask(Grid(cast.claire, People.CLIENTS), "acces", [zoe.pk])
    cast.claire.staff.attachments.all().delete()
    tasks.jobs()
    job.refresh_from_db()
    zoe.refresh_from_db()
    assert (job.status, zoe.is_authorised) == ("done", False)


def test_synchronisation_automatique_is_the_firm_administrators(admin, client, cast):
    assert told(admin.post("/parametres/portail/reglage/", follow=True)) == [
        "Les accès et les nouveaux documents attendent « Synchroniser »."
    ]
    assert not Firm.objects.get(pk=cast.martin.pk).publishes_by_itself
    admin.post("/parametres/portail/reglage/", {"publishes_by_itself": "on"})
    assert Firm.objects.get(pk=cast.martin.pk).publishes_by_itself


def test_a_client_administrator_reads_and_has_no_gesture(client, cast):
    client.force_login(cast.gerant)
    page = client.get(OF_COMPANY)
    assert [str(row.access.user) for row in page.context["rows"]] == ["Marc Roux", "Sophie Roux"]
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    assert re.findall(r'<form[^>]*method="post"|type="checkbox"', main) == []
    member = ClientMember.objects.get(user=cast.compta)
    save, withdraw = {"ligne": member.pk, "etait": member.pk}, {"geste": "retirer", "choix": member.pk}
    for gesture, data in (("enregistrer", save), ("selection", withdraw), ("synchroniser", {})):
        assert client.post(f"/entreprises/4/acces/clients/{gesture}/", data).status_code == 404
    member.refresh_from_db()
    assert member.is_authorised


def test_attached_staff_act_in_their_companies_alone(client, cast):
    other = add_contact(open_company(cast.martin, "31", "Fleurs"), "Ailleurs", "ailleurs@x.example")
    client.force_login(cast.hugo)
    for people in ("clients", "salaries"):
        client.post(f"/entreprises/4/acces/{people}/enregistrer/", {"ligne": [other.pk], "acces": [other.pk]})
        client.post(f"/entreprises/4/acces/{people}/selection/", {"geste": "acces", "choix": [other.pk]})
    other.refresh_from_db()
    assert not other.is_authorised


def test_the_same_number_is_another_person_in_the_other_tab(admin, cast):
    """A contact and a salarié may have the same key: a gesture of one tab never reaches the other."""
    employee = Employee.objects.get()
    Employee.objects.filter(pk=employee.pk).update(id=ClientMember.objects.get(user=cast.compta).pk)
    employee = Employee.objects.get()
    data = {"ligne": [employee.pk], "etait": [employee.pk]}
    admin.post("/parametres/portail/salaries/enregistrer/", data)
    employee.refresh_from_db()
    assert not employee.is_authorised
    assert ClientMember.objects.get(user=cast.compta).is_authorised


def test_the_grid_costs_the_same_for_many(admin, cast, monkeypatch):
    monkeypatch.setattr(AccessList, "page_size", 5)
    monkeypatch.setattr(EmployeeAccessList, "page_size", 5)

    def queries(path):
        with CaptureQueriesContext(connection) as captured:
            rows = len(admin.get(path).context["rows"])
        return rows, len(captured)

    def grow(numbers):
        for number in numbers:
            company = open_company(cast.martin, f"c{number}", f"Entreprise {number}")
            for where in (company, cast.company):
                add_contact(where, f"Contact {number}", f"c{number}@{where.code}.example")
                add_employee(where, f"Salarié {number}", str(number))

    paths = (GRID, OF_EMPLOYEES, OF_COMPANY)
    grow(range(6))
    few = {path: queries(path) for path in paths}
    grow(range(6, 16))
    assert {path: queries(path) for path in paths} == few
    assert {rows for rows, _ in few.values()} == {5}
    assert max(count for _, count in few.values()) <= 12


def test_identifiant_is_its_code_for_the_company(admin, cast):
    """One person, two companies: each row shows the identifiant that begins with its code."""
    other = open_company(cast.martin, "31", "Fleurs")
    add_contact(other, "Marc Roux", cast.gerant.email)
    shown = {row.access.company.code: row.code for row in admin.get(f"{GRID}?q=marc").context["rows"]}
    assert shown == {"4": "4", "31": "31"}
    assert LoginCode.objects.filter(user=cast.gerant).count() == 2
