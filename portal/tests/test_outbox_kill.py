"""`kill -9` of the worker while mails leave by SMTP to a server that is away, busy, or gone once it has accepted.

None is lost, and a double is only of the moment of acceptance, with the same bytes (F05).
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from threading import Condition

import pytest
from aiosmtpd.controller import Controller

from portal.tests.house import BASE_DIR, free_port

MAILS, KILLS = int(os.getenv("OUTBOX_MAILS") or 120), int(os.getenv("OUTBOX_KILLS") or 5)
BUSY, GONE = 11, 17  # each so many mails: 451, and a connection cut between acceptance and its answer

# 300 mails of one firm in the outbox, nothing sent yet.
WRITE = """
import django
django.setup()
from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox
from portal.models import Firm

OutgoingMail.objects.all().delete()
firm = Firm.objects.get(slug="martin")
for number in range(int(sys.argv[1])):
    outbox.post(
        MailKind.PENDING, "approvals/email/pending", to_email=f"client{number}@exemple.example", firm=firm,
        context={"mail": {"subject": f"Envoi {number}", "address": {"address": "4.box"}}, "attachments": []},
    )
"""
# A worker that takes mails until none is due. Leases and pauses end at once: what was given back is due.
TURN = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
import mailing.tasks
from mailing.models import OutgoingMail
from mailing.sending import delivery

OutgoingMail.objects.filter(status__in=OutgoingMail.WAITING).update(next_attempt_at=timezone.now())
for mail in OutgoingMail.objects.filter(status=OutgoingMail.FAILED):
    mail.retry()  # five bad days in a row: « Renvoyer »

delivery.LEASE = timedelta(0)
mailing.tasks.outbox()
"""


class Sink:
    """A mail server with bad days, which remembers what it has accepted."""

    def __init__(self) -> None:
        self.asked = 0
        self.received: list[tuple[str, str, str]] = []
        self.unanswered = 0
        self.came = Condition()

    async def handle_DATA(self, server, session, envelope):
        self.asked += 1
        if self.asked % BUSY == 0:
            return "451 4.3.0 Busy, come back later"
        with self.came:
            sender, (to,) = envelope.mail_from, envelope.rcpt_tos
            self.received.append((sender, to, sha256(envelope.content).hexdigest()))
            self.came.notify_all()
        if self.asked % GONE == 0:
            self.unanswered += 1
            server.transport.abort()
        return "250 OK"

    def wait_for_more(self, count: int, process: subprocess.Popen) -> None:
        """Until `count` more mails have come, or the worker has none left."""
        with self.came:
            wanted = len(self.received) + count
            while len(self.received) < wanted and process.poll() is None:
                self.came.wait(timeout=0.5)


@pytest.fixture
def sink():
    sink = Sink()
    sink.port = free_port()
    sink.controller = open_doors(sink)
    yield sink
    sink.controller.stop()


def open_doors(sink: Sink) -> Controller:
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    return controller


def test_none_is_lost_and_doubles_are_of_the_moment_of_acceptance(open_house, sink):
    house = open_house(start=False, MAIL_OUT="smtp", SMTP_URL=f"smtp://127.0.0.1:{sink.port}")
    environment = house.settings(DJANGO_SETTINGS_MODULE="portal.settings")
    command = {"cwd": BASE_DIR, "env": environment, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-c", f"import sys{WRITE}", str(MAILS)], check=True, **command)

    dice, killed, turns = random.Random(300), 0, 0
    while house.value("SELECT count(*) FROM mailing_outgoingmail WHERE status <> 'sent'"):
        turns += 1
        assert turns < 60
        is_away = turns == KILLS // 2
        if is_away:  # one turn meets nobody at all
            sink.controller.stop()
        worker = subprocess.Popen([sys.executable, "-c", TURN], **command)
        if killed < KILLS and not is_away:
            sink.wait_for_more(dice.randint(5, 25), worker)
            worker.kill()
        assert worker.wait(120) in (0, -signal.SIGKILL)
        killed += worker.returncode == -signal.SIGKILL
        if is_away:
            sink.controller = open_doors(sink)

    times = Counter(sink.received)
    assert {(sender, to) for sender, to, _ in times} == {
        ("<>", f"client{number}@exemple.example")
        for number in range(MAILS)  # answers bounce nowhere (D-17)
    }
    assert len(times) == MAILS  # a double has the same bytes, Message-ID included
    assert (killed, sink.unanswered > 0) == (KILLS, True)
    assert sum(times.values()) - MAILS <= KILLS + sink.unanswered
    sent = "SELECT count(*) FROM mailing_mailevent WHERE code = 'sent' AND mail_id IN (SELECT id FROM mailing_outgoingmail)"
    assert house.value(sent) == MAILS
