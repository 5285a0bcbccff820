"""The four children of `serve` live and die together, and nonsense stops the start."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from portal.testing import BOX, mail_from
from portal.tests.house import BASE_DIR, INHERITED, free_port

EVERYBODY = 9  # serve; gunicorn and its 2 workers; celery and its pool of 2; beat; the listener
CHILDREN = (("gunicorn",), ("celery", "worker"), ("celery", "beat"), ("manage.py", "listen"))


def serve(tmp_path, **environment):
    """What `manage.py serve` answers where it is expected not to start."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    free = {"PORT": str(free_port()), "SMTP_PORT": str(free_port())}
    return subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=BASE_DIR,
        env={**inherited, "DATA_DIR": str(tmp_path), **free, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT='abc' : écrire un port entre 1 et 65535"),
        ("MAIL_OUT", "pigeon", "MAIL_OUT='pigeon' : écrire eml, smtp, brevo, mailgun, postmark"),
        ("DEBUG", "oui", "DEBUG='oui' : écrire True ou False"),
        (
            "DATABASE_URL",
            "ftp://x",
            "DATABASE_URL : l’adresse doit commencer par postgres://, postgresql://, sqlite://",
        ),
    ],
)
def test_nonsense_stops_the_start_and_is_named(tmp_path, name, value, sentence):
    stopped = serve(tmp_path, **{name: value})
    assert stopped.returncode == 1
    assert stopped.stderr.splitlines()[-1].rpartition("ImproperlyConfigured: ")[2] == sentence


@pytest.mark.parametrize("name", ["PORT", "SMTP_PORT", "LMTP_PORT"])
def test_port_that_is_taken_is_named_with_the_variable(tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        stopped = serve(tmp_path, **{name: str(port)})
    sentence = (
        f"Le port {port} est déjà pris : choisir un autre {name}, par exemple {name}={port + 1} make run"
    )
    assert (stopped.returncode, stopped.stdout.strip(), stopped.stderr) == (1, sentence, "")


def test_torn_broker_stops_no_start_and_sigterm_leaves_nobody(open_house):
    house = open_house(start=False)
    for torn in ("messages/000000000000001_torn.inbound.msg", "control/inbound.exchange"):
        (house.data_dir / "bell" / torn).write_bytes(b'[["inbound", "", "inb')
    house.start()
    assert house.get("/sante/") == (200, b"ok\n")
    assert len({house.family(*words)[0] for words in CHILDREN}) == 4

    house.send(mail_from("compta@moimeme.example", subject="après la panne"), BOX)
    house.wait_for(
        lambda: (
            house.rows("SELECT status FROM mailing_inboundmail WHERE subject = 'après la panne'")
            == [("filed",)]
        ),
        "the worker hears its bell",
    )
    house.process.terminate()
    assert house.process.wait(30) == 0
    assert house.processes() == {}


def test_killed_child_stops_all_and_a_killed_parent_leaves_no_orphan(open_house):
    house = open_house()
    beat, _ = house.family("celery", "beat")
    os.kill(beat, signal.SIGKILL)
    assert house.process.wait(30) == 128 + signal.SIGKILL
    assert house.processes() == {}

    house.start()  # whoever supervises it starts everything anew, on the same ports
    house.wait_for(lambda: len(house.processes()) == EVERYBODY, "all children and theirs are there")
    house.process.kill()
    assert house.process.wait(30) == -signal.SIGKILL
    house.wait_for(lambda: house.processes() == {}, "the children end with their parent", served=False)
