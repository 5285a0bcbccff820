"""A mail has left while another writer holds the database: its row is written as soon as that is over, not sent twice."""

import sqlite3
import threading
from contextlib import closing

import pytest
from django.core.mail.backends.filebased import EmailBackend
from django.db import connection

from mailing.models import OutboxStatus, OutgoingMail
from mailing.sending import delivery
from mailing.tests.test_listener_faults import option
from portal.testing import arrive, mail_from

pytestmark = pytest.mark.django_db(transaction=True)

HELD = 0.3  # seconds; longer than the portal's own patience in this test


class HeldBackend(EmailBackend):
    """Takes each mail, and from that moment another writer holds the database for a while."""

    other: sqlite3.Connection

    def send_messages(self, messages):
        sent = super().send_messages(messages)
        self.other.execute("BEGIN IMMEDIATE")
        threading.Timer(HELD, self.other.rollback).start()
        return sent


@pytest.mark.skipif(connection.vendor != "sqlite", reason="seul SQLite n’a qu’un écrivain")
def test_what_has_left_is_written_once_the_other_writer_is_done(
    cast, settings, tmp_path, monkeypatch, caplog
):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = f"{__name__}.HeldBackend", tmp_path
    arrive(mail_from("facture@bois.example"))
    mail = OutgoingMail.objects.claim(lease=delivery.LEASE)
    connection.close()  # what `option` changes counts for connections made within
    name = connection.settings_dict["NAME"]
    with (
        option(monkeypatch, "timeout", 0.1),
        closing(sqlite3.connect(name, check_same_thread=False)) as HeldBackend.other,
    ):
        delivery.send(mail)
        connection.close()
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.events.count()) == (OutboxStatus.SENT, 1, 1)
    assert sum(path.read_text().count("\nSubject: ") for path in tmp_path.iterdir()) == 1
    assert "its row cannot be written yet" in caplog.text
