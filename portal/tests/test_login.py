"""Logging in and out: one person behind an e-mail address or an identifiant (D-05), strangers told nothing (T32, T34)."""

import os
import re
import subprocess
import sys

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db.models import F
from django.test import Client
from django.urls import NoReverseMatch, reverse

from approvals.directory.opening import add_person, give_access, make_staff, open_company
from documents.models import Document
from mailing.models import OutgoingMail
from portal.models import ClientMember, Employee, Firm, LoginCode, User
from portal.testing import PASSWORD, arrive, mail_from
from portal.tests.second_factors import with_application
from portal.tests.test_screens import INLINE

pytestmark = [pytest.mark.django_db, pytest.mark.database]

REFUSED = "Identifiant ou mot de passe incorrect."


class CountedHasher(MD5PasswordHasher):
    """Hashes like the hasher of the tests, and counts."""

    algorithm = "counted"
    count = 0

    def encode(self, password, salt):
        CountedHasher.count += 1
        return super().encode(password, salt)


def log_in(client, login, password=PASSWORD, path="/connexion/", **more):
    return client.post(path, {"login": login, "password": password, **more})


def who(client):
    """The id of the person logged in, or None."""
    pk = client.session.get("_auth_user_id")
    return pk and int(pk)


@pytest.mark.parametrize(
    "login", ["gerant@moimeme.example", "Gerant@MoiMeme.Example", " GERANT@MOIMEME.EXAMPLE "]
)
def test_by_email_in_any_case(client, cast, login):
    answer = log_in(client, login)
    assert (answer.status_code, answer["Location"], who(client)) == (302, "/", cast.gerant.pk)


@pytest.mark.parametrize(
    ("path", "code", "person"),
    [
        ("/connexion/martin/", "4", "gerant"),
        ("/connexion/martin/", "4-compta", "compta"),
        ("/connexion/martin/", "4-lea", "lea"),
        ("/connexion/peeters/", "4", "patron"),
    ],
)
def test_by_identifiant_on_the_path_of_the_firm(client, cast, path, code, person):
    log_in(client, code, path=path)
    assert who(client) == getattr(cast, person).pk


def test_one_person_may_have_several_identifiants(client, cast):
    LoginCode.objects.create(firm=cast.martin, code="marc.roux", user=cast.gerant)
    log_in(client, "marc.roux", path="/connexion/martin/")
    assert who(client) == cast.gerant.pk


def test_identifiant_needs_no_firm_where_there_is_only_one(client, db):
    firm = Firm.objects.create(name="Cabinet Seul", slug="seul")
    person = add_person(firm, "Seule", "seule@seul.example", token="", password=PASSWORD)
    give_access(person, open_company(firm, "4", "Une SARL", token=""), login_code="4")
    log_in(client, "4")
    assert who(client) == person.pk


def test_person_without_address_logs_in_by_identifiant(client, cast):
    nour = add_person(cast.martin, "Nour Sans-Adresse", password=PASSWORD)
    give_access(nour, cast.company, login_code="4-nour", matricule="008")
    log_in(client, "4-nour", path="/connexion/martin/")
    assert who(client) == nour.pk
    assert client.get("/mes-documents/").status_code == 200


def test_the_path_of_a_firm_names_it_and_an_unknown_one_is_404(client, cast):
    assert "Bureau Peeters" in client.get("/connexion/peeters/").content.decode()
    assert client.get("/connexion/dupont/").status_code == 404
    assert log_in(client, cast.claire.email, path="/connexion/dupont/").status_code == 404
    assert who(client) is None


def test_a_look_alike_of_the_address_is_nobody(client, cast):
    """The Kelvin sign is a k to `str.lower()`; to D-02 only ASCII letters are lower-cased."""
    make_staff(add_person(cast.martin, "Erika", "erika@martin.example", password=PASSWORD))
    log_in(client, "eri\N{KELVIN SIGN}a@martin.example")
    assert who(client) is None


def inactive(email):
    User.objects.filter(email=email).update(is_active=False)


def access(**fields):
    ClientMember.objects.filter(user__email=GERANT).update(**fields)


def factor(_before):
    """What else was done, and a second factor."""
    with_application(User.objects.get(email=GERANT))


GERANT, LEA, NEW = "gerant@moimeme.example", "lea@moimeme.example", "nouveau@martin.example"
REFUSALS = {  # what was done before, the path, what is typed
    "nobody": (None, "", "personne@ailleurs.example"),
    "nobody’s identifiant": (None, "martin/", "999"),
    "identifiant without firm": (None, "", "4"),
    "identifiant of another firm": (None, "peeters/", "4-compta"),
    "firm typed before the identifiant": (None, "peeters/", "martin/4"),
    "opaque username": (lambda: User.objects.update(username=F("id")), "martin/", "1"),
    "no address": (None, "", "@"),
    "inactive": (lambda: inactive(GERANT), "", GERANT),
    "inactive, by identifiant": (lambda: inactive(GERANT), "martin/", "4"),
    "inactive staff": (lambda: inactive("hugo@martin.example"), "", "hugo@martin.example"),
    "without access": (lambda: ClientMember.objects.all().delete(), "", GERANT),
    "withdrawn access": (lambda: access(is_authorised=False), "", GERANT),
    "unpublished access": (lambda: Employee.objects.update(published={}), "", LEA),
    "archived": (lambda: access(is_archived=True), "", GERANT),
    "archived, by identifiant": (lambda: access(is_archived=True), "martin/", "4"),
    "without access, with a second factor": (lambda: factor(access(is_authorised=False)), "", GERANT),
    "inactive, with a second factor": (lambda: factor(inactive(GERANT)), "", GERANT),
    "published as withdrawn": (lambda: access(published={"is_authorised": False}), "", GERANT),
    "password never set": (lambda: make_staff(add_person(Firm.objects.first(), "Nouveau", NEW)), "", NEW),
}


@pytest.mark.parametrize(("before", "path", "login"), REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_is_that_of_a_wrong_password(cast, settings, before, path, login):
    """Same status, same page, same number of password hashings, though the password is the right one."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    for person in User.objects.all():
        person.set_password(PASSWORD)
        person.save()
    if before:
        before()
    path = f"/connexion/{path}"
    assert refusal(path, login, PASSWORD) == refusal(path, cast.claire.email, "un autre mot de passe")


ASKERS = {  # what was done before, and who asks for a link
    "nobody": (None, "personne@ailleurs.example"),
    "inactive": (lambda: inactive(GERANT), GERANT),
    "without access": (lambda: access(is_authorised=False), GERANT),
    "archived": (lambda: access(is_archived=True), GERANT),
    "a former address": (
        lambda: User.objects.filter(email=GERANT).update(email="neuf@moimeme.example"),
        GERANT,
    ),
    "a former address that an inactive person has": (lambda: pass_on(), GERANT),
    "with a second factor": (lambda: factor(None), GERANT),
    "somebody": (None, GERANT),
}


def pass_on():
    """The address of an active person was given up, and stands on the card of a contact without access."""
    User.objects.filter(email=GERANT).update(email="neuf@moimeme.example")
    add_person(Firm.objects.get(slug="peeters"), "Un autre", GERANT, is_active=False)


@pytest.mark.parametrize(("before", "login"), ASKERS.values(), ids=ASKERS)
def test_asking_for_a_link_reads_the_same_and_reaches_whoever_may_enter(
    client, cast, settings, before, login
):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    if before:
        before()
    count = CountedHasher.count
    answer = client.post("/connexion/oubli/", {"email": login})
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/oubli/envoye/")
    assert CountedHasher.count - count == 0
    may_enter = (
        User.objects.get(pk=cast.gerant.pk).may_log_in
        and User.objects.filter(pk=cast.gerant.pk, email=login).exists()
    )
    reached = [mail.to_email for mail in OutgoingMail.objects.all()]
    assert reached == ([GERANT] if may_enter else [])


@pytest.mark.parametrize(
    ("address", "is_secure"), [("http://localhost:8000", False), ("https://portail.example", True)]
)
def test_cookies_are_for_https_alone_where_there_is_https(tmp_path, address, is_secure):
    """The settings as a process reads them: each flag follows the address of the portal."""
    code = (
        "from django.conf import settings as s; "
        "print(bool(s.SESSION_COOKIE_SECURE), bool(s.CSRF_COOKIE_SECURE), s.SESSION_COOKIE_HTTPONLY, "
        "s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_SAMESITE, s.SESSION_EXPIRE_AT_BROWSER_CLOSE)"
    )
    environment = {
        **os.environ,
        "SITE_URL": address,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == [str(is_secure), str(is_secure), "True", "Lax", "Lax", "True"]


def refusal(path, login, password):
    """What a fresh browser sees of a login, how many hashings it took, and who is logged in then."""
    client, before = Client(), CountedHasher.count
    answer = log_in(client, login, password, path=path)
    hashings = CountedHasher.count - before
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    assert REFUSED in page
    return (
        answer.status_code,
        page.replace(f'value="{login}"', ""),
        list(answer.headers),
        hashings,
        who(client),
    )


def test_access_withdrawn_while_logged_in_ends_the_session(client, cast):
    client.force_login(cast.gerant)
    assert client.get("/entreprises/4/").status_code == 200
    ClientMember.objects.filter(user=cast.gerant).update(is_authorised=False)
    answer = client.get("/entreprises/4/")
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/?next=/entreprises/4/")


def test_after_the_login_comes_the_page_that_was_asked_for(client, cast):
    answer = log_in(client, cast.claire.email, path="/connexion/?next=/entreprises/4/box/")
    assert (answer.status_code, answer["Location"]) == (302, "/entreprises/4/box/")


AWAY = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("away", AWAY)
def test_next_never_leaves_the_portal(client, cast, away):
    query = log_in(client, cast.claire.email, path=f"/connexion/?next={away}")
    field = log_in(Client(), cast.claire.email, next=away)
    again = client.get("/connexion/", {"next": away})
    out = client.post("/deconnexion/", {"next": away})
    assert [answer["Location"] for answer in (query, field, again, out)] == ["/", "/", "/", "/connexion/"]


@pytest.mark.parametrize("away", AWAY)
def test_next_of_the_star_never_leaves_the_portal(client, cast, away):
    client.force_login(cast.claire)
    assert client.post("/entreprises/4/favori/", {"next": away})["Location"] == "/portefeuille/"


def test_key_of_the_session_rotates_at_login(client, cast):
    client.get("/connexion/")
    session = client.session
    session["planted"] = "by whoever sent the link"
    session.save()
    client.cookies["portail"] = planted = session.session_key
    log_in(client, cast.claire.email)
    assert who(client) == cast.claire.pk
    assert client.session.session_key != planted
    client.cookies["portail"] = planted
    assert client.get("/portefeuille/").status_code == 302


def test_cookie_of_the_session_is_for_the_server_alone(client, cast):
    cookie = log_in(client, cast.claire.email).cookies["portail"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_logging_out_is_a_post(client, cast, method):
    client.force_login(cast.claire)
    answer = getattr(client, method)("/deconnexion/")
    assert (answer.status_code, who(client)) == (200 if method == "options" else 405, cast.claire.pk)


def test_logging_out_ends_the_session_and_its_downloads(client, cast):
    arrive(mail_from(cast.compta.email))
    document = reverse("documents:download", args=[Document.objects.get().pk])
    log_in(client, cast.compta.email)
    stolen = client.cookies["portail"].value
    assert client.get(document).status_code == 200
    assert client.post("/deconnexion/")["Location"] == "/connexion/"
    client.cookies["portail"] = stolen
    assert client.get(document)["Location"] == f"/connexion/?next={document}"


TOO_OFTEN = "Trop d’essais de connexion. Réessayez dans quelques minutes."


def test_sixth_failure_of_one_login_is_told_in_french(client, cast):
    pages = [log_in(client, cast.claire.email, "faux").content.decode() for _ in range(6)]
    assert [REFUSED in page for page in pages] == [True] * 5 + [False]
    assert [TOO_OFTEN in page for page in pages] == [False] * 5 + [True]
    log_in(client, cast.claire.email)
    assert who(client) is None


def test_limit_of_an_identifiant_does_not_cross_firms(client, cast):
    for _ in range(6):
        log_in(client, "4", "faux", path="/connexion/martin/")
    log_in(client, "4", path="/connexion/peeters/")
    assert who(client) == cast.patron.pk


def test_eleventh_failure_of_one_machine_is_told_whatever_address_it_claims(client, cast):
    pages = [
        client.post(
            "/connexion/",
            {"login": f"{number}@ailleurs.example", "password": "faux"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).content.decode()
        for number in range(11)
    ]
    assert [TOO_OFTEN in page for page in pages] == [False] * 10 + [True]


def test_thirty_first_attempt_of_a_minute_is_told_in_french(client, cast):
    for _ in range(30):
        log_in(client, cast.claire.email, "")
    answer = log_in(client, cast.claire.email)
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.content.decode()


@pytest.mark.parametrize("prefix", ["/", "/accounts/", "/connexion/"])
def test_pages_of_allauth_and_of_the_admin_do_not_exist(client, cast, prefix):
    pages = [
        "signup/",
        "email/",
        "password/change/",
        "password/reset/",
        "confirm-email/",
        "inactive/",
        "admin/",
    ]
    answers = [client.get(prefix + page).status_code for page in pages]
    client.force_login(cast.admin)
    answers += [client.post(prefix + page).status_code for page in pages if prefix != "/connexion/"]
    assert set(answers) == {404}
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_the_page_of_the_login_is_not_kept(client, db):
    assert "no-store" in client.get("/connexion/")["Cache-Control"]


def test_the_page_of_the_login_runs_no_inline_code(client, db):
    answer = client.get("/connexion/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert re.findall(INLINE, answer.content.decode()) == []


def test_a_host_that_is_not_ours_is_refused(client, db):
    assert client.get("/connexion/", headers={"host": "evil.example"}).status_code == 400
