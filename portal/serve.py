"""The whole portal in the foreground: four children that live and die together.

When one ends, all are stopped, and its exit code (128 + n for a signal) is ours: whoever supervises us starts
everything anew. Each child is told by the kernel when we die, so that a `kill -9` leaves no orphan that goes on
working beside the next start.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from django.conf import settings

from portal import demo

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10


def commands() -> dict[str, list[str]]:
    """The four children by name: web, worker, clock, mail in."""
    python = sys.executable
    celery = [python, "-W", "ignore", "-m", "celery", "--quiet", "-A", "portal.celery"]
    web = [
        python,
        "-m",
        "gunicorn",
        "portal.wsgi",
        "--bind",
        f"127.0.0.1:{settings.PORT}",
        "--no-control-socket",
    ]
    if settings.DEBUG:
        web.append("--reload")
    return {
        "web": [*web, "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"],
        "worker": [
            *celery,
            *(
                "worker",
                "--pool",
                "prefork",
                "--concurrency",
                "2",
                "--queues",
                "inbound,outbox,events,domains,jobs,notifications",
            ),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ],
        "beat": [
            *celery,
            *("beat", "--scheduler", "celery.beat.Scheduler", "--pidfile", "", "--loglevel", "WARNING"),
        ],
        "listener": [python, "manage.py", "listen"],
    }


def run(say: Callable[[str], object]) -> int:
    """Start the children, wait for the first to end, stop the others; the exit code to leave with."""
    for name in ("PORT", "SMTP_PORT", "LMTP_PORT"):
        port = getattr(settings, name)
        if port is not None and not is_free(port):
            say(
                f"Le port {port} est déjà pris : choisir un autre {name}, par exemple {name}={port + 1} make run"
            )
            return 1
    empty_broker()
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: stopping.append(number))
    children = {name: start(command) for name, command in commands().items()}
    say(welcome())
    try:
        while not stopping:
            for name, child in children.items():
                if child.poll() is not None:
                    code = child.returncode if child.returncode >= 0 else 128 - child.returncode
                    say(f"« {name} » s’est arrêté (code {code}) : tout s’arrête.")
                    return code or 1
            time.sleep(0.2)
        return 0
    finally:
        stop(children.values())


def start(command: list[str]) -> subprocess.Popen:
    """A child in a process group of its own, which gets SIGTERM when we die."""
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, start_new_session=True, preexec_fn=die_with_parent
    )


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(children) -> None:
    """SIGTERM to each, and to whole groups SIGKILL once the time is over; nothing acknowledged depends on it."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # a killed worker leaves its pool behind
    for child in children:
        child.wait()


def empty_broker() -> None:
    """The folder of bells is never the only copy of anything; a torn file in it would stop every start."""
    folder = settings.DATA_DIR / "bell"
    for name in ("messages", "taken", "control"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def welcome() -> str:
    """The address; where the demonstration is loaded, its accounts and one line that sends a first mail."""
    address = f"\nLe portail est servi : {settings.SITE_URL}/"
    if not demo.is_loaded():
        return address
    width = max(len(email) for email, _ in demo.ACCOUNTS)
    accounts = "\n".join(f"  {email:<{width}}  {who}" for email, who in demo.ACCOUNTS)
    return f"""{address}
Comptes de la démonstration (mot de passe : {demo.PASSWORD})
{accounts}

Un premier mail, d’une adresse inconnue à la box de l’entreprise 4 :
  .venv/bin/python manage.py send_mail --port {settings.SMTP_PORT} VOTRE.pdf

Les e-mails envoyés : {settings.DATA_DIR / "mail"}    Arrêter : Ctrl-C
"""
