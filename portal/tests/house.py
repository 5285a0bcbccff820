"""`house`: the whole portal as one's own machine runs it, for tests that knock at its doors.

A real `manage.py serve` on ports of its own and on a copy of a prepared `DATA_DIR`: SQLite, the folder broker, mails
out as `.eml`. It never looks at the environment of whoever runs the tests, and shares nothing with another house.
Loaded as a plugin: `house` is one for all tests of a module, `open_house` gives a test one to itself.
"""

import base64
import contextlib
import fcntl
import http.client
import json
import os
import random
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from portal.serve import die_with_parent
from portal.tests import migrated

BASE_DIR = Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
TAIL = 6000


class House:
    """One portal that is served. `start()` waits until its doors are open, `stop()` until nobody is left."""

    def __init__(self, prepared: Path, folder: Path, **environment: str) -> None:
        self.prepared, self.data_dir = prepared, folder / "data"
        self.log = folder / "serve.log"
        shutil.copytree(prepared, self.data_dir)
        self.port, self.smtp_port = free_port(), free_port()
        self.environment = environment
        self.process: subprocess.Popen | None = None
        self.began = 0.0  # when its rows were last as prepared

    # Its life

    def start(self) -> None:
        """Open the doors: web and mail in answer. Call it in the thread that lives longest (PR_SET_PDEATHSIG)."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=BASE_DIR,
                env=self.settings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.wait_for(self.is_open, "the doors are open", seconds=90)

    def stop(self) -> int:
        """SIGTERM, as Ctrl-C or a supervisor stops it; the exit code of `serve`. Whoever is left then is killed."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.clear()

    def clear(self) -> None:
        """Leave no process behind, whatever went wrong."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def settings(self, **more: str) -> dict[str, str]:
        """The environment of its processes, and of a command that is to work on its data."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own = {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "SMTP_PORT": str(self.smtp_port),
            "LOCAL_SUBMISSION_TRUSTED": "True",
        }
        return {**inherited, **own, **self.environment, **more}

    def processes(self) -> dict[int, str]:
        """Whoever works on its data: process id to command line. Every child inherits `DATA_DIR`, orphans too."""
        mark, found = f"DATA_DIR={self.data_dir}".encode(), {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(folder.name)] = line.strip()
        return found

    def family(self, *words: str) -> tuple[int, list[int]]:
        """Of the child whose command line has `words`: its process id, and those of its own children."""
        members = [pid for pid, line in self.processes().items() if all(word in line for word in words)]
        mains = [pid for pid in members if parent_of(pid) == self.process.pid]
        assert len(mains) == 1, f"{words}: {mains}"
        return mains[0], [pid for pid in members if parent_of(pid) == mains[0]]

    def is_open(self) -> bool:
        try:
            if self.get("/sante/")[0] != 200:
                return False
            with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5) as smtp:
                return smtp.noop()[0] == 250
        except (OSError, http.client.HTTPException, smtplib.SMTPException):
            return False

    def wait_for(self, condition, what: str = "", seconds: float = 30, *, served: bool = True):
        """Ask `condition` until it is true, and give what it gave; a failure with the log's end after `seconds`.

        Where the house has fallen meanwhile there is nothing to wait for, unless that is what is wanted.
        """
        until = time.monotonic() + seconds
        while not (answer := condition()):
            if served and self.process.poll() is not None:
                pytest.fail(f"The house has stopped with code {self.process.returncode}.\n{self.tail()}")
            if time.monotonic() > until:
                what = what or getattr(condition, "__name__", str(condition))
                pytest.fail(f"Not within {seconds} s: {what}\n{self.tail()}")
            time.sleep(0.05)
        return answer

    def tail(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"… end of {self.log}:\n{text[-TAIL:]}"

    def begin_again(self) -> None:
        """Its rows are as they were prepared, while it is served; files stay, and mails that nobody looks at any more."""
        self.began = time.time()
        prepared = sqlite3.connect(f"file:{self.prepared / 'portal.sqlite3'}?mode=ro", uri=True)
        served = sqlite3.connect(self.data_dir / "portal.sqlite3", timeout=20)
        with contextlib.closing(prepared), contextlib.closing(served):
            prepared.backup(served)

    # Its doors

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request without a browser; status and body, no redirect followed."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.request("GET", path)

    def send(self, raw: bytes, *to: str, sender: str = "quai@exemple.test") -> None:
        """Hand a raw mail over by SMTP, as a mail program does; an answer other than 250 raises."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as smtp:
            refused = smtp.sendmail(sender, to, raw)
        assert refused == {}

    def post_brevo(self, message_id: str, to: str, event: str, at: int) -> int:
        """One event posted as Brevo does, `at` in seconds since 1970; the status of the answer."""
        payload = {
            "event": event,
            "email": to,
            "message-id": message_id,
            "ts_epoch": at * 1000,
            "reason": "",
        }
        return self.request(
            "POST",
            "/webhooks/brevo/",
            json.dumps(payload).encode(),
            content_type="application/json",
            authorization=f"Basic {self.webhook_secret()}",
        )[0]

    def webhook_secret(self) -> str:
        """User and password of the webhooks, as a header carries them."""
        return base64.b64encode((self.data_dir / "webhook_secret").read_bytes().strip()).decode()

    # What became of it

    @contextlib.contextmanager
    def sqlite(self):
        """Its database, to be looked at."""
        connection = sqlite3.connect(f"file:{self.data_dir / 'portal.sqlite3'}?mode=ro", uri=True, timeout=20)
        with contextlib.closing(connection):
            yield connection

    def rows(self, query: str, *values) -> list[tuple]:
        with self.sqlite() as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values):
        """The one value that `query` gives."""
        ((value,),) = self.rows(query, *values)
        return value

    def mails(self, to: str, about: str = "") -> list:
        """The `.eml` files written since it began to the address `to`, with `about` in their subject, oldest first."""
        written = []
        for path in sorted((self.data_dir / "mail").glob("*.eml")):
            if path.stat().st_mtime < self.began:
                continue
            mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            if to in [address.addr_spec for address in mail["To"].addresses] and about in mail["Subject"]:
                written.append(mail)
        return written


class Houses:
    """Opens houses, and closes them all."""

    def __init__(self, prepared: Path, factory: pytest.TempPathFactory) -> None:
        self.prepared = prepared
        self.factory = factory
        self.opened: list[House] = []

    def __call__(self, *, start: bool = True, **environment: str) -> House:
        house = House(self.prepared, self.factory.mktemp("house"), **environment)
        self.opened.append(house)
        if start:
            house.start()
        return house

    def close(self) -> None:
        for house in self.opened:
            if house.process and house.process.poll() is None:
                house.stop()
            house.clear()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, pytestconfig) -> Path:
    """A `DATA_DIR` as `make run` prepares it, made once for all pytest workers; copied, never served.

    Its migrations have run before, by the same command (`portal.tests.migrated`).
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, done = root / "prepared", root / "prepared.done"
    with (root / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()
            migrated.lay(pytestconfig, folder / "portal.sqlite3")
            environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
            made = subprocess.run(
                [sys.executable, "manage.py", "prepare"],
                cwd=BASE_DIR,
                env={**environment, "DATA_DIR": str(folder)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert made.returncode == 0, made.stdout + made.stderr
            done.touch()
    return folder


@pytest.fixture(scope="session")
def served(prepared, tmp_path_factory):
    """A portal that is served, one a worker."""
    houses = Houses(prepared, tmp_path_factory)
    yield houses()
    houses.close()


@pytest.fixture(scope="module")
def house(served):
    """The portal that is served, with the demonstration as it was prepared: no module finds what another has left."""
    served.begin_again()
    return served


@pytest.fixture
def open_house(prepared, tmp_path_factory):
    """Opens a house for this test alone: `open_house()`, or `open_house(start=False, MAIL_OUT="…")`."""
    houses = Houses(prepared, tmp_path_factory)
    yield houses
    houses.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        given = getattr(item, "funcargs", {})
        known = [given["house"]] if "house" in given else []
        for house in known + getattr(given.get("open_house"), "opened", []):
            report.sections.append((f"house on port {house.port}", house.tail()))
    return report


def free_port() -> int:
    """A port below those that the kernel gives to clients, so that no connection takes it before we do."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
