"""`kill -9` of worker, listener and web while mails come in: nothing acknowledged is lost, nothing is filed twice."""

import contextlib
import json
import os
import random
import signal
import smtplib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from threading import Event, Semaphore
from time import monotonic

import pytest

from portal.files.keep import KEY
from portal.testing import BOX, IMAGE, mail_from, pdf
from portal.tests import chaos
from portal.tests.house import BASE_DIR

SENDER = (
    "compta@moimeme.example"  # a client user of company 4: her mails are filed without a person's decision
)
# For a longer run: KILL_MAILS=20000 KILL_TIMES=1000 KILL_SEED=7 pytest portal/tests/test_kill.py
MAILS = int(os.getenv("KILL_MAILS") or 60)
KILLS = int(os.getenv("KILL_TIMES") or 5)
SEED = int(os.getenv("KILL_SEED") or 60)
CLIENTS = 4
KILLED = 128 + signal.SIGKILL

# One turn of the worker, in a process of its own. Leases end at once: whoever dies gives its row back.
TURN = """
import django
django.setup()
from datetime import timedelta
import approvals.tasks
import mailing.tasks
from mailing.sending import delivery

approvals.tasks.LEASE = delivery.LEASE = timedelta(0)
for task in (approvals.tasks.inbound, mailing.tasks.outbox, mailing.tasks.events):
    task()
"""
POST = """
import sys
import django
django.setup()
from django.test import Client

answer = Client().post(
    "/webhooks/brevo/", sys.argv[1], content_type="application/json",
    headers={"host": "localhost", "authorization": sys.argv[2]},
)
print(answer.status_code)
"""


def letters():
    """Different mails: a third of them some 60 KB, one in five with two files, one in four to two addresses."""
    dice = random.Random(SEED)
    for number in range(MAILS):
        files = {f"facture-{number}.pdf": pdf(f"Facture {number}") + padding(dice, number)}
        if number % 5 == 0:
            files[f"annexe-{number}.pdf"] = pdf(f"Annexe {number}")
        raw = mail_from(SENDER, subject=f"Envoi {number}", files=files)
        yield raw, (BOX, IMAGE) if number % 4 == 0 else (BOX,), list(files.values())


def padding(dice: random.Random, number: int) -> bytes:
    """A comment behind the end of a PDF."""
    return b"\n%" + dice.randbytes(30_000).hex().encode() if number % 3 == 0 else b""


class Clients:
    """Several mail servers that send at an easy pace what is released to them, and try again until they hear 250."""

    def __init__(self, house, letters) -> None:
        self.house = house
        self.stop = Event()
        self.released = Semaphore(0)
        self.pool = ThreadPoolExecutor(CLIENTS)
        self.sent = [self.pool.submit(self.deliver, letter) for letter in letters]

    def deliver(self, letter) -> int:
        """How many tries it took."""
        raw, to, _ = letter
        self.released.acquire()
        tries = 0
        while not self.stop.wait(0.05):
            tries += 1
            try:
                self.house.send(raw, *to, sender=SENDER)
                return tries
            except (OSError, smtplib.SMTPException):
                continue
        return tries

    @property
    def acknowledged(self) -> int:
        return sum(future.done() for future in self.sent)

    def close(self) -> None:
        self.stop.set()
        self.released.release(len(self.sent))
        self.pool.shutdown()


def kept(house, key: str) -> str:
    """The SHA-256 of what really lies on the disk under `key`."""
    assert KEY.fullmatch(key)
    return sha256((house.data_dir / "files" / key[0] / key[1:3] / key).read_bytes()).hexdigest()


def held(house) -> set[int]:
    """The mails that a worker has taken and not decided: it works on them, or it died with them."""
    return {
        pk
        for (pk,) in house.rows(
            "SELECT id FROM mailing_inboundmail WHERE status = 'received' AND attempts > 0"
        )
    }


VICTIMS = {
    "pool": lambda house: house.family("celery", "worker")[1][0],
    "worker": lambda house: house.family("celery", "worker")[0],
    "listener": lambda house: house.family("manage.py", "listen")[0],
    "web": lambda house: house.family("gunicorn")[0],
}


def victims() -> list[str]:
    """Who is killed: each once at least, in an order that only the seed knows."""
    dice = random.Random(SEED)
    kinds = dice.sample(list(VICTIMS), len(VICTIMS))
    return [*kinds, *dice.choices(kinds, k=max(0, KILLS - len(kinds)))][:KILLS]


def is_busy(clients: Clients, abandoned: set[int], all_of_them: int) -> bool:
    return bool(held(clients.house) - abandoned) or clients.acknowledged == all_of_them


def end_leases(house) -> None:
    """What the dead had in their hands is free at once: nobody waits here for the clock. They are all dead."""
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    with contextlib.closing(sqlite3.connect(house.data_dir / "portal.sqlite3", timeout=20)) as database:
        for table, status in (("mailing_inboundmail", "received"), ("mailing_outgoingmail", "sending")):
            database.execute(f"UPDATE {table} SET next_attempt_at = {now} WHERE status = ?", [status])
        database.commit()


def test_nothing_acknowledged_is_lost_and_nothing_is_filed_twice(open_house):
    began, house = monotonic(), open_house()
    before = house.value("SELECT max(id) FROM mailing_inboundmail")
    post, chosen, falls, abandoned = list(letters()), victims(), [], set()

    with contextlib.closing(Clients(house, post)) as clients:
        share = MAILS // KILLS
        for number, kind in enumerate(chosen):
            house.wait_for(lambda: len(house.family("celery", "worker")[1]) == 2, "the pool is there")
            victim = VICTIMS[kind](house)
            clients.released.release(share if number < KILLS - 1 else MAILS - share * number)
            due = share * number + share // 5
            house.wait_for(lambda due=due: clients.acknowledged >= due, f"{due} are acknowledged", 60)
            if kind in (
                "pool",
                "worker",
            ):  # the worker dies with a mail in its hands, unless it is very quick
                house.wait_for(partial(is_busy, clients, abandoned, share * (number + 1)), "work", 60)
            os.kill(victim, signal.SIGKILL)
            abandoned |= held(house)
            if kind != "pool":  # `serve` falls and is started anew; a process of the pool is only replaced
                falls.append(house.process.wait(60))
                assert house.processes() == {}
                end_leases(house)
                house.start()
        house.wait_for(lambda: clients.acknowledged == MAILS, "all are acknowledged", 60)
    assert falls == [KILLED] * (KILLS - chosen.count("pool"))
    assert max(sent.result() for sent in clients.sent) > 1, (
        "the kills came too late: no client met a closed door"
    )

    # I2: every row ends, and every mail out leaves.
    house.wait_for(
        lambda: (
            house.rows("SELECT DISTINCT status FROM mailing_inboundmail WHERE id > ?", before) == [("filed",)]
        ),
        "every mail is filed",
        seconds=90,
    )
    house.wait_for(
        lambda: (
            house.value("SELECT count(*) FROM mailing_outgoingmail WHERE status IN ('queued', 'sending')")
            == 0
        ),
        "the outbox is empty",
    )

    # I1: one raw row for each mail that was answered 250, one row of it for each recipient.
    raws = house.rows(
        "SELECT DISTINCT r.key, r.sha256 FROM mailing_rawmail r "
        "JOIN mailing_inboundmail m ON m.raw_id = r.id WHERE m.id > ?",
        before,
    )
    delivered = house.rows(
        "SELECT r.sha256, m.envelope_to FROM mailing_inboundmail m "
        "JOIN mailing_rawmail r ON r.id = m.raw_id WHERE m.id > ?",
        before,
    )
    acknowledged = [(sha256(raw).hexdigest(), to) for raw, tos, _ in post for to in tos]

    # I3: the documents are those that were sent, each once in each space, and their bytes are on the disk.
    documents = house.rows(
        "SELECT f.key, f.sha256, d.space FROM documents_document d "
        "JOIN portal_storedfile f ON f.id = d.file_id "
        "JOIN mailing_inboundattachment a ON a.id = d.source_id WHERE a.mail_id > ?",
        before,
    )
    sent = [
        (sha256(file).hexdigest(), "image" if to == IMAGE else "box")
        for _, tos, files in post
        for to in tos
        for file in files
    ]
    filed = [(sha, space) for _, sha, space in documents]
    ends = house.rows("SELECT status FROM mailing_inboundmail WHERE id > ?", before)
    chaos.record(
        "F03",
        sent=MAILS,
        kills=KILLS,
        seed=SEED,
        began=began,
        stuck=ends.count(("received",)),
        I1=(acknowledged, delivered),
        I2=([("filed",)] * len(acknowledged), ends),
        I3=(sent, filed),
    )
    assert sorted(sha for _, sha in raws) == sorted(sha256(raw).hexdigest() for raw, _, _ in post)
    assert sorted(delivered) == sorted(acknowledged)
    assert sorted(filed) == sorted(sent)
    assert [key for key, sha, *_ in raws + documents if kept(house, key) != sha] == []
    assert house.get("/sante/") == (200, b"ok\n")


def run(house, script: str, *arguments: str, fault: str = "") -> tuple[int, str]:
    """A process on the data of a house that is not served: its exit code, and what it said."""
    process = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=BASE_DIR,
        env=house.settings(FAULT=fault, DJANGO_SETTINGS_MODULE="portal.settings"),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return process.returncode, process.stdout


def hand_over(house, *post: tuple[bytes, str], fault: str = "") -> int:
    """Mails to a listener that dies at `fault`, or stops when it has them all; its exit code."""
    listener = subprocess.Popen(
        [sys.executable, "manage.py", "listen"],
        cwd=BASE_DIR,
        env=house.settings(FAULT=fault),
        stdout=subprocess.PIPE,
    )
    with listener:
        listener.stdout.readline()  # it says where it listens
        try:
            for raw, sender in post:
                house.send(raw, BOX, sender=sender)
        except smtplib.SMTPServerDisconnected:
            return listener.wait(30)
        listener.terminate()
        return listener.wait(30)


@pytest.mark.parametrize("turn", range(int(os.getenv("KILL_TURNS") or 1)))
def test_death_at_each_named_point_is_made_good(open_house, turn):
    began, house, dead = monotonic(), open_house(start=False), -signal.SIGKILL
    last = house.value("SELECT max(id) FROM mailing_inboundmail")
    known, stranger = mail_from(SENDER, subject="connue"), "facture@points.example"
    unknown = mail_from(stranger, subject="inconnue")

    # The client was not answered, and comes again.
    assert hand_over(house, (known, SENDER), fault="after_file") == dead
    assert hand_over(house, (known, SENDER), fault="after_commit") == dead
    assert hand_over(house, (known, SENDER), (unknown, stranger)) == 0
    # The worker is started anew, and takes the row again.
    assert run(house, TURN, fault="in_filing") == (dead, "")
    assert run(house, TURN, fault="after_claim") == (dead, "")
    assert run(house, TURN, fault="after_accept") == (dead, "")
    # The provider heard nothing, and posts again. The first post was stored before our own sending was.
    (key,) = {k for (k,) in house.rows("SELECT key FROM mailing_outgoingmail WHERE to_email = ?", stranger)}
    event = {
        "event": "delivered",
        "email": stranger,
        "message-id": f"<{key}@depot.localhost>",
        "ts_epoch": 1_792_000_000_000,
    }
    post = (json.dumps(event), f"Basic {house.webhook_secret()}")
    assert run(house, POST, *post, fault="after_event_stored") == (dead, "")
    assert run(house, POST, *post) == (0, "200\n")
    assert run(house, TURN) == (0, "")

    mails = house.rows(
        "SELECT r.sha256, m.status FROM mailing_inboundmail m JOIN mailing_rawmail r ON r.id = m.raw_id "
        "WHERE m.id > ? ORDER BY m.id",
        last,
    )
    wanted = [(sha256(known).hexdigest(), "filed"), (sha256(unknown).hexdigest(), "held")]
    filed = house.rows(
        "SELECT a.name, a.mail_id - ? FROM documents_document d "
        "JOIN mailing_inboundattachment a ON a.id = d.source_id WHERE a.mail_id > ?",
        last,
        last,
    )
    stuck = sum(status == "received" for _, status in mails)
    chaos.record(
        "F04", sent=2, kills=6, stuck=stuck, began=began, I1=(wanted, mails), I3=([("facture.pdf", 1)], filed)
    )
    assert mails == wanted
    assert filed == [("facture.pdf", 1)]
    sent = house.rows(
        "SELECT to_email, status, (SELECT group_concat(code) FROM (SELECT code FROM mailing_mailevent "
        "WHERE mail_id = o.id ORDER BY code)) FROM mailing_outgoingmail o "
        "WHERE subject LIKE '%inconnue%' OR subject LIKE '%points.example%' ORDER BY to_email",
    )
    assert sent == [(stranger, "sent", "delivered,sent"), ("gerant@moimeme.example", "sent", "sent")]
    assert len(house.mails(stranger)) == len(house.mails("gerant@moimeme.example", about=stranger)) == 1
