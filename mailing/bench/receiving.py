"""Accepted and durable: `manage.py listen` beside sinks that do less."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings

from mailing.bench.mails import KB, MB, deliver, mail
from portal.bench import Better, Figure, Measure, child

HERE = Path(__file__).parent
CLIENTS = 10


@contextmanager
def listener() -> Iterator[tuple[subprocess.Popen, int]]:
    """`manage.py listen` in a process of its own, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with child("manage.py", "listen", SMTP_PORT=str(port)) as (process, _):
        yield process, port


@contextmanager
def ours(size: int, count: int) -> Iterator[Measure]:
    with listener() as (_, port):
        yield partial(accepted, port, size, count)


@contextmanager
def sink(name: str, size: int, count: int) -> Iterator[Measure]:
    """A reference of `contestants/`, which prints its port."""
    with child(HERE / "contestants" / name, settings.DATA_DIR) as (_, port):
        yield partial(accepted, int(port), size, count)


def accepted(port: int, size: int, count: int) -> float:
    """Mails a second, from the first byte to the last 250."""
    mails = [mail(size) for _ in range(count)]
    start = time.perf_counter()
    deliver(port, mails, CLIENTS)
    return count / (time.perf_counter() - start)


@contextmanager
def stall(size: int, count: int) -> Iterator[Measure]:
    """How long another session waits for an answer while big mails come in: the longest wait, in milliseconds."""
    with listener() as (_, port):
        yield partial(longest_wait, port, size, count)


def longest_wait(port: int, size: int, count: int) -> float:
    longest = 0.0
    with socket.create_connection(("127.0.0.1", port)) as other, other.makefile("rb") as answers:
        answers.readline()
        load = subprocess.Popen([sys.executable, HERE / "mails.py", *map(str, (port, count, size, CLIENTS))])
        while load.poll() is None:
            start = time.perf_counter()
            other.sendall(b"NOOP\r\n")
            answers.readline()
            longest = max(longest, time.perf_counter() - start)
            time.sleep(0.005)
    if load.returncode:
        raise RuntimeError("the big mails were not all accepted")
    return longest * 1000


@contextmanager
def memory(size: int, count: int) -> Iterator[Measure]:
    yield partial(peak_memory, size, count)


def peak_memory(size: int, count: int) -> float:
    """The most that a listener has held, in MB, once `count` mails have come in at once."""
    raw = mail(size)
    with listener() as (process, port):
        clients = [
            threading.Thread(target=deliver, args=(port, [b"X-Number: %d\r\n" % n + raw], 1))
            for n in range(count)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        status = Path(f"/proc/{process.pid}/status").read_text()
    shutil.rmtree(settings.FILES_DIR)  # a gigabyte a round
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / MB


SMALL, BIG = {"size": 60 * KB, "count": 300}, {"size": 5 * MB, "count": 20}
OURS_SMALL, OURS_BIG = partial(ours, **SMALL), partial(ours, **BIG)
PLAIN_SMALL = partial(sink, "aiosmtpd_sink.py", **SMALL)
PLAIN = "aiosmtpd as it comes, its handler stores nothing"
BARE = "bare asyncio reader, raw mail by one INSERT and one commit (SQLite, WAL, synchronous=FULL)"

FIGURES = (
    Figure(
        "accepted and durable, 60 KB, beside aiosmtpd",
        "mails/s",
        OURS_SMALL,
        peer=PLAIN_SMALL,
        reference=PLAIN,
        goal=2,
    ),
    Figure(
        "accepted and durable, 60 KB, beside a bare reader",
        "mails/s",
        OURS_SMALL,
        peer=partial(sink, "bare_sink.py", **SMALL),
        reference=BARE,
        goal=0.5,
    ),
    Figure(
        "accepted and durable, 5 MB, beside aiosmtpd",
        "mails/s",
        OURS_BIG,
        peer=partial(sink, "aiosmtpd_sink.py", **BIG),
        reference=PLAIN,
        goal=4,
    ),
    Figure(
        "accepted and durable, 5 MB, beside a bare reader",
        "mails/s",
        OURS_BIG,
        peer=partial(sink, "bare_sink.py", **BIG),
        reference=BARE,
        goal=0.8,
    ),
    Figure(
        "stall of other sessions while 5 MB mails come in",
        "ms",
        partial(stall, 5 * MB, 40),
        better=Better.LOWER,
        goal=50,
    ),
    Figure(
        "peak memory of the listener, twenty mails of 50 MB at once",
        "MB",
        partial(memory, 50 * MB, 20),
        better=Better.LOWER,
        goal=150,
    ),
)
