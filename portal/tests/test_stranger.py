"""The stranger knocks on every door: what is not one's own answers like what does not exist (D-01, T35).

The doors are taken from the resolver, the objects behind them from the demonstration. A path parameter that
`OF_COMPANY` and `OF_CLAIRE` do not know fails the test: whoever adds a URL says there what its parameter holds.
"""

from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from approvals.directory.opening import add_person, attach, make_staff
from approvals.models import SenderAddress
from documents.models import Document
from mailing.models import Fate, InboundMail, OutgoingMail
from portal import demo
from portal.models import ClientMember, Company, Firm, User
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLAIRES = "claire.mes-documents@martin.depot.localhost"
METHODS = ("GET", "HEAD", "POST", "HTMX")


@dataclass(frozen=True)
class Door:
    name: str
    parameters: tuple[str, ...]
    is_public: bool


def doors(patterns=None, namespace="", parameters=()):
    """Every URL pattern of the project, with the names of its path parameters."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        found = (*parameters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from doors(pattern.url_patterns, inner, found)
        else:
            yield Door(
                f"{namespace}{pattern.name}", found, not getattr(pattern.callback, "login_required", True)
            )


DOORS = {door.name: door for door in doors()}
PRIVATE = [door for door in DOORS.values() if not door.is_public]


def four():
    return Company.objects.get(firm__slug="martin", code="4")


def received():
    return (
        InboundMail.objects.filter(company=four(), sender="facturation@bois-dumas.example").earliest("pk").pk
    )


def sent():
    return OutgoingMail.objects.filter(company=four()).earliest("pk").pk


def claires_mail():
    return InboundMail.objects.get(address__address=CLAIRES, status=Fate.HELD).pk


# What a path parameter holds, by its name, or by « view name parameter » where the name alone does not say it.
# First an object of company 4 of Cabinet Martin, then one of Claire's Mes documents, which nobody else sees.
OF_COMPANY = {
    "code": lambda: "4",
    "address_id": lambda: SenderAddress.objects.get(company=four(), address="scan@moimeme.example").pk,
    "document_id": lambda: Document.objects.filter(company=four()).earliest("pk").pk,
    "mailing:inbound mail_id": received,
    "mailing:inbound_raw mail_id": received,
    "mailing:retry mail_id": received,
    "mailing:email mail_id": sent,
    "mailing:resend mail_id": sent,
}
OF_CLAIRE = {
    "document_id": lambda: Document.objects.filter(owner__email="claire@martin.example").earliest("pk").pk,
    "mailing:inbound mail_id": claires_mail,
    "mailing:inbound_raw mail_id": claires_mail,
    "mailing:retry mail_id": claires_mail,
    "documents:file_own mail_id": claires_mail,
    "documents:discard_own mail_id": claires_mail,
}


def in_table(table, door, name):
    return next((key for key in (f"{door.name} {name}", name) if key in table), None)


def leads_to(table):
    """The doors whose every parameter is in `table`."""
    return [d for d in PRIVATE if d.parameters and all(in_table(table, d, name) for name in d.parameters)]


def path_of(door, table, **instead):
    held = {name: table[in_table(table, door, name)]() for name in door.parameters}
    return reverse(door.name, kwargs=held | instead)


OWNER = "claire@martin.example"
OTHER_FIRM = ("admin@peeters.example", "patron@vier.example")
SAME_FIRM = (
    "nadia@martin.example",  # staff, attached to company 27 only
    "jean@garage-morel.example",  # client administrator of company 27
    "compta@moimeme.example",  # client user of company 4: for the doors without a mark in ui.md
    "lea@moimeme.example",  # employee of company 4
)
DEPLOYMENT = "exploitation@portail.example"  # is_superuser, no firm
POSTED = {
    "portal:star",
    "mailing:retry",
    "mailing:resend",
    "documents:file_own",
    "documents:discard_own",
    "approvals:accept",
    "approvals:refuse",
    "approvals:blacklist",
}
OPEN_TO_CLIENT_USER = ("portal:company", "documents:box", "documents:image", "documents:download")


def is_open_to(door, email):
    """A door without an object of its own is one's own company's; a client user has its marks in ui.md."""
    own = email in OTHER_FIRM and door.parameters == ("code",)
    return own or (email == "compta@moimeme.example" and door.name in OPEN_TO_CLIENT_USER)


@pytest.fixture(scope="module", autouse=True)
def demonstration(django_db_setup, django_db_blocker):
    """Loaded once for all the knocks, in a transaction that is given up at the end."""
    whole = transaction.atomic()
    whole._from_testcase = True  # as Django's own TestCase says: what is durable may nest in it
    with django_db_blocker.unblock(), whole:
        demo.load()
        martin = Firm.objects.get(slug="martin")
        nadia = make_staff(add_person(martin, "Nadia Petit", "nadia@martin.example", token=""))
        attach(nadia, Company.objects.get(firm=martin, code="27"))
        User.objects.create(name="Exploitation", email=DEPLOYMENT, is_superuser=True)
        arrive(mail_from(OWNER, to=CLAIRES, subject="Contrat de Claire"), CLAIRES, local=False)
        yield
        transaction.set_rollback(True)


def logged_in(email, **how) -> Client:
    client = Client(**how)
    client.force_login(User.objects.get(email=email))
    return client


def knock(client, method, path):
    if method == "HTMX":
        return client.get(path, headers={"HX-Request": "true"})
    return client.generic(method, path)


def words_of(slug):
    """What only the people of a firm may read: names, addresses, subjects, files."""
    firm = Firm.objects.get(slug=slug)
    columns = (
        firm.companies.values_list("name", flat=True),
        firm.people.values_list("name", flat=True),
        firm.people.exclude(email="").values_list("email", flat=True),
        firm.inbound_addresses.values_list("address", flat=True),
        SenderAddress.objects.filter(company__firm=firm).values_list("address", flat=True),
        InboundMail.objects.filter(address__firm=firm).values_list("subject", flat=True),
        OutgoingMail.objects.filter(firm=firm).values_list("subject", flat=True),
        Document.objects.filter(firm=firm).values_list("name", flat=True),
    )
    return {firm.name}.union(*columns)


def test_every_parameter_is_known():
    unknown = [
        f"{door.name} {name}"
        for door in PRIVATE
        for name in door.parameters
        if not in_table(OF_COMPANY, door, name) and not in_table(OF_CLAIRE, door, name)
    ]
    assert unknown == [], "say in OF_COMPANY or OF_CLAIRE of test_stranger.py what these parameters hold"


def test_the_doors_without_login_are_these():
    assert sorted(door.name for door in DOORS.values() if door.is_public) == [
        "account_login",
        "account_logout",
        "mailing:brevo",
        "portal:firm_login",
        "portal:health",
    ]


@pytest.mark.parametrize("table", [OF_COMPANY, OF_CLAIRE], ids=["company", "claire"])
def test_the_owner_enters(table):
    """The objects are there: without this every 404 below would say nothing."""
    client = logged_in(OWNER)
    answers = {d.name: client.get(path_of(d, table)).status_code for d in leads_to(table)}
    assert answers == {name: 405 if name in POSTED else 200 for name in answers}


@pytest.mark.parametrize("email", [*OTHER_FIRM, *SAME_FIRM, DEPLOYMENT])
def test_stranger_of_a_company(email):
    shut = [door for door in leads_to(OF_COMPANY) if not is_open_to(door, email)]
    assert opened(shut, OF_COMPANY, email) == []


@pytest.mark.parametrize("email", ["admin@martin.example", *OTHER_FIRM, *SAME_FIRM, DEPLOYMENT])
def test_mes_documents_are_their_owner_s_alone(email):
    assert opened(leads_to(OF_CLAIRE), OF_CLAIRE, email) == []


@pytest.mark.parametrize("email", [*OTHER_FIRM, DEPLOYMENT])
@pytest.mark.parametrize("code", ["12", "27"])
def test_a_code_that_only_the_other_firm_has(code, email):
    shut = [door for door in PRIVATE if door.parameters == ("code",)]
    assert opened(shut, OF_COMPANY, email, code=code) == []


def opened(shut, table, email, **instead):
    """Which of the doors do not answer 404 with the very page of an address that leads nowhere.

    A 405 is as good, where the owner meets it too.
    """
    client, owner = logged_in(email), logged_in(OWNER)
    nowhere = client.get("/nulle-part/").content
    found = []
    for door in shut:
        path, owners = path_of(door, table, **instead), path_of(door, table)
        for method in METHODS:
            answer = knock(client, method, path)
            if answer.status_code == 405:
                right = knock(owner, method, owners).status_code == 405
            else:
                right = answer.status_code == 404 and answer.content == (b"" if method == "HEAD" else nowhere)
            if not right:
                found.append((door.name, method, answer.status_code))
    return found


def test_anonymous_is_led_to_the_login(client):
    for table in (OF_COMPANY, OF_CLAIRE):
        for door in leads_to(table):
            path = path_of(door, table)
            for method in METHODS:
                answer = knock(client, method, path)
                led = (door.name, method, answer.status_code, answer.get("Location"))
                assert led == (door.name, method, 302, f"/connexion/?next={path}")


PEOPLE = [
    ("admin@peeters.example", "Vier BV", "martin"),
    ("patron@vier.example", "Vier BV", "martin"),
    ("admin@martin.example", "Moi Même SARL", "peeters"),
    ("gerant@moimeme.example", "Moi Même SARL", "peeters"),
]


@pytest.mark.parametrize(("email", "own", "other_firm"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_the_same_code_is_one_s_own_company(email, own, other_firm):
    client, foreign = logged_in(email), words_of(other_firm)
    for door in PRIVATE:
        if door.parameters in ((), ("code",)):
            for method in ("GET", "HTMX"):
                answer = knock(client, method, path_of(door, OF_COMPANY))
                page = answer.content.decode()
                assert {word for word in foreign if word in page} == set(), door.name
                if door.parameters and answer.status_code == 200:
                    assert own in page, door.name


def test_the_administrator_of_the_deployment_sees_nothing():
    client, foreign = logged_in(DEPLOYMENT), words_of("martin") | words_of("peeters")
    for door in PRIVATE:
        if not door.parameters:
            page = client.get(path_of(door, {})).content.decode()
            assert {word for word in foreign if word in page} == set(), door.name


@pytest.mark.parametrize("query", ["scan@moimeme.example", "Copieur"])
def test_a_search_finds_nothing_of_the_other_firm(query):
    answer = logged_in("patron@vier.example").get("/entreprises/4/acces-email/", {"q": query})
    assert "Aucune adresse ne correspond" in answer.content.decode()
    assert [chip.count for chip in answer.context["counts"]] == [0] * 5


def test_a_mail_of_the_other_firm_is_not_accepted_by_its_number():
    foreign = InboundMail.objects.get(pk=received())
    arrive(
        mail_from("inconnu@ailleurs.example", to="4.box@peeters.depot.localhost"),
        "4.box@peeters.depot.localhost",
        local=False,
    )
    own = SenderAddress.objects.get(company__firm__slug="peeters", address="inconnu@ailleurs.example")
    logged_in("patron@vier.example").post(
        f"/entreprises/4/acces-email/{own.pk}/accepter/", {"seen": own.status, "mails": [foreign.pk]}
    )
    foreign.refresh_from_db()
    assert (foreign.fate, Document.objects.filter(source__mail=foreign).count()) == (Fate.HELD, 0)


@pytest.mark.parametrize("email", OTHER_FIRM)
def test_an_access_across_firms_opens_nothing(email):
    """Such rows are written by nobody; were they there, they would open nothing."""
    person, company = User.objects.get(email=email), four()
    access = {"is_authorised": True, "published": {"is_authorised": True}}
    ClientMember.objects.create(company=company, user=person, is_admin=True, **access)
    if person.staff:
        attach(person.staff, company)
    shut = [door for door in leads_to(OF_COMPANY) if not is_open_to(door, email)]
    assert opened(shut, OF_COMPANY, email) == []
    assert list(Company.objects.visible_to(person).values_list("name", flat=True)) == ["Vier BV"]
