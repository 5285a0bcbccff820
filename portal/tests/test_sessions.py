"""« Mes sessions »: where one is logged in; ended one by one, all at once, and by a new password."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from approvals.access.adapter import send_password_link
from mailing.models import OutgoingMail
from portal.login import links, sessions
from portal.login.whence import browser_of
from portal.models import HistoryEntry, User
from portal.models.people import PasswordOrigin
from portal.testing import PASSWORD
from portal.tests.test_account import NEW, change
from portal.tests.test_login import log_in, who

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAGE = "/mon-compte/securite/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
)


def browser(email, agent=FIREFOX, ip="192.0.2.7") -> Client:
    """A browser in which `email` is logged in."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=ip)
    log_in(client, email)
    return client


def is_in(client) -> bool:
    return client.get("/mes-documents/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (SAFARI, "Safari sur iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome sur Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge sur Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) AppleWebKit/605 Version/18.5 Safari/605",
            "Safari sur Mac",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome sur Android",
        ),
        ("curl/8.5.0", "navigateur inconnu"),
        ("", "navigateur inconnu"),
        ("<script>alert(1)</script>", "navigateur inconnu"),
    ],
)
def test_a_browser_in_plain_words(agent, words):
    assert browser_of(agent) == words


def test_the_page_says_where_and_with_what_and_which_is_this_one(cast):
    desk, phone = browser(cast.lea.email), browser(cast.lea.email, SAFARI, "198.51.100.4")
    browser(cast.compta.email)
    lines = phone.get(PAGE).context["lines"]
    assert [(line["browser"], line["session"].ip, line["is_current"]) for line in lines] == [
        ("Safari sur iPhone", "198.51.100.4", True),
        ("Firefox sur Windows", "192.0.2.7", False),
    ]
    assert [line["is_current"] for line in desk.get(PAGE).context["lines"]] == [False, True]


def test_another_session_is_ended(cast):
    desk, phone = browser(cast.lea.email), browser(cast.lea.email, SAFARI)
    [_, other] = phone.get(PAGE).context["lines"]
    assert phone.post(f"{PAGE}{other['session'].pk}/fermer/")["Location"] == PAGE
    assert (is_in(desk), is_in(phone)) == (False, True)
    entry = HistoryEntry.objects.get(verb="sessions_ended")
    assert (entry.text, entry.by, entry.reason) == (
        "Léa Girard ferme une autre session (Firefox sur Windows)",
        cast.lea,
        "Safari sur iPhone",
    )


def test_all_the_others_are_ended(cast):
    others, here = [browser(cast.lea.email) for _ in range(3)], browser(cast.lea.email)
    page = here.post(f"{PAGE}fermer/", follow=True).content.decode()
    assert "3 autres sessions sont fermées." in page
    assert ([is_in(client) for client in others], is_in(here)) == ([False] * 3, True)
    here.post(f"{PAGE}fermer/")
    assert HistoryEntry.objects.filter(verb="sessions_ended").count() == 1  # nothing ended, nothing written


def test_nobody_ends_another_s_session_nor_by_this_door_their_own(cast):
    browser(cast.compta.email)
    here = browser(cast.lea.email)
    for session in UserSession.objects.all():
        assert here.post(f"{PAGE}{session.pk}/fermer/").status_code == 404
    assert Session.objects.count() == 2


def test_what_has_run_out_is_not_listed_and_looking_removes_nothing(cast):
    browser(cast.lea.email)
    Session.objects.update(expire_date="2020-01-01T00:00Z")
    here = browser(cast.lea.email)
    UserSession.objects.create(user=cast.lea, ip="192.0.2.1", session_key="gone", user_agent=FIREFOX)
    before = UserSession.objects.count()
    assert len(here.get(PAGE).context["lines"]) == 1
    assert UserSession.objects.count() == before


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(cast):
    other, here = browser(cast.lea.email), browser(cast.lea.email)
    assert change(here)["Location"] == "/"
    assert (is_in(other), is_in(here)) == (False, True)
    assert [line["is_current"] for line in here.get(PAGE).context["lines"]] == [True]
    assert sessions.open_sessions(cast.lea).count() == 1


def reset_link(user, settings) -> str:
    return links.password_reset_link(user, timezone.now()).removeprefix(settings.SITE_URL)


def use(client, link, new=NEW):
    form = client.get(link)["Location"]
    return client.post(form, {"password1": new, "password2": new})


def test_a_password_set_by_a_link_ends_every_session_and_is_one_s_own(client, cast, settings):
    here = browser(cast.lea.email)
    User.objects.filter(pk=cast.lea.pk).update(
        must_change_password=True, password_origin=PasswordOrigin.RANDOM
    )
    cast.lea.refresh_from_db()
    assert use(client, reset_link(cast.lea, settings))["Location"] == "/connexion/nouveau/fait/"
    cast.lea.refresh_from_db()
    assert (cast.lea.password_origin, cast.lea.must_change_password) == (PasswordOrigin.OWN, False)
    assert (is_in(here), who(client)) == (False, None)
    assert cast.lea.check_password(NEW) is True


def test_a_password_changed_by_hand_is_one_s_own(cast):
    User.objects.update(password_origin=PasswordOrigin.RANDOM)
    change(browser(cast.lea.email))
    origins = User.objects.values_list("password_origin", flat=True)
    assert (User.objects.get(pk=cast.lea.pk).password_origin, list(origins).count("own")) == ("own", 1)


def test_a_link_used_says_so_with_a_way_on(client, cast, settings):
    link = reset_link(cast.lea, settings)
    use(client, link)
    page = Client().get(link)
    assert page.status_code == 200
    told = (
        "Ce lien n’est plus valable",
        "Il a déjà servi, ou il est trop ancien",
        'href="/connexion/oubli/"',
    )
    assert [words for words in told if words not in page.content.decode()] == []


@pytest.mark.parametrize(("minutes", "is_valid"), [(59, True), (61, False)])
def test_a_link_that_was_asked_for_is_good_for_an_hour(client, cast, settings, minutes, is_valid):
    link = links.password_reset_link(cast.lea, timezone.now() - timedelta(minutes=minutes))
    answer = client.get(link.removeprefix(settings.SITE_URL))
    assert (answer.status_code == 302) is is_valid


def test_the_link_of_a_mail_names_our_own_address_whatever_host_was_asked(client, cast, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/connexion/oubli/", {"email": cast.lea.email}, headers={"host": "evil.example"})
    send_password_link(cast.compta)
    texts = list(OutgoingMail.objects.values_list("text", flat=True))
    assert (len(texts), [text for text in texts if "evil.example" in text]) == (2, [])


def test_password_is_never_kept_in_words(cast):
    change(browser(cast.lea.email))
    everything = str(list(HistoryEntry.objects.values()))
    assert (NEW in everything, PASSWORD in everything) == (False, False)
