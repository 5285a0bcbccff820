"""`kill -9` of worker, listener and web while mails come in: nothing acknowledged is lost, nothing is filed twice."""

import os
import random
import signal
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Event

from portal.files.keep import KEY
from portal.testing import BOX, IMAGE, mail_from, pdf

SENDER = "compta@moimeme.example"  # a client user of company 4: her mails are filed without a person's decision
MAILS = 100
CLIENTS = 4
KILLED = 128 + signal.SIGKILL


def letters():
    """100 different mails: a third of them some 60 KB, one in five with two files, one in four to two addresses."""
    dice = random.Random(60)
    for number in range(MAILS):
        files = {f"facture-{number}.pdf": pdf(f"Facture {number}") + padding(dice, number)}
        if number % 5 == 0:
            files[f"annexe-{number}.pdf"] = pdf(f"Annexe {number}")
        raw = mail_from(SENDER, subject=f"Envoi {number}", files=files)
        yield raw, (BOX, IMAGE) if number % 4 == 0 else (BOX,), list(files.values())


def padding(dice: random.Random, number: int) -> bytes:
    """A comment behind the end of a PDF."""
    return b"\n%" + dice.randbytes(30_000).hex().encode() if number % 3 == 0 else b""


def deliver(house, letter, stop: Event) -> int:
    """Try until the portal says 250, as a mail server does; how many tries it took."""
    raw, to, _ = letter
    tries = 0
    while not stop.is_set():
        tries += 1
        try:
            house.send(raw, *to, sender=SENDER)
            return tries
        except (OSError, smtplib.SMTPException):
            stop.wait(0.2)
    return 0


def kept(house, key: str) -> str:
    """The SHA-256 of what really lies on the disk under `key`."""
    assert KEY.fullmatch(key)
    return sha256((house.data_dir / "files" / key[0] / key[1:3] / key).read_bytes()).hexdigest()


def at_work(house) -> bool:
    """Does a worker hold a mail right now?"""
    return house.value("SELECT count(*) FROM mailing_inboundmail WHERE status = 'received' AND attempts > 0") > 0


def kill(house, number: int) -> bool:
    """The kills in turn: a worker's process and the whole worker while they hold a mail, the listener, the web.

    True where `serve` falls with its child: a process of the worker's pool is replaced.
    """
    worker, pool = house.family("celery", "worker")
    victims = (pool[0], worker, house.family("manage.py", "listen")[0], house.family("gunicorn")[0])
    if number < 2:
        house.wait_for(lambda: at_work(house), "a worker holds a mail")
    os.kill(victims[number], signal.SIGKILL)
    return number > 0


def test_nothing_acknowledged_is_lost_and_nothing_is_filed_twice(open_house):
    house = open_house()
    house.wait_for(lambda: len(house.family("celery", "worker")[1]) == 2, "the pool is there")
    before = house.value("SELECT max(id) FROM mailing_inboundmail")
    post, stop = list(letters()), Event()

    falls = []
    with ThreadPoolExecutor(CLIENTS) as clients:
        try:
            sent = [clients.submit(deliver, house, letter, stop) for letter in post]
            for number in range(4):
                due = MAILS * (number + 1) // 5
                house.wait_for(lambda due=due: sum(s.done() for s in sent) >= due, f"{due} are acknowledged", 60)
                if kill(house, number):
                    falls.append(house.process.wait(60))
                    assert house.processes() == {}
                    house.start()
            house.wait_for(lambda: all(s.done() for s in sent), "all are acknowledged", 60)
        finally:
            stop.set()
    assert falls == [KILLED] * 3
    tries = [s.result() for s in sent]
    assert max(tries) > 1, "no client met a closed door: the kills came too late"

    # I2: every row ends, and every mail out leaves.
    house.wait_for(
        lambda: house.rows("SELECT DISTINCT status FROM mailing_inboundmail WHERE id > ?", before)
        == [("filed",)],
        "every mail is filed",
        seconds=90,
    )
    house.wait_for(
        lambda: house.value("SELECT count(*) FROM mailing_outgoingmail WHERE status IN ('queued', 'sending')")
        == 0,
        "the outbox is empty",
    )

    # I1: one raw row for each mail that was answered 250, one row of it for each recipient.
    raws = house.rows(
        "SELECT DISTINCT r.key, r.sha256 FROM mailing_rawmail r "
        "JOIN mailing_inboundmail m ON m.raw_id = r.id WHERE m.id > ?",
        before,
    )
    assert sorted(sha for _, sha in raws) == sorted(sha256(raw).hexdigest() for raw, _, _ in post)
    assert [key for key, sha in raws if kept(house, key) != sha] == []
    delivered = house.rows(
        "SELECT r.sha256, m.envelope_to FROM mailing_inboundmail m "
        "JOIN mailing_rawmail r ON r.id = m.raw_id WHERE m.id > ?",
        before,
    )
    assert sorted(delivered) == sorted((sha256(raw).hexdigest(), to) for raw, tos, _ in post for to in tos)

    # I3: the documents are those that were sent, each once in each space, and their bytes are on the disk.
    documents = house.rows(
        "SELECT f.key, f.sha256, d.space FROM documents_document d "
        "JOIN portal_storedfile f ON f.id = d.file_id "
        "JOIN mailing_inboundattachment a ON a.id = d.source_id WHERE a.mail_id > ?",
        before,
    )
    wanted = [
        (sha256(file).hexdigest(), "image" if to == IMAGE else "box")
        for _, tos, files in post
        for to in tos
        for file in files
    ]
    assert sorted((sha, space) for _, sha, space in documents) == sorted(wanted)
    assert [key for key, sha, _ in documents if kept(house, key) != sha] == []
    assert house.get("/sante/") == (200, b"ok\n")
    print(house.rows("SELECT attempts, count(*) FROM mailing_inboundmail WHERE id > ? GROUP BY 1", before), sum(tries))
