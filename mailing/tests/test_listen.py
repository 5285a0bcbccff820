"""`manage.py listen` as a process of its own: killed, stopped, on a full disk, and under twenty big mails."""

import os
import re
import resource
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from mailing.models import InboundMail, RawMail
from mailing.tests.smtp import BOX, Client, free_port, kept_files, stored

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def data_dir(addresses, settings, tmp_path):
    """The processes' `DATA_DIR`, where this process looks for their files too."""
    settings.FILES_DIR = tmp_path / "data" / "files"
    return tmp_path / "data"


def database_url() -> str:
    """The test database, as another process reaches it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{database['NAME']}"
    user, password, host, port = (
        quote(str(database[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "PORT")
    )
    return f"postgres://{user}:{password}@{host}:{port or 5432}/{database['NAME']}"


@contextmanager
def listening(data_dir: Path, **environment):
    """`manage.py listen` on a free port; its process, which knows its `port`."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "listen"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATA_DIR": str(data_dir),
            "SMTP_PORT": str(port),
            "DATABASE_URL": database_url(),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        process.port = port
        assert process.stdout.readline() == f"Les mails sont reçus sur 127.0.0.1:{port}\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("point", "rows"), [("after_file", 0), ("after_commit", 1)])
@pytest.mark.parametrize("size", [10, 600_000], ids=["in memory", "on disk"])
def test_killed_before_it_answered(data_dir, point, rows, size):
    """F04: no 250, so the client comes again, and then there is one mail."""
    mail = b"x" * size + b"\r\n"
    with listening(data_dir, FAULT=point) as process, Client(process.port) as client:
        assert client.deliver(mail) == ""
        assert process.wait(10) == -signal.SIGKILL
    assert stored() == [mail] * rows
    with listening(data_dir) as process, Client(process.port) as client:
        assert client.deliver(mail).startswith("250")
    assert stored() == [mail]
    assert InboundMail.objects.count() == 1


def test_stopped_it_lets_a_mail_end_and_takes_no_other(data_dir):
    with listening(data_dir) as process, Client(process.port) as client, Client(process.port) as idle:
        client.start_data()
        client.send(b"half of a mail,")
        process.send_signal(signal.SIGTERM)
        assert idle.hear().startswith("421")
        with pytest.raises(ConnectionRefusedError):
            Client(process.port)
        assert client.say(b" and its end\r\n.\r\n").startswith("250")
        assert client.hear().startswith("421")
        assert process.wait(10) == 0
    assert stored() == [b"half of a mail, and its end\r\n"]


@pytest.mark.parametrize("name", ["SMTP_PORT", "LMTP_PORT"])
def test_a_port_that_is_taken_is_said_in_french(settings, name):
    settings.SMTP_PORT = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        setattr(settings, name, port)
        sentence = f"Le port {port} .* est déjà pris .* Choisir un autre port par {name}."
        with pytest.raises(CommandError, match=sentence) as error:
            call_command("listen")
    assert error.value.returncode == 1


def test_lmtp_where_it_has_a_port(data_dir):
    port = free_port()
    with listening(data_dir, LMTP_PORT=str(port), LOCAL_SUBMISSION_TRUSTED="True") as process:
        assert process.stdout.readline() == f"et par LMTP sur 127.0.0.1:{port}\n"
        with smtplib.LMTP("127.0.0.1", port) as server, smtplib.SMTP("127.0.0.1", process.port) as client:
            assert server.sendmail("a@b.example", [BOX], b"by LMTP\r\n") == {}
            assert client.sendmail("a@b.example", [BOX], b"by SMTP\r\n") == {}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    mails = InboundMail.objects.order_by("pk").values_list("channel", "is_local_submission")
    assert list(mails) == [("lmtp", False), ("smtp", True)]


def limit_files(process: subprocess.Popen, size: int) -> None:
    """No file of `process` may grow beyond `size`; -1 takes the limit away."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_file_that_may_not_grow_is_452_and_leaves_nothing(data_dir):
    """F09. The kernel refuses what is written beyond the limit, as it does on a full disk."""
    small, large = b"x" * 100_000 + b"\r\n", b"y" * 600_000 + b"\r\n"
    with listening(data_dir) as process, Client(process.port) as client:
        limit_files(process, 50_000)
        for mail in (small, large):
            assert client.deliver(mail).startswith("452 4.3.1")
        assert (stored(), kept_files()) == ([], [])
        limit_files(process, resource.RLIM_INFINITY)
        for mail in (small, large):
            assert client.deliver(mail).startswith("250")
    assert stored() == [small, large]


@pytest.fixture(params=["size=1m"])
def small_disk(data_dir, request):
    """A disk of 1 MB for the files, or with other options, where this machine lets us have one."""
    folder = data_dir / "files"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "portal-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("monter un disque demande les droits de root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_452_and_recovers_alone(data_dir, small_disk):
    with listening(data_dir) as process, Client(process.port) as client:
        (small_disk / "ballast").write_bytes(b"x" * 900_000)
        for size in (200_000, 600_000):
            assert client.deliver(b"x" * size + b"\r\n").startswith("452 4.3.1")
        assert [path.name for path in kept_files()] == ["ballast"]
        (small_disk / "ballast").unlink()
        assert client.deliver(b"x" * 600_000 + b"\r\n").startswith("250")
        assert RawMail.objects.count() == 1


@pytest.mark.parametrize("small_disk", ["size=1m", "nr_inodes=60"], indirect=True, ids=["bytes", "inodes"])
def test_a_disk_that_fills_up_loses_no_mail(data_dir, small_disk):
    """F09: 200 mails to a disk that holds few of them: each 250 is whole, each other answer 452, none is half."""
    mails = [b"%d " % number + b"x" * 20_000 + b"\r\n" for number in range(200)]
    with listening(data_dir) as process, Client(process.port) as client:
        answers = [client.deliver(mail)[:9] for mail in mails]
        taken = [mail for mail, answer in zip(mails, answers, strict=True) if answer == "250 2.0.0"]
        assert set(answers) == {"250 2.0.0", "452 4.3.1"}
        assert stored() == taken
        assert len(kept_files()) == len(taken)
        subprocess.run(["mount", "-o", "remount,size=20m,nr_inodes=5000", str(small_disk)], check=True)
        left = [mail for mail in mails if mail not in taken]
        assert {client.deliver(mail)[:3] for mail in left} == {"250"}
    assert sorted(stored()) == sorted(mails)
    assert {path.stat().st_size for path in kept_files()} == {len(mail) for mail in mails}


@pytest.mark.parametrize("small_disk", ["size=8m"], indirect=True)
def test_a_full_disk_of_the_database_is_452_too(data_dir, small_disk):
    if connection.vendor != "sqlite":
        pytest.skip("le disque de PostgreSQL est le sien")
    copy = small_disk / "copy.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    with listening(data_dir, DATABASE_URL=f"sqlite://{copy}") as process, Client(process.port) as client:
        assert client.deliver(b"before\r\n").startswith("250")
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:  # all that is left but the room for the mail's own file
                file.write(bytes(4096))
        os.truncate(ballast, ballast.stat().st_size - 8192)
        assert client.deliver(b"mail\r\n").startswith("452 4.3.1")
        ballast.unlink()
        assert client.deliver(b"mail\r\n").startswith("250")
        with closing(sqlite3.connect(copy)) as database:
            sizes = database.execute("SELECT size FROM mailing_rawmail ORDER BY id").fetchall()
    assert sizes == [(8,), (6,)]


def memory_of(process: subprocess.Popen, what: str) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024


def test_memory_stays_flat_while_big_mails_come_in(data_dir):
    """Twenty mails of 50 MB, ten at once: far more than a listener may hold."""
    mail = (b"x" * 76 + b"\r\n") * (50 * MB // 78)
    answers = []

    def deliver(number: int) -> None:
        with Client(process.port) as client:
            answers.append(client.deliver(b"%d\r\n" % number + mail)[:3])

    with listening(data_dir) as process:
        with Client(process.port) as client:
            assert client.deliver(b"first\r\n").startswith("250")
        before = memory_of(process, "VmRSS")
        clients = [threading.Thread(target=deliver, args=(n,)) for n in range(20)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(120)
        assert answers == ["250"] * 20
        assert memory_of(process, "VmHWM") - before < 30 * MB
    assert len(kept_files()) == 21
    for path in kept_files():
        path.unlink()  # a gigabyte is not left to the next runs
