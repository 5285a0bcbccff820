"""GET, HEAD and OPTIONS decide nothing (design.md, « GET »; D-15, T14); a decision is the POST of a person, with its token.

The four places that may append a fact on GET go through `portal.history.seen()`; three of them exist: two for measured
mails, and a document that a mail told its reader of.
"""

import re
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from approvals.models import AddressStatus, SenderAddress
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import Fate, InboundMail, OutgoingMail
from portal.testing import arrive, mail_from
from portal.tests.test_stranger import (
    DOORS,
    OF_ANYONE,
    OF_CLAIRE,
    OF_COMPANY,
    OF_FIRM,
    OWNER,
    demonstration,  # noqa: F401 : loaded for this module too
    leads_to,
    logged_in,
    path_of,
    received,
)

pytestmark = pytest.mark.django_db  # querysets decide, the same on each database: once is enough

TABLES = (OF_COMPANY, OF_FIRM, OF_CLAIRE, OF_ANYONE)
SAFE = ("GET", "HEAD", "OPTIONS")
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
KEPT_ASIDE = ("django_session", "portal_cache")  # a visit's own: the session, and counts of attempts
OWN_APPS = ("portal", "mailing", "notifications", "documents", "approvals")
APPENDING = ("mailing:opened", "mailing:clicked")
SHOWING = ("documents:document", "documents:download", "documents:document_print")  # « vu » (D-43)
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
WITHOUT_TOKEN = ("/webhooks/", "/desabonnement/")
APPROVER = "gerant@moimeme.example"
READERS = (APPROVER, "compta@moimeme.example")
PERSONS = (
    None,
    "admin@martin.example",
    OWNER,
    APPROVER,
    "compta@moimeme.example",
    "lea@moimeme.example",
)


@contextmanager
def writes():
    """The statements that change the database."""
    found = []

    def watch(execute, sql, params, many, context):
        if not sql.lstrip("( ").upper().startswith(READS) and not any(name in sql for name in KEPT_ASIDE):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def tables_of(statements):
    return [re.search(r'"(\w+)"', sql)[1] for sql in statements]


def every_path():
    """A path through every door of the project, with an object behind it where it takes one."""
    plain = {reverse(door.name) for door in DOORS.values() if not door.parameters}
    return plain | {path_of(door, table) for table in TABLES for door in leads_to(table)}


@pytest.mark.parametrize("email", PERSONS)
def test_looking_changes_nothing(email):
    """But for what the two places append to a measured mail, its event, and that a reader was given a document; never
    by HEAD."""
    client = logged_in(email, headers=BROWSER) if email else Client(headers=BROWSER)
    changed, failed = {}, []
    for path in every_path():
        for method in SAFE if email in (None, OWNER) else SAFE[:1]:
            with writes() as statements:
                answer = client.generic(method, path)
            if statements:
                changed[method, path] = tables_of(statements)
            failed += [(method, path)] if answer.status_code >= 500 else []
    appended = {("GET", path_of(DOORS[name], OF_ANYONE)): ["mailing_mailevent"] for name in APPENDING}
    read = {place: tables for place, tables in changed.items() if tables == ["documents_documentview"]}
    shown = {path_of(DOORS[name], OF_COMPANY) for name in SHOWING} if email in READERS else set()
    assert {path for _method, path in read} == shown
    assert {method for method, _path in read} <= {"GET"}
    assert ({place: tables for place, tables in changed.items() if place not in read}, failed) == (
        appended,
        [],
    )


def test_only_these_places_may_append():
    """Who asks `seen()`; whoever appends on GET without asking fails the test above."""
    asking = {
        str(path.relative_to(settings.BASE_DIR))
        for app in OWN_APPS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts and re.search(r"\bhistory\.seen\(", path.read_text())
    }
    assert asking == {
        "mailing/tracking/measuring.py",
        "mailing/tracking/viewing.py",
        "documents/publication/seen.py",
    }


def test_the_watch_sees_a_write():
    """Without this the test above could not fail."""
    client = logged_in(OWNER)
    with writes() as statements:
        client.post("/entreprises/4/favori/")
    assert tables_of(statements) == ["portal_attachment", "portal_historyentry"]


def test_a_post_without_its_token_is_refused():
    """Before anything is looked up; only the webhook of a provider has another proof, its secret, and the one click of
    RFC 8058, which a mailbox posts without a page before, its own."""
    client = logged_in(OWNER, enforce_csrf_checks=True)
    with writes() as statements:
        answers = {path: client.post(path) for path in every_path() if not path.startswith(WITHOUT_TOKEN)}
    assert statements == []
    assert {path for path, answer in answers.items() if answer.status_code != 403} == set()
    assert {"rien n’a été fait" in answer.content.decode() for answer in answers.values()} == {True}


STRANGER = "facturation@bois-dumas.example"


@pytest.fixture
def link(settings):
    """The path of the link in the mail that asks the client administrator about a stranger."""
    address = SenderAddress.objects.get(address=STRANGER)
    mail = OutgoingMail.objects.get(kind=MailKind.APPROVAL_REQUEST, to_email=APPROVER, about_id=address.pk)
    [path] = set(re.findall(rf"{re.escape(settings.SITE_URL)}(/\S*)", mail.text))
    return path


def status():
    return SenderAddress.objects.get(address=STRANGER).badge


def everything():
    """Every row of our own tables."""
    models = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models()]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.mark.parametrize(("email", "codes"), [(None, {302}), (APPROVER, {200, 405})])
def test_a_hundred_visits_of_the_approver_s_link_decide_nothing(link, email, codes):
    client = logged_in(email) if email else Client()
    before = everything()
    assert {client.generic(SAFE[number % 3], link).status_code for number in range(100)} == codes
    assert everything() == before


@pytest.mark.parametrize("email", [None, OWNER, APPROVER])
def test_visits_of_a_reset_link_do_not_spend_it(email):
    """Scanners open it too; only the new password, posted, spends it (T18)."""
    client = logged_in(email) if email else Client()
    link = path_of(DOORS["account_reset_password_from_key"], OF_ANYONE)
    before = everything()
    for number in range(12):
        client.generic(SAFE[number % 3], link, follow=True)
    assert everything() == before
    assert Client().get(link)["Location"].endswith("-set-password/")


def test_logged_out_the_link_leads_to_the_login_and_from_there_to_the_request(client, link):
    assert client.get(link)["Location"] == f"/connexion/?next={link}"
    page = logged_in(APPROVER).get(f"/connexion/?next={link}", follow=True)
    assert page.redirect_chain == [(link, 302)]
    assert STRANGER in page.content.decode()


def test_the_page_says_who_wrote_what_and_how_sure_it_is(link):
    """D-15: the sender, the subject, the attachments and the authentication result."""
    page = logged_in(APPROVER).get(link).content.decode()
    told = (STRANGER, "Facture 0815", "facture-0815.pdf", "Facture 0816", "expéditeur authentifié")
    assert [words for words in told if words not in page] == []


def test_only_the_approver_s_own_post_with_its_token_decides(link):
    browser = logged_in(APPROVER, enforce_csrf_checks=True)
    page = browser.get(link).content.decode()
    [action] = re.findall(rf'action="({link}accepter/)"', page)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    decision = {"seen": AddressStatus.PENDING}
    assert (browser.post(action, decision).status_code, status()) == (403, AddressStatus.PENDING)
    answer = browser.post(action, decision | {"csrfmiddlewaretoken": token})
    assert (answer.status_code, status()) == (302, AddressStatus.AUTHORISED)


@pytest.mark.parametrize(
    ("email", "code"),
    [
        (None, 302),
        ("compta@moimeme.example", 404),
        ("lea@moimeme.example", 404),
        ("admin@peeters.example", 404),
        ("patron@vier.example", 404),
    ],
)
def test_nobody_else_s_post_decides(link, email, code):
    client = logged_in(email) if email else Client()
    for decision in ("accepter", "refuser", "blacklister"):
        answer = client.post(f"{link}{decision}/", {"seen": AddressStatus.PENDING})
        assert (decision, answer.status_code, status()) == (decision, code, AddressStatus.PENDING)


def test_a_mail_of_the_other_firm_is_not_accepted_by_its_number():
    foreign, box = InboundMail.objects.get(pk=received()), "4.box@peeters.depot.localhost"
    arrive(mail_from("inconnu@ailleurs.example", to=box), box, local=False)
    own = SenderAddress.objects.get(company__firm__slug="peeters", address="inconnu@ailleurs.example")
    ticked = {"seen": own.status, "mails": [foreign.pk]}
    logged_in("patron@vier.example").post(f"/entreprises/4/acces-email/{own.pk}/accepter/", ticked)
    foreign.refresh_from_db()
    assert (foreign.fate, Document.objects.filter(source__mail=foreign).count()) == (Fate.HELD, 0)
