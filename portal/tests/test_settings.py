"""The closed list of environment variables: what it says is what is read, and nonsense stops the start."""

import ast
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from portal.tests.house import BASE_DIR, INHERITED

READERS = (
    *("env_text", "env_bool", "env_port", "env_domain", "env_url", "env_socket"),
    *("os.getenv", "os.environ.get"),
)
PLACES = ("portal/settings.py", "portal/testing.py")  # CORPUS_DIR is for tests alone
# Said in words in `.env.example`, since they are made or put together; each is looked at below.
IN_WORDS = {
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "LMTP_PORT",
    "WEBHOOK_SECRET",
    "CORPUS_DIR",
}
PRODUCTION = {
    "SITE_URL": "https://portail.cabinet.example",
    "SECRET_KEY": "k3y-of-production-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "MAIL_OUT": "brevo",
    "WEBHOOK_SECRET": "brevo:motdepasse",
    "DATABASE_URL": "postgres://portail:motdepasse@base.example:5432/portail",
    "REDIS_URL": "redis://file.example:6379/0",
}


def documented() -> dict[str, str]:
    """The names of `.env.example` with their defaults."""
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    pairs = [line.partition("#")[0].strip().partition("=") for line in lines]
    return {name: value for name, _, value in pairs if name}


def read_in(path: str) -> dict[str, str | None]:
    """The variables that a module reads, each with its default where that is written out."""
    found: dict[str, str | None] = {}
    for node in ast.walk(ast.parse((BASE_DIR / path).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
            match node.args:
                case [ast.Constant(value=name), ast.Constant(value=default), *_]:
                    found[name] = default
                case [ast.Constant(value=name)]:
                    found[name] = ""
                case [ast.Constant(value=name), *_]:
                    found[name] = None
    return found


def manage(data_dir, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """`manage.py` with nothing in its environment but what is said here."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=BASE_DIR,
        env={**inherited, "DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def in_force(data_dir, *names: str, **environment: str) -> list[str]:
    """What `portal.settings` makes of the environment."""
    code = (
        f"from django.conf import settings as s; [print(getattr(s, n, s.ANYMAIL.get(n))) for n in {names!r}]"
    )
    answer = manage(data_dir, "shell", "--no-imports", "-v", "0", "-c", code, **environment)
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout.splitlines()


# The list


def test_list_of_variables_is_closed():
    read = [read_in(path) for path in PLACES]
    assert sorted(documented()) == sorted(set().union(*read))


def test_environment_is_read_at_two_places_alone():
    """Whatever else looks at the environment sees what all processes see: the name of the settings, its own children.

    The bench hands its own on to the processes that it measures.
    """
    readers = set()
    for path in BASE_DIR.glob("[a-z]*/**/*.py"):
        if not {"tests", ".venv"} & set(path.relative_to(BASE_DIR).parts) and re.search(
            r"os\.(getenv|environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\"))", path.read_text()
        ):
            readers.add(str(path.relative_to(BASE_DIR)))
    assert readers == {*PLACES, "portal/bench.py"}


def test_each_default_is_the_one_in_force(tmp_path):
    """Without environment; `DATA_DIR` alone is given, and its default is looked at in the source."""
    literal = {name: value for name, value in documented().items() if name not in IN_WORDS | {"DATA_DIR"}}
    smtp = literal.pop("SMTP_URL")
    assert read_in("portal/settings.py")["SMTP_URL"] == smtp
    assert dict(zip(literal, in_force(tmp_path, *literal), strict=True)) == literal
    source = (BASE_DIR / "portal/settings.py").read_text()
    assert f'env_text("DATA_DIR", str(BASE_DIR / "{documented()["DATA_DIR"]}"))' in source


def test_default_that_is_said_in_words(tmp_path):
    names = ("SECRET_KEY_FALLBACKS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "LMTP_PORT")
    hosts = ["portail.example", "localhost", "127.0.0.1"]
    assert in_force(tmp_path, *names, SITE_URL="https://portail.example") == [
        "[]",
        str(hosts),
        "",
        "",
        "None",
    ]
    database = "s.DATABASES['default']['NAME']"
    answer = manage(
        tmp_path, "shell", "--no-imports", "-c", f"from django.conf import settings as s; print({database})"
    )
    assert answer.stdout.strip() == str(tmp_path / "portal.sqlite3")


def test_address_of_the_site_follows_the_port(tmp_path):
    assert in_force(tmp_path, "SITE_URL", PORT="8123") == ["http://localhost:8123"]


def test_domain_is_read_in_the_form_that_addresses_are_compared_in(tmp_path):
    assert in_force(tmp_path, "DEPOSIT_DOMAIN", DEPOSIT_DOMAIN="Dépôt.example") == ["xn--dpt-bma0d.example"]


# Nonsense

MALFORMED = "l’adresse est mal écrite"
NONSENSE = [
    ({"PORT": "abc"}, "PORT='abc' : écrire un port entre 1 et 65535"),
    ({"PORT": "0"}, "PORT='0' : écrire un port entre 1 et 65535"),
    ({"SMTP_PORT": "70000"}, "SMTP_PORT='70000' : écrire un port entre 1 et 65535"),
    ({"SMTP_PORT": "²"}, "SMTP_PORT='²' : écrire un port entre 1 et 65535"),
    ({"LMTP_PORT": "non"}, "LMTP_PORT='non' : écrire un port entre 1 et 65535"),
    ({"DEPOSIT_DOMAIN": "depot..fr"}, "DEPOSIT_DOMAIN='depot..fr' : écrire un nom de domaine"),
    ({"DEBUG": "true"}, "DEBUG='true' : écrire True ou False"),
    ({"LOCAL_SUBMISSION_TRUSTED": "1"}, "LOCAL_SUBMISSION_TRUSTED='1' : écrire True ou False"),
    ({"SITE_URL": "localhost:8000"}, "SITE_URL : l’adresse doit commencer par http://, https://"),
    ({"SITE_URL": "https://"}, f"SITE_URL : {MALFORMED}"),
    ({"SITE_URL": "https://[portail"}, f"SITE_URL : {MALFORMED}"),
    (
        {"DATABASE_URL": "mysql://x/y"},
        "DATABASE_URL : l’adresse doit commencer par postgres://, postgresql://, sqlite://",
    ),
    ({"DATABASE_URL": "postgres://u:p@h:port/x"}, f"DATABASE_URL : {MALFORMED}"),
    ({"REDIS_URL": "http://x"}, "REDIS_URL : l’adresse doit commencer par redis://, rediss://"),
    ({"REDIS_URL": "redis://h:port/0"}, f"REDIS_URL : {MALFORMED}"),
    ({"CLAMAV_SOCKET": "clamav"}, "CLAMAV_SOCKET='clamav' : écrire un chemin (/run/…) ou hôte:port"),
    ({"CLAMAV_SOCKET": "h:99999"}, "CLAMAV_SOCKET='h:99999' : écrire un chemin (/run/…) ou hôte:port"),
    ({"MAIL_OUT": "pigeon"}, "MAIL_OUT='pigeon' : écrire eml, smtp, brevo, mailgun, postmark"),
    (
        {"MAIL_OUT": "smtp", "SMTP_URL": "mail.example"},
        "SMTP_URL : l’adresse doit commencer par smtp://, smtp+tls://, smtps://",
    ),
    ({"MAIL_OUT": "smtp", "SMTP_URL": "smtp://h:port"}, f"SMTP_URL : {MALFORMED}"),
    (
        {"MAIL_OUT": "postmark"},
        "WEBHOOK_SECRET : à donner (utilisateur:motdepasse) où MAIL_OUT est un prestataire",
    ),
]


def test_nonsense_stops_the_start_with_one_sentence(tmp_path):
    """`manage.py` says it without a traceback; all at once, since each is a process of its own."""

    def said(case):
        number, (environment, _) = case
        answer = manage(tmp_path / str(number), "check", **environment)
        return environment, answer.returncode, answer.stdout + answer.stderr

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(said, enumerate(NONSENSE)))
    assert answers == [(environment, 1, f"{sentence}\n") for environment, sentence in NONSENSE]


def test_nothing_given_is_the_default_not_nonsense(tmp_path):
    """`PORT=` as a line of an environment file."""
    empty = dict.fromkeys(documented().keys() - {"DATA_DIR"}, "")
    assert in_force(tmp_path, "PORT", "MAIL_OUT", "DEBUG", **empty) == ["8000", "eml", "False"]


# Production


def test_check_of_production_is_clean(tmp_path):
    answer = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == "System check identified no issues (0 silenced).\n"
    assert list(tmp_path.iterdir()) == []  # nothing is made where all is given


def test_production_that_believes_its_own_machine_is_refused(tmp_path):
    answer = manage(tmp_path, "check", "--deploy", LOCAL_SUBMISSION_TRUSTED="True", **PRODUCTION)
    assert answer.returncode == 1
    assert "LOCAL_SUBMISSION_TRUSTED=True : à laisser à False en production." in answer.stderr


def test_static_files_are_collected_under_names_that_change_with_them(tmp_path):
    answer = manage(tmp_path, "collectstatic", "--noinput", "-v", "0")
    assert (answer.returncode, answer.stderr) == (0, "")
    names = {path.name for path in (tmp_path / "static/css").iterdir()}
    assert "staticfiles.json" in {path.name for path in (tmp_path / "static").iterdir()}
    for sheet in ("tokens", "layout", "components"):
        [hashed] = [name for name in names if re.fullmatch(rf"{sheet}\.[0-9a-f]{{12}}\.css", name)]
        assert f"{hashed}.gz" in names


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    names = ("SECRET_KEY", "WEBHOOK_SECRET")
    with ThreadPoolExecutor(2) as pool:  # two processes start at once
        first, second = pool.map(lambda _: in_force(tmp_path, *names), range(2))
    assert first == second == in_force(tmp_path, *names)
    assert first == [(tmp_path / name.lower()).read_text() for name in names]
    assert len(first[0]) >= 50
    assert re.fullmatch(r"webhook:\S{32}", first[1])
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert made == {"secret_key": 0o600, "webhook_secret": 0o600}
