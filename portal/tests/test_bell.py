"""The doorbell: a ring is not lost among many, a dead broker holds nobody up, and a missed ring costs seconds."""

import contextlib
import os
import re
import smtplib
import socket
import subprocess
import sys

import pytest

from portal.testing import BOX, mail_from
from portal.tests.house import BASE_DIR, INHERITED, free_port

RINGERS, READERS, RINGS = 4, 2, 250
KNOWN = "compta@moimeme.example"

# Not faster than the readers read: where rings pile up, nobody meets the one that is being written.
RINGER = """
import sys
import time
from portal.celery import app

for number in range(int(sys.argv[2])):
    app.send_task("inbound", queue="inbound", expires=60, retry=False, task_id=f"{sys.argv[1]}-{number}")
    time.sleep(0.005)
"""

# Looks all the time, until a file says that nobody rings any more, and tells which bells it has heard.
READER = """
import os
import socket
import sys
from portal.celery import app

app.conf.broker_transport_options["polling_interval"] = 0.001

def heard(body, message):
    print(message.headers["id"], flush=True)
    message.ack()

with app.connection_for_read() as connection:
    with connection.Consumer([app.amqp.queues["inbound"]], callbacks=[heard], accept=["json"]):
        print("ready", flush=True)
        while True:
            try:
                connection.drain_events(timeout=1)
            except socket.timeout:
                if os.path.exists(sys.argv[1]):
                    break
"""

RINGS_IN_VAIN = """
import time
import django
django.setup()
from django.db import connection, transaction
from portal.bell import ring

connection.ensure_connection()
begun = time.monotonic()
for _ in range(20):
    with transaction.atomic():
        ring("inbound")
print(time.monotonic() - begun < 1)
"""


def python(script: str, *arguments: str, **environment: str) -> subprocess.Popen:
    """A process of its own, as a worker or a web process is one."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=BASE_DIR,
        env={**inherited, "DJANGO_SETTINGS_MODULE": "portal.settings", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def silent_redis():
    """The address of a broker that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}"


def test_no_ring_is_lost_among_many_and_no_reader_dies(tmp_path):
    data_dir, silence = str(tmp_path), tmp_path / "silence"
    readers = [python(READER, str(silence), DATA_DIR=data_dir) for _ in range(READERS)]
    assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * READERS
    ringers = [python(RINGER, str(n), str(RINGS), DATA_DIR=data_dir) for n in range(RINGERS)]
    assert [ringer.communicate(timeout=120) for ringer in ringers] == [("", "")] * RINGERS
    silence.touch()
    heard, complaints = zip(*(reader.communicate(timeout=120) for reader in readers), strict=True)
    assert (complaints, [reader.returncode for reader in readers]) == (("",) * READERS, [0] * READERS)
    rung = [f"{ringer}-{number}" for ringer in range(RINGERS) for number in range(RINGS)]
    assert sorted("".join(heard).split()) == sorted(rung)
    assert os.listdir(tmp_path / "bell" / "messages") == []


def test_silent_broker_holds_nobody_up(tmp_path, silent_redis):
    process = python(RINGS_IN_VAIN, DATA_DIR=str(tmp_path), REDIS_URL=silent_redis)
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "True\n"), complaints
    assert set(re.findall(r"WARNING portal\.bell: (.*);", complaints)) == {
        "the bell of inbound was not heard"
    }


def test_missed_bell_is_made_up_for_by_the_sweep(house, silent_redis, tmp_path):
    """A second listener on the same data whose bell nobody hears: its 250 is as quick, its mail is decided all the same."""
    port, log = free_port(), tmp_path / "listen.log"
    with log.open("wb") as out:
        listener = subprocess.Popen(
            [sys.executable, "manage.py", "listen"],
            cwd=BASE_DIR,
            env=house.settings(SMTP_PORT=str(port), REDIS_URL=silent_redis),
            stdout=out,
            stderr=out,
        )
    try:
        with house.wait_for(lambda: answers(port), "the second listener answers") as smtp:
            raw = mail_from("compta@moimeme.example", subject="sans sonnette")
            assert smtp.sendmail("compta@moimeme.example", [BOX], raw) == {}
        house.wait_for(
            lambda: (
                house.rows("SELECT status FROM mailing_inboundmail WHERE subject = 'sans sonnette'")
                == [("filed",)]
            ),
            "the sweep takes the mail",
        )
        house.wait_for(lambda: "the bell of inbound was not heard" in log.read_text(), "the bell gave up")
    finally:
        listener.terminate()
        assert listener.wait(30) == 0


def answers(port: int) -> smtplib.SMTP | None:
    with contextlib.suppress(OSError):
        return smtplib.SMTP("127.0.0.1", port, timeout=10)


def test_folder_of_bells_that_is_gone_stops_nobody(open_house):
    """Mails are accepted all the same, and taken once the folder is back; no process dies of it."""
    house = open_house()
    bell = house.data_dir / "bell"

    def filed():
        query = (
            "SELECT subject FROM mailing_inboundmail WHERE status = 'filed' AND subject LIKE 'sans dossier %'"
        )
        return sorted(subject for (subject,) in house.rows(query))

    bell.rename(house.data_dir / "away")
    house.send(mail_from(KNOWN, subject="sans dossier 1"), BOX, sender=KNOWN)
    house.wait_for(lambda: filed() == ["sans dossier 1"], "the folder is made anew")

    bell.rename(house.data_dir / "elsewhere")
    bell.write_bytes(b"")  # where a file stands, no folder can be made
    house.send(mail_from(KNOWN, subject="sans dossier 2"), BOX, sender=KNOWN)
    house.wait_for(lambda: "the bell of inbound was not heard" in house.log.read_text(), "nobody hears it")
    bell.unlink()
    house.wait_for(lambda: filed() == ["sans dossier 1", "sans dossier 2"], "the sweep takes it")
    assert house.process.poll() is None
