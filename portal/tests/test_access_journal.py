"""The journal of accesses: who logged in, from where, with what; failures within bounds; read, never edited (T37)."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from approvals.access import stories as access
from portal import history
from portal.login import events, journal, locks
from portal.models import ClientMember, HistoryEntry, Journal, User
from portal.testing import PASSWORD
from portal.tests.second_factors import SECRET, code_of, rescue_codes, with_application
from portal.tests.test_login import log_in, who
from portal.tests.test_sessions import FIREFOX

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAGE = "/parametres/journal/"


def written(*verbs):
    """(verb, text) of the journal, the first first."""
    rows = HistoryEntry.objects.filter(journal=Journal.ACCESS).order_by("pk")
    rows = rows.filter(verb__in=verbs) if verbs else rows
    return list(rows.values_list("verb", "text"))


def browser():
    return Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")


def test_a_login_and_its_end(cast):
    client = browser()
    log_in(client, cast.gerant.email)
    client.post("/deconnexion/")
    assert written() == [
        ("logged_in", "Marc Roux se connecte – mot de passe"),
        ("logged_out", "Marc Roux se déconnecte"),
    ]
    entry = HistoryEntry.objects.filter(verb="logged_in").get()
    assert (entry.firm, entry.by, entry.about, entry.ip, entry.reason, entry.is_internal) == (
        cast.martin,
        cast.gerant,
        cast.gerant,
        "192.0.2.7",
        "Firefox sur Windows",
        True,
    )


@pytest.mark.parametrize(
    ("is_rescue", "means"), [(False, "code de l’application"), (True, "code de secours")]
)
def test_with_which_means(cast, settings, is_rescue, means):
    settings.MFA_TOTP_TOLERANCE = 1
    with_application(cast.gerant)
    client = browser()
    log_in(client, cast.gerant.email)
    assert written() == []  # half a login is none
    code = rescue_codes(cast.gerant)[0] if is_rescue else code_of(SECRET)
    client.post("/connexion/second-facteur/", {"code": code})
    assert written() == [("logged_in", f"Marc Roux se connecte – mot de passe et {means}")]


def test_logging_out_without_being_in_writes_nothing(client, cast):
    client.post("/deconnexion/")
    assert written() == []


@pytest.mark.parametrize(
    ("path", "login", "rows"),
    [
        (
            "",
            "gerant@moimeme.example",
            [("martin", "Échec de connexion de Marc Roux, sous « gerant@moimeme.example »")],
        ),
        ("martin/", "4", [("martin", "Échec de connexion de Marc Roux, sous « 4 »")]),
        (
            "peeters/",
            "gerant@moimeme.example",
            [("martin", "Échec de connexion de Marc Roux, sous « gerant@moimeme.example »")],
        ),
        ("martin/", "999", [("martin", "Échec de connexion : « 999 » est inconnu ici")]),
        (
            "peeters/",
            "personne@x.example",
            [("peeters", "Échec de connexion : « personne@x.example » est inconnu ici")],
        ),
        ("", "personne@x.example", []),
        ("", "4", []),
    ],
)
def test_a_failure_is_written_where_somebody_may_read_it(client, cast, path, login, rows):
    """An e-mail address typed on a path is looked for over the portal, so its failure is of the person's firm."""
    log_in(client, login, "le mot de passe tapé", path=f"/connexion/{path}")
    entries = HistoryEntry.objects.select_related("firm")
    assert [(entry.firm.slug, entry.text) for entry in entries] == rows
    assert [entry.by for entry in entries] == [None] * len(rows)
    assert "le mot de passe tapé" not in str(list(entries.values()))


def test_what_was_typed_is_cut(client, cast):
    log_in(client, "x" * 300, path="/connexion/martin/")
    assert HistoryEntry.objects.get().text == f"Échec de connexion : « {'x' * 64} » est inconnu ici"


def test_whoever_may_not_enter_fails_in_the_journal_too(client, cast):
    ClientMember.objects.filter(user=cast.gerant).update(is_archived=True)
    log_in(client, cast.gerant.email)
    assert [verb for verb, _ in written()] == ["login_failed"]


def test_a_forwarded_address_counts_only_behind_our_own_proxy(client, cast, settings):
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}
    client.post("/connexion/", {"login": cast.lea.email, "password": PASSWORD}, headers=forwarded)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    other = Client()
    other.post("/connexion/", {"login": cast.lea.email, "password": PASSWORD}, headers=forwarded)
    rows = HistoryEntry.objects.filter(verb="logged_in").order_by("pk")
    assert list(rows.values_list("ip", flat=True)) == ["127.0.0.1", "198.51.100.1"]


# A flood, and who is locked


def test_a_flood_is_told_in_one_row(cast):
    for number in range(30):
        journal.failed(cast.lea, f"lea{number}", journal.Whence())
    assert [verb for verb, _ in written()] == ["login_failed"] * 5 + ["login_flood"]
    assert written("login_flood") == [
        ("login_flood", "Plus de 5 échecs en cinq minutes (Léa Girard) : les suivants ne sont pas inscrits")
    ]


def test_a_flood_of_nobody_s_names_is_told_in_one_row(cast):
    for number in range(40):
        journal.failed(cast.martin, f"x{number}", journal.Whence())
    assert [verb for verb, _ in written()] == ["login_failed"] * 20 + ["login_flood"]


def past(minutes):
    """All that was written is so much older: rows do not change, but their table is of this test."""
    with connection.cursor() as cursor:
        at = timezone.now() - timedelta(minutes=minutes)
        cursor.execute("UPDATE portal_historyentry SET at = %s", [at])


def test_after_five_minutes_failures_are_written_again(cast):
    for _ in range(7):
        journal.failed(cast.lea, "lea", journal.Whence())
    past(6)
    journal.failed(cast.lea, "lea", journal.Whence())
    assert [verb for verb, _ in written()] == ["login_failed"] * 5 + ["login_flood", "login_failed"]


def fail(client, login, times=5, path="/connexion/"):
    for _ in range(times):
        log_in(client, login, "faux", path=path)


def test_the_fifth_failure_locks_and_says_so_once(client, cast):
    fail(client, cast.lea.email, 4)
    assert locks.locked([cast.lea.pk]) == set()
    fail(client, cast.lea.email, 3)
    assert locks.locked(User.objects.all()) == {cast.lea.pk}
    assert written("login_locked") == [
        ("login_locked", "Trop d’échecs : Léa Girard est verrouillé pour cinq minutes")
    ]
    log_in(client, cast.lea.email)
    assert who(client) is None


def test_failures_by_several_names_lock_none_of_them(client, cast):
    """Else a limit would tell that the names are one person's (T32)."""
    fail(client, cast.gerant.email, 3)
    fail(client, "4", 3, "/connexion/martin/")
    assert locks.locked([cast.gerant.pk]) == set()
    log_in(client, cast.gerant.email)
    assert who(client) == cast.gerant.pk


def test_a_machine_that_fails_with_many_names_locks_nobody(client, cast):
    for person in (cast.lea, cast.gerant, cast.compta):
        fail(client, person.email, 4)
    assert locks.locked(User.objects.all()) == set()


def test_wrong_codes_lock_too(client, cast):
    with_application(cast.lea)
    log_in(client, cast.lea.email)
    for _ in range(6):
        client.post("/connexion/second-facteur/", {"code": "000000"})
    assert locks.locked([cast.lea.pk]) == {cast.lea.pk}
    assert written("login_failed")[0] == (
        "login_failed",
        "Échec de connexion de Léa Girard : second facteur refusé",
    )


@pytest.mark.parametrize(
    ("login", "path"), [("gerant@moimeme.example", "/connexion/"), ("4", "/connexion/martin/")]
)
def test_an_administrator_unlocks(client, cast, django_capture_on_commit_callbacks, login, path):
    fail(client, login, path=path)
    assert locks.locked([cast.gerant.pk]) == {cast.gerant.pk}
    with django_capture_on_commit_callbacks(execute=True):
        locks.unlock(cast.gerant, by=cast.admin)
    assert locks.locked([cast.gerant.pk]) == set()
    assert written("login_unlocked") == [("login_unlocked", "Anne Martin déverrouille Marc Roux")]
    log_in(client, login, path=path)
    assert who(client) == cast.gerant.pk


def test_a_lock_ends_by_itself_or_by_getting_in(client, cast):
    fail(client, cast.lea.email)
    log_in(Client(), "4-lea", path="/connexion/martin/")
    assert locks.locked([cast.lea.pk]) == set()
    fail(client, cast.compta.email)
    assert locks.locked([cast.compta.pk, cast.lea.pk]) == {cast.compta.pk}
    past(6)
    assert locks.locked([cast.compta.pk]) == set()


def test_who_is_locked_is_one_query(cast, django_assert_num_queries):
    people = list(User.objects.all())
    with django_assert_num_queries(1):
        locks.locked(people)


# The screen


@pytest.fixture
def told(cast):
    """Two logins, a failure, a right withdrawn, in one firm; a login in the other."""
    log_in(Client(), cast.gerant.email)
    log_in(Client(), cast.hugo.email)
    log_in(Client(), cast.gerant.email, "faux")
    access.withdraw(ClientMember.objects.get(user=cast.compta), by=cast.admin)
    log_in(Client(), cast.charlie.email)
    history.record(cast.company, "opened", "Hors du journal", company=cast.company)
    return cast


def rows(client, query=""):
    return [(entry.verb, entry.event.label) for entry in client.get(f"{PAGE}{query}").context["page"].rows]


def test_the_firm_reads_its_own_the_latest_first(client, told):
    client.force_login(told.admin)
    assert rows(client) == [
        ("access_withdrawn", "Droits"),
        ("login_failed", "Échec"),
        ("logged_in", "Connexion"),
        ("logged_in", "Connexion"),
    ]
    assert "Charlie" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?type=connexions", ["logged_in", "logged_in"]),
        ("?type=echecs", ["login_failed"]),
        ("?type=droits", ["access_withdrawn"]),
        ("?type=second-facteur", []),
        ("?type=inconnu", ["access_withdrawn", "login_failed", "logged_in", "logged_in"]),
        ("?q=HUGO", ["logged_in"]),
        ("?q=sophie", ["access_withdrawn"]),
        ("?date_du=2999-01-01", []),
        ("?personne={gerant}", ["login_failed", "logged_in"]),
        ("?personne={compta}", ["access_withdrawn"]),
        ("?personne={admin}", ["access_withdrawn"]),
        ("?personne={charlie}", ["access_withdrawn", "login_failed", "logged_in", "logged_in"]),
        ("?personne=%00", ["access_withdrawn", "login_failed", "logged_in", "logged_in"]),
    ],
)
def test_it_is_searched_and_filtered(client, told, query, found):
    client.force_login(told.admin)
    people = {name: getattr(told, name).pk for name in ("gerant", "compta", "admin", "charlie")}
    assert [verb for verb, _ in rows(client, query.format(**people))] == found


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_it_is_taken_away(client, told, extension):
    client.force_login(told.admin)
    answer = client.get(f"{PAGE}?export={extension}")
    assert "journal-des-acces" in answer["Content-Disposition"]
    content = b"".join(answer) if answer.streaming else answer.content
    if extension == "csv":
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        assert [line[1] for line in lines] == ["Type", "Droits", "Échec", "Connexion", "Connexion"]


def test_a_name_is_data(client, cast):
    User.objects.filter(pk=cast.lea.pk).update(name="=HYPERLINK(1)<script>")
    log_in(Client(), cast.lea.email)
    client.force_login(cast.admin)
    page = client.get(PAGE).content.decode()
    assert ("<script>" in page.split("</head>")[1], "&lt;script&gt;" in page) == (False, True)


@pytest.mark.parametrize("role", ["claire", "hugo", "gerant", "compta", "lea"])
def test_nobody_else_reads_it(client, cast, role):
    log_in(client, getattr(cast, role).email)
    assert client.get(PAGE).status_code == 404
    assert HistoryEntry.objects.access_journal_of(cast.admin).count() == 1
    assert HistoryEntry.objects.access_journal_of(getattr(cast, role)).count() == 0


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_door_changes_it(client, told, method):
    client.force_login(told.admin)
    before = written()
    assert getattr(client, method)(PAGE).status_code == 405
    assert written() == before


def test_a_row_is_neither_changed_nor_deleted(told):
    before = list(HistoryEntry.objects.order_by("pk").values())
    entry = HistoryEntry.objects.order_by("pk").first()
    entry.text = "autre chose"
    for attempt in (
        entry.save,
        entry.delete,
        HistoryEntry.objects.all().delete,
        HistoryEntry.objects.filter(pk=entry.pk).delete,
        lambda: HistoryEntry.objects.update(text="autre chose"),
        lambda: HistoryEntry.objects.bulk_update([entry], ["text"]),
        lambda: HistoryEntry.objects.update_or_create(pk=entry.pk, defaults={"text": "autre chose"}),
    ):
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    assert list(HistoryEntry.objects.order_by("pk").values()) == before


def test_every_event_has_its_words():
    names = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    assert names == set(events.EVENTS)
