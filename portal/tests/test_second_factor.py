"""The second factor: set up, asked for, lost, removed; and firms that ask their staff for one."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from mailing.models import OutgoingMail
from portal.login import second_factor
from portal.models import ClientMember, HistoryEntry, User
from portal.testing import PASSWORD
from portal.tests.second_factors import SECRET, code_of, rescue_codes, with_application, with_key
from portal.tests.test_login import REFUSED, TOO_OFTEN, log_in, who
from portal.tests.test_screens import INLINE

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SECURITY, STEP = "/mon-compte/securite/", "/connexion/second-facteur/"
WRONG = "Ce n’est pas le bon code, ou il n’est plus valable"
PAGES = {  # each page of the second factor, for somebody who has just logged in
    "": "Second facteur",
    "application/": "Ajouter une application de codes",
    "cles/ajouter/": "Ajouter une clé d’accès",
    "sessions/": "Mes sessions",
    "confirmer/": "C’est bien vous ?",
}


@pytest.fixture(autouse=True)
def the_code_before_counts_too(settings):
    """No test fails where half a minute ends between reading a code and typing it."""
    settings.MFA_TOTP_TOLERANCE = 1


def application_added(client):
    """Set up an application as a person does; the secret that the page showed."""
    page = client.get(f"{SECURITY}application/")
    secret = page.context["secret"]
    answer = client.post(f"{SECURITY}application/", {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, f"{SECURITY}codes/")
    return secret


def verbs():
    return [entry.verb for entry in HistoryEntry.objects.filter(journal="access").order_by("pk")]


NO_ANSWERS = (
    "{}",
    "pas du JSON",
    "[]",
    "null",
    '{"id": "AA", "rawId": "AA", "response": {"userHandle": "MQ"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA", "attestationObject": "oA"}}',
)


@pytest.mark.parametrize("credential", NO_ANSWERS)
def test_what_no_browser_answers_is_refused(client, cast, credential):
    log_in(client, cast.gerant.email)
    client.get(f"{SECURITY}cles/ajouter/")
    page = client.post(f"{SECURITY}cles/ajouter/", {"name": "x", "credential": credential})
    assert (page.status_code, Authenticator.objects.count()) == (200, 0)
    assert page.context["form"].errors != {}


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_each_page_stands_in_our_frame_and_runs_no_inline_code(client, cast, path, title):
    log_in(client, cast.lea.email)
    answer = client.get(f"{SECURITY}{path}")
    page = answer.content.decode()
    assert (answer.status_code, title in page, re.findall(INLINE, page)) == (200, True, [])


def test_an_application_is_added_and_asked_for_from_then_on(client, cast):
    log_in(client, cast.gerant.email)
    secret = application_added(client)
    page = client.get(f"{SECURITY}codes/").content.decode()
    assert [code in page for code in rescue_codes(cast.gerant)] == [True] * 10
    other = Client()
    answer = log_in(other, cast.gerant.email)
    assert (answer.status_code, answer["Location"], who(other)) == (302, STEP, None)
    assert other.get("/mes-documents/")["Location"] == "/connexion/?next=/mes-documents/"
    assert WRONG in other.post(STEP, {"code": "000000"}).content.decode()
    answer = other.post(STEP, {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"], who(other)) == (302, "/", cast.gerant.pk)


def test_the_page_asked_for_comes_after_the_second_step(client, cast):
    with_application(cast.gerant)
    log_in(client, cast.gerant.email, path="/connexion/?next=/entreprises/4/box/")
    assert client.post(STEP, {"code": code_of(SECRET)})["Location"] == "/entreprises/4/box/"


def test_the_picture_and_the_key_to_type_are_the_same_secret(client, cast):
    log_in(client, cast.gerant.email)
    page = client.get(f"{SECURITY}application/")
    assert page.context["in_fours"].replace(" ", "") == page.context["secret"]
    assert page.context["picture"].startswith("data:image/svg+xml;base64,")
    assert "img-src 'self' data:" in page["Content-Security-Policy"]


def test_a_wrong_code_keeps_the_secret_and_says_so(client, cast):
    log_in(client, cast.gerant.email)
    secret = client.get(f"{SECURITY}application/").context["secret"]
    page = client.post(f"{SECURITY}application/", {"code": "12"})
    assert (page.context["secret"], WRONG in page.content.decode()) == (secret, True)
    assert second_factor.has_one(cast.gerant) is False


def test_secrets_are_closed_at_rest(cast):
    with_application(cast.gerant)
    row = Authenticator.objects.get(user=cast.gerant, type="totp")
    assert SECRET not in str(row.data)
    assert second_factor.MFAAdapter().decrypt(row.data["secret"]) == SECRET


def test_a_former_key_of_the_deployment_still_opens_them(cast, settings):
    with_application(cast.gerant)
    row = Authenticator.objects.get(user=cast.gerant, type="totp")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "une autre clé", [settings.SECRET_KEY]
    assert row.wrap().validate_code(code_of(SECRET)) is True


def test_a_code_serves_once(client, cast):
    with_application(cast.gerant)
    code = code_of(SECRET)
    log_in(client, cast.gerant.email)
    client.post(STEP, {"code": code})
    other = Client()
    log_in(other, cast.gerant.email)
    assert WRONG in other.post(STEP, {"code": code}).content.decode()
    assert (who(client), who(other)) == (cast.gerant.pk, None)


def test_a_code_of_rescue_serves_once(client, cast):
    with_application(cast.gerant)
    code = rescue_codes(cast.gerant)[3]
    log_in(client, cast.gerant.email)
    client.post(STEP, {"code": code})
    assert (who(client), len(rescue_codes(cast.gerant))) == (cast.gerant.pk, 9)
    other = Client()
    log_in(other, cast.gerant.email)
    other.post(STEP, {"code": code})
    assert who(other) is None


def test_the_sixth_wrong_code_is_told_in_french(client, cast):
    with_application(cast.gerant)
    log_in(client, cast.gerant.email)
    pages = [client.post(STEP, {"code": "000000"}).content.decode() for _ in range(6)]
    assert [TOO_OFTEN in page for page in pages] == [False] * 5 + [True]
    client.post(STEP, {"code": code_of(SECRET)})
    assert who(client) is None


def test_the_second_step_can_be_given_up(client, cast):
    with_application(cast.gerant)
    log_in(client, cast.gerant.email)
    assert client.get("/connexion/")["Location"] == STEP
    assert client.post("/deconnexion/")["Location"] == "/connexion/"
    assert client.get("/connexion/").status_code == 200
    assert client.get(STEP)["Location"] == "/connexion/"


def test_an_access_withdrawn_before_the_second_step_does_not_enter(client, cast):
    with_application(cast.gerant)
    log_in(client, cast.gerant.email)
    ClientMember.objects.filter(user=cast.gerant).update(is_authorised=False)
    answer = client.post(STEP, {"code": code_of(SECRET)})
    assert (answer["Location"], who(client), "logged_in" in verbs()) == ("/connexion/", None, False)


def test_a_key_that_nobody_knows_is_refused_without_a_word_of_whose_it_is(client, cast):
    assert client.get("/connexion/cle-d-acces/")["Location"] == "/connexion/"
    asked = client.get("/connexion/cle-d-acces/", headers={"Accept": "application/json"}).json()
    assert asked["request_options"]["publicKey"].get("allowCredentials", []) == []
    for credential in NO_ANSWERS:
        answer = client.post("/connexion/cle-d-acces/", {"credential": credential}, follow=True)
        assert answer.redirect_chain == [("/connexion/", 302)]
        assert "Cette clé n’ouvre aucun compte ici." in answer.content.decode()
        assert who(client) is None


# Asked again before something of weight


@pytest.mark.parametrize("path", ["application/", "cles/ajouter/"])
def test_an_old_session_is_asked_again(client, cast, path):
    client.force_login(cast.gerant)
    again = f"{SECURITY}confirmer/?next={SECURITY.replace('/', '%2F')}{path.replace('/', '%2F')}"
    assert client.get(f"{SECURITY}{path}")["Location"] == again
    assert client.post(again, {"password": "faux"}).context["form"].errors == {
        "password": ["Ce n’est pas votre mot de passe actuel."]
    }
    assert client.post(again, {"password": PASSWORD})["Location"] == f"{SECURITY}{path}"
    assert client.get(f"{SECURITY}{path}").status_code == 200


def test_next_of_the_question_never_leaves_the_portal(client, cast):
    client.force_login(cast.gerant)
    answer = client.post(f"{SECURITY}confirmer/?next=https://evil.example/", {"password": PASSWORD})
    assert answer["Location"] == "/"


def test_too_many_answers_are_told_in_french(client, cast):
    client.force_login(cast.gerant)
    codes = [client.post(f"{SECURITY}confirmer/", {"password": "faux"}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_what_was_asked_is_done_once_the_question_is_answered(client, cast):
    """With a code too; the removal itself need not be asked for twice."""
    with_application(cast.gerant)
    client.force_login(cast.gerant)
    again = client.post(f"{SECURITY}application/retirer/")["Location"]
    assert again.startswith(f"{SECURITY}confirmer/?next=")
    page = client.get(again)
    [way] = page.context["alternatives"]
    assert way["url"].startswith(f"{SECURITY}confirmer/code/?next=")
    assert client.post(way["url"], {"code": code_of(SECRET)})["Location"] == SECURITY
    assert (
        list(Authenticator.objects.filter(user=cast.gerant)) == []
    )  # nor are there codes of rescue for nothing


# What is one's own


def test_codes_are_shown_downloaded_and_made_anew(client, cast):
    with_application(cast.gerant)
    log_in(client, cast.gerant.email)
    client.post(STEP, {"code": code_of(SECRET)})
    before = rescue_codes(cast.gerant)
    file = client.get(f"{SECURITY}codes/telecharger/")
    assert (file["Content-Type"], file["Content-Disposition"]) == (
        "text/plain; charset=utf-8",
        'attachment; filename="codes-de-secours.txt"',
    )
    assert file.content.decode().split("\r\n")[2:] == [*before, ""]
    assert file["Cache-Control"] == "private, no-store"
    assert client.post(f"{SECURITY}codes/nouveaux/")["Location"] == f"{SECURITY}codes/"
    assert set(before) & set(rescue_codes(cast.gerant)) == set()


def test_without_a_factor_there_are_no_codes(client, cast):
    log_in(client, cast.gerant.email)
    assert client.get(f"{SECURITY}codes/").status_code == 404
    assert client.post(f"{SECURITY}codes/nouveaux/")["Location"] == SECURITY
    assert Authenticator.objects.count() == 0


def test_a_key_is_renamed_and_removed_by_its_owner(client, cast):
    key, other = with_key(cast.gerant), with_key(cast.compta)
    client.force_login(cast.gerant)
    assert client.post(f"{SECURITY}cles/{key.pk}/", {"name": ""}).status_code == 200
    assert client.post(f"{SECURITY}cles/{key.pk}/", {"name": "<b>Bureau</b>"})["Location"] == SECURITY
    page = client.get(SECURITY).content.decode()
    assert ("&lt;b&gt;Bureau&lt;/b&gt;" in page, "<b>Bureau" in page) == (True, False)
    for path in (f"{SECURITY}cles/{other.pk}/", f"{SECURITY}cles/{other.pk}/retirer/"):
        assert client.post(path, {"name": "à moi"}).status_code == 404
    again = client.post(f"{SECURITY}cles/{key.pk}/retirer/")["Location"]
    client.post(again, {"password": PASSWORD})
    assert list(Authenticator.objects.all()) == [other]


def test_whoever_changes_a_factor_hears_of_it_and_so_does_the_journal(
    client, cast, django_capture_on_commit_callbacks
):
    log_in(client, cast.gerant.email)
    with django_capture_on_commit_callbacks(execute=True):
        application_added(client)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{SECURITY}codes/nouveaux/")
    client.post(f"{SECURITY}application/retirer/")
    assert verbs() == ["logged_in", "factor_added", "recovery_codes_made", "factor_removed"]
    mails = OutgoingMail.objects.filter(kind="account_security").order_by("pk")
    assert [(mail.to_email, mail.from_email) for mail in mails] == [
        (cast.gerant.email, "portail@depot.localhost")
    ] * 3
    assert "Une application de codes est désormais demandée pour vous connecter." in mails[0].text
    assert [SECRET in mail.text or "otpauth" in mail.text for mail in mails] == [False] * 3


# No enumeration (T32)


def test_a_wrong_password_reads_the_same_with_a_second_factor(client, cast):
    with_application(cast.gerant)
    pages = [
        re.sub(
            r'name="csrfmiddlewaretoken" value="\w+"|value="[^"]*@[^"]*"',
            "",
            log_in(Client(), login, "faux").content.decode(),
        )
        for login in (cast.gerant.email, cast.compta.email, "personne@ailleurs.example")
    ]
    assert (len(set(pages)), REFUSED in pages[0]) == (1, True)


# Firms that ask for one


@pytest.fixture
def asked(cast):
    cast.martin.mfa_is_required = True
    cast.martin.save()
    return cast


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path", ["/", "/portefeuille/", "/entreprises/4/", "/mon-compte/", "/mes-documents/deposer/"]
)
def test_staff_without_a_factor_set_one_up_first(client, asked, path, method):
    client.force_login(asked.claire)
    assert getattr(client, method)(path)["Location"] == SECURITY
    page = client.get(SECURITY)
    assert (page.status_code, page.context["is_missing"]) == (200, True)


def test_from_the_login_to_the_portal_with_nothing_in_between_but_the_factor(client, asked):
    page = client.post("/connexion/", {"login": asked.claire.email, "password": PASSWORD}, follow=True)
    assert [path for path, _ in page.redirect_chain] == ["/", SECURITY]
    application_added(client)
    assert client.get(f"{SECURITY}codes/").status_code == 200
    assert client.get("/portefeuille/").status_code == 200


def test_logging_out_and_a_new_password_stay_possible(client, asked):
    client.force_login(asked.claire)
    assert client.get("/mon-compte/mot-de-passe/").status_code == 200
    assert client.post("/deconnexion/")["Location"] == "/connexion/"


def test_a_provisional_password_comes_first(client, asked):
    User.objects.filter(pk=asked.claire.pk).update(must_change_password=True)
    client.force_login(asked.claire)
    assert client.get("/")["Location"] == "/mon-compte/mot-de-passe/"
    assert client.get(SECURITY)["Location"] == "/mon-compte/mot-de-passe/"


def test_clients_employees_and_other_firms_are_never_asked(client, asked):
    for person in (asked.gerant, asked.compta, asked.lea, asked.charlie):
        client.force_login(person)
        assert client.get("/mes-documents/").status_code == 200


def test_codes_of_rescue_alone_are_no_factor_and_a_key_is_one(client, asked):
    client.force_login(asked.claire)
    Authenticator.objects.create(user=asked.claire, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    assert client.get("/portefeuille/")["Location"] == SECURITY
    with_key(asked.claire)
    assert client.get("/portefeuille/").status_code == 200


def test_whoever_takes_the_last_factor_away_is_led_to_another(client, asked):
    with_application(asked.claire)
    log_in(client, asked.claire.email)
    client.post(STEP, {"code": code_of(SECRET)})
    assert client.get("/portefeuille/").status_code == 200
    client.post(f"{SECURITY}application/retirer/")
    assert client.get("/portefeuille/")["Location"] == SECURITY
