"""A listener to talk to, and a client that says exactly what it is told. For the tests of receiving."""

import asyncio
import gc
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from mailing.models import InboundAddress, RawMail, Space
from mailing.receiving.listener import HOST, Limits, Listener
from portal.files.keep import open_kept
from portal.models import Company, Firm

BOX, IMAGE = "4.box@martin.depot.localhost", "4.image@martin.depot.localhost"
SENDER = "a@b.example"


@pytest.fixture
def addresses(transactional_db, settings, tmp_path) -> None:
    """BOX and IMAGE of one company, and an empty folder for files."""
    settings.FILES_DIR = tmp_path / "files"
    settings.LOCAL_SUBMISSION_TRUSTED = False
    firm = Firm.objects.create(name="Cabinet Martin", slug="martin")
    company = Company.objects.create(firm=firm, code="4", name="Moi Même")
    for address, space in ((BOX, Space.BOX), (IMAGE, Space.IMAGE)):
        InboundAddress.objects.create(firm=firm, company=company, address=address, space=space)


@pytest.fixture
def listener(addresses):
    with running() as listener:
        yield listener


@contextmanager
def running(*, lmtp_port: int | None = None, **limits):
    """A listener on a free port, in a thread of its own."""
    loop = asyncio.new_event_loop()
    listener = Listener(port=0, limits=Limits(**limits), lmtp_port=lmtp_port)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
        yield listener
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(grace=1), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
        if connection.vendor == "postgresql":
            gc.collect()  # its threads' connections: PostgreSQL drops no database that one still uses


class Client:
    """Sends bytes as they are, and hears the replies one by one."""

    def __init__(self, port: int, greeting: bytes | None = b"EHLO") -> None:
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.lines = self.socket.makefile("rb")
        if greeting:
            assert self.hear().startswith("220 ")
            assert self.say(greeting + b" client.example\r\n").startswith("250 ")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.lines.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self) -> str:
        """The last line of the next reply; "" when the server has closed."""
        while (line := self.lines.readline())[3:4] == b"-":
            pass
        return line.decode()

    def say(self, data: bytes) -> str:
        self.send(data)
        return self.hear()

    def start_data(self, *to: str) -> None:
        assert self.say(b"MAIL FROM:<%s>\r\n" % SENDER.encode()).startswith("250")
        for address in to or (BOX,):
            assert self.say(b"RCPT TO:<%s>\r\n" % address.encode()).startswith("250")
        assert self.say(b"DATA\r\n").startswith("354")

    def deliver(self, data: bytes, *to: str) -> str:
        """Send `data` as it is, then the final dot; the answer."""
        self.start_data(*to)
        return self.say(data + b".\r\n")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def stored() -> list[bytes]:
    """The bytes of the raw mails, in the order of their arrival."""
    contents = []
    for raw in RawMail.objects.order_by("pk"):
        with open_kept(raw.key) as file:
            contents.append(file.read())
        assert raw.size == len(contents[-1])
    return contents


def kept_files() -> list[Path]:
    return [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
