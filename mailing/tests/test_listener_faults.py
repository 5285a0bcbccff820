"""Databases and disks that fail while mails come in: 451 or 452, nothing acknowledged is lost, and it recovers alone."""

import select
import socket
import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from mailing.models import InboundMail, RawMail
from mailing.tests.smtp import BOX, IMAGE, Client, running, stored
from mailing.tests.test_listen import data_dir, listening

__all__ = ["data_dir"]

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]

AGAIN = "451 4.3.0 Cannot take this mail now, try again later\r\n"


class Cable:
    """What lies between a process and a server, to be pulled out and put in again."""

    def __init__(self, host: str, port: int) -> None:
        self.there = (host, port)
        self.is_in = True
        self.ends: list[socket.socket] = []
        self.plug = socket.create_server(("127.0.0.1", 0))
        self.port = self.plug.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def pull(self) -> None:
        self.is_in = False
        for end in self.ends:
            end.close()

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self.plug.accept()
            except OSError:
                return
            if not self.is_in:
                here.close()
                continue
            there = socket.create_connection(self.there)
            self.ends += [here, there]
            threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        try:
            while True:
                for end in select.select([here, there], [], [], 0.1)[0]:
                    if not (data := end.recv(65536)):
                        raise OSError
                    (there if end is here else here).sendall(data)
        except (OSError, ValueError):
            here.close()
            there.close()


def test_a_database_that_is_down_is_451_and_back_again_is_250(data_dir):
    if connection.vendor != "postgresql":
        pytest.skip("une base SQLite n’est pas sur le réseau")
    database = connection.settings_dict
    cable = Cable(database["HOST"] or "127.0.0.1", int(database["PORT"] or 5432))
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@127.0.0.1:{cable.port}/{database['NAME']}"
    with (
        closing(cable.plug),
        listening(data_dir, DATABASE_URL=url) as process,
        Client(process.port) as client,
    ):
        assert client.deliver(b"before\r\n").startswith("250")
        client.start_data()
        cable.pull()
        assert client.say(b"meanwhile\r\n.\r\n") == AGAIN
        client.say(b"MAIL FROM:<>\r\n")
        assert client.say(b"RCPT TO:<%s>\r\n" % IMAGE.encode()) == AGAIN
        client.say(b"RSET\r\n")
        cable.is_in = True
        assert client.deliver(b"meanwhile\r\n").startswith("250")
    assert stored() == [b"before\r\n", b"meanwhile\r\n"]


@contextmanager
def option(monkeypatch, name: str, value):
    """Connections made within have this option, and no other has."""
    options = connection.settings_dict["OPTIONS"]
    with monkeypatch.context() as patch:
        patch.setitem(options, name, value)
        yield


def test_a_database_that_another_holds_is_451_and_then_250(monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("seul SQLite n’a qu’un écrivain")
    with option(monkeypatch, "timeout", 0.2), running() as listener, Client(listener.port) as client:
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
            other.execute("BEGIN IMMEDIATE")
            assert client.deliver(b"mail\r\n") == AGAIN
            other.rollback()
        assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]


READ_ONLY = {
    "sqlite": ("init_command", "PRAGMA journal_mode=WAL; PRAGMA query_only=ON;"),
    "postgresql": ("options", "-c default_transaction_read_only=on"),
}


def test_a_database_that_may_only_be_read_is_451_and_leaves_no_row(monkeypatch, caplog):
    with (
        option(monkeypatch, *READ_ONLY[connection.vendor]),
        running() as listener,
        Client(listener.port) as client,
    ):
        for size in (10, 600_000):
            assert client.deliver(b"x" * size + b"\r\n", BOX, IMAGE) == AGAIN
        caplog.clear()  # its tracebacks hold the connections
    assert (RawMail.objects.count(), InboundMail.objects.count()) == (0, 0)
    with running() as listener, Client(listener.port) as client:
        assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]
