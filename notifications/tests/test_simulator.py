"""The simulator: it says beforehand what the outbox does, tries settings without saving them, and costs little."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.directory.opening import open_company
from mailing.kinds import AUTOMATIC, MailKind
from mailing.sending import outbox
from portal.models import ClientGroup, Company, HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SCREEN = "/parametres/communication/"
VALUES = {"communication_email": "contact@martin.example", "functional_email": ""} | {
    f"{kind}-{name}": value
    for kind in AUTOMATIC
    for name, value in (("configuration", "standard"), ("rhythm", "at_once"))
}


@pytest.fixture
def world(cast):
    """Companies 4 with a gestionnaire, 12 with nobody, 27 with a groupe, 31 with a groupe that nobody reads."""
    south = ClientGroup.objects.create(firm=cast.martin, name="Sud", email="sud@martin.example")
    north = ClientGroup.objects.create(
        firm=cast.martin, name="Nord", email="noreply@nord.example", email_is_unread=True
    )
    cast.company.manager = cast.claire.staff
    cast.company.save()
    open_company(cast.martin, "12", "Boulangerie Petit", token="")
    open_company(cast.martin, "27", "Garage Morel", token="", group=south)
    open_company(cast.martin, "31", "Nord Frères", token="", group=north)
    return cast


@pytest.fixture
def see(world, client):
    client.force_login(world.admin)
    return lambda **query: client.get(SCREEN, query)


def shown(answer):
    """Of each company and kind: the sender's address, and who receives."""
    return {
        (company.code, kind): (line.outcome.sender.address, line.outcome.received.text)
        for company, lines in answer.context["page"].shown
        for line in lines
        for kind in line.kinds
    }


def test_it_says_of_every_company_and_kind_what_the_outbox_does(world, see):
    world.martin.notification_from = "noreply@martin.example"
    world.martin.save()
    said = {where: sender for where, (sender, _) in shown(see()).items()}
    done = {
        (company.code, kind): outbox.sender_of(kind, world.martin, company).address
        for company in Company.objects.filter(firm=world.martin)
        for kind in MailKind
    }
    assert said == done
    assert len(said) == 4 * len(MailKind)


def test_it_says_who_would_receive_and_why(world, see):
    answer = see()
    to = {code: text for (code, kind), (_, text) in shown(answer).items() if kind == MailKind.FAILED_TASK}
    contact = "Adresse de communication <contact@martin.example>"
    assert to == {
        "4": "Claire Dupont <claire@martin.example>",
        "12": contact,
        "27": "Groupe de clients <sud@martin.example>",
        "31": contact,
    }
    assert "personne ne lit cette adresse" in answer.content.decode()
    assert shown(answer)["4", MailKind.WELCOME][1] == (
        "la personne concernée ; en copie pour le suivi : Claire Dupont <claire@martin.example>"
    )


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, ["4", "12", "27", "31"]),
        ({"branche": "manager"}, ["4"]),
        ({"branche": "group"}, ["27", "31"]),
        ({"branche": "communication"}, ["4", "12", "27", "31"]),
        ({"branche": "communication", "type": "welcome"}, ["12"]),
        ({"branche": "functional"}, []),
        ({"type": "invoice"}, ["4", "12", "27", "31"]),
        ({"erreurs": "oui"}, []),
        ({"q": "sud"}, ["27"]),
        ({"q": "claire"}, ["4"]),
        ({"q": "frères", "branche": "group"}, ["31"]),
        ({"branche": "inconnue", "type": "%00", "changements": "oui"}, ["4", "12", "27", "31"]),
    ],
)
def test_filters_and_search(see, query, codes):
    assert [company.code for company, _ in see(**query).context["page"].shown] == codes


def test_a_filter_leaves_only_the_lines_it_is_about(see):
    said = shown(see(type="welcome", branche="group"))
    assert said.keys() == {("27", MailKind.WELCOME), ("31", MailKind.WELCOME)}


def test_errors_are_found(world, see):
    world.martin.communication_email = ""
    world.martin.save()
    lines = shown(see(erreurs="oui"))
    assert lines["12", MailKind.WELCOME] == ("", "la personne concernée")
    assert lines["12", MailKind.FAILED_TASK] == ("", "")
    assert ("4", MailKind.WELCOME) not in lines
    assert ("4", MailKind.PENDING) in lines


@pytest.fixture
def tried(world, client):
    """Posts « Essayer » with changes and follows; the page that shows what they would do."""
    client.force_login(world.admin)

    def tried(**changes):
        answer = client.post(SCREEN, VALUES | changes | {"essayer": "oui"})
        assert answer.status_code == 302
        return client.get(answer["Location"]), parse_qs(urlsplit(answer["Location"]).query)["essai"][0]

    return tried


def test_a_try_shows_what_would_change_and_saves_nothing(world, tried):
    changes = {"failed_task-configuration": "custom", "failed_task-recipients": [world.hugo.staff.pk]}
    page, _ = tried(functional_email="compta@martin.example", **changes)
    changed = {
        (company.code, kind.value): (line.outcome.sender.address, line.before.sender.address)
        for company, lines in page.context["page"].shown
        for line in lines
        if line.before
        for kind in line.kinds
        if kind in (MailKind.WELCOME, MailKind.FAILED_TASK, MailKind.PENDING)
    }
    contact, compta = "contact@martin.example", "compta@martin.example"
    assert changed == {
        ("12", "welcome"): (compta, contact),
        ("31", "welcome"): ("noreply@nord.example",) * 2,
    } | {(code, "failed_task"): (contact, contact) for code in ("4", "12", "27", "31")}
    assert page.context["form"].addresses["functional_email"].value() == compta
    world.martin.refresh_from_db()
    assert (world.martin.functional_email, HistoryEntry.objects.count()) == ("", 0)


def test_a_try_shows_the_tick_that_follows_the_name(tried):
    page, _ = tried(functional_email="noreply@martin.example")
    assert page.context["form"].addresses["functional_is_unread"].value() is True
    assert shown(page)["12", MailKind.WELCOME][0] == "noreply@martin.example"
    assert shown(page)["12", MailKind.FAILED_TASK][1] == "Adresse de communication <contact@martin.example>"


def test_a_try_is_filtered_and_its_links_keep_it(see, tried):
    _, essai = tried(functional_email="compta@martin.example")
    page = see(essai=essai, changements="oui", type="access").context["page"]
    assert [company.code for company, _ in page.shown] == ["12"]
    assert {
        essai in parse_qs(urlsplit(url).query)["essai"]
        for url in (page.next_url or page.here, page.whole_url)
    } == {True}
    assert page.here.endswith("#simulateur")


def test_a_try_that_would_be_refused_is_refused(world, client):
    client.force_login(world.admin)
    page = client.post(SCREEN, VALUES | {"communication_email": "", "essayer": "oui"})
    assert (page.status_code, "Il faut au moins une adresse" in page.content.decode()) == (200, True)


@pytest.mark.parametrize("essai", ["x", "a:b:c", "%00", "é" * 900])
def test_a_try_that_nobody_made_is_none(see, essai):
    answer = see(essai=essai)
    assert (answer.status_code, answer.context["page"].tried) == (200, "")


def test_export_has_a_line_for_each_outcome(see):
    text = b"".join(see(export="csv", type="welcome")).decode("utf-8-sig")
    head, *lines = text.splitlines()
    assert head == (
        "Code;Entreprise;Mails;Expéditeur;Nom affiché;Répondre à;Pourquoi cette adresse;Destinataire;"
        "Pourquoi ce destinataire;Erreur;Aujourd’hui"
    )
    assert [line.split(";")[:5] for line in lines] == [
        [
            "4",
            "Moi Même SARL",
            "Bienvenue sur le portail",
            "claire@martin.example",
            "Claire Dupont – Cabinet Martin",
        ],
        ["12", "Boulangerie Petit", "Bienvenue sur le portail", "contact@martin.example", "Cabinet Martin"],
        ["27", "Garage Morel", "Bienvenue sur le portail", "sud@martin.example", "Cabinet Martin"],
        ["31", "Nord Frères", "Bienvenue sur le portail", "noreply@nord.example", "Cabinet Martin"],
    ]
    assert (
        "Gestionnaire du dossier : le dossier n’a pas de gestionnaire attitré → Groupe de clients" in lines[2]
    )


def test_five_thousand_companies_cost_the_queries_of_four(world, see):
    def cost(**query):
        with CaptureQueriesContext(connection) as captured:
            answer = see(**query)
            rows = (
                len(b"".join(answer).splitlines()) if "export" in query else len(answer.context["page"].rows)
            )
        return len(captured), rows

    asked = (
        {},
        {"branche": "group", "type": "welcome"},
        {"erreurs": "oui"},
        {"export": "csv", "type": "welcome"},
    )
    few = [cost(**query) for query in asked]
    groups = ClientGroup.objects.bulk_create(
        ClientGroup(firm=world.martin, name=f"Groupe {number}", email=f"g{number}@martin.example")
        for number in range(50)
    )
    staff = [None, world.claire.staff, world.hugo.staff]
    Company.objects.bulk_create(
        Company(
            firm=world.martin,
            code=f"c{number}",
            name=f"Entreprise {number}",
            manager=staff[number % 3],
            group=groups[number % 50],
        )
        for number in range(4996)
    )
    many = [cost(**query) for query in asked]
    assert [rows for _, rows in many] == [10, 10, 0, 5001]
    exported = (few[3][0], many[3][0])
    assert ([queries for queries, _ in many[:3]], exported[1] <= exported[0] + 5) == (
        [q for q, _ in few[:3]],
        True,
    )
    assert max(queries for queries, _ in many) <= 15
