"""One limited child process for each piece of work on a stranger's PDF or picture (T46, T56, F14, F17; design.md).

`run()` starts the folder `inside`, hands it open files, and gives its answer, or a `Failure` that can be shown to people.
A fresh process each time: what a file breaks ends with it. It cannot take more memory, processor, time or disk than
`Limits` says, whatever the libraries do; whoever calls holds none of the file in memory.
"""

import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

INSIDE = Path(__file__).with_name("inside")
MAX_ANSWER = 8 * 1024 * 1024  # bytes of JSON
# Two at a time in each process of the portal, for they take a core each; a third waits a little, then is told so.
# A web process of four threads thus keeps two for pages while somebody looks at bombs.
PLACES = 2
WAIT = 1.5  # seconds
MIB = 1024 * 1024

_places = threading.BoundedSemaphore(PLACES)


class Cause(models.TextChoices):
    """Why there is no result; the label is the sentence for people."""

    PROTECTED = "protected", _("PDF protégé par un mot de passe.")
    PDF_UNREADABLE = "pdf_unreadable", _("PDF illisible.")
    PICTURE_UNREADABLE = "picture_unreadable", _("Image illisible.")
    TOO_MANY_PIXELS = "too_many_pixels", _("Image trop grande pour être affichée.")
    NO_SUCH_PAGE = "no_such_page", _("Cette page n’existe pas.")
    TOO_HEAVY = "too_heavy", _("Fichier trop lourd à lire : la mémoire permise ne suffit pas.")
    TOO_LONG = "too_long", _("Fichier trop long à lire : le temps permis ne suffit pas.")
    CRASHED = "crashed", _("Fichier illisible : sa lecture s’est interrompue.")
    NOT_SHOWN = "not_shown", _("Pas d’aperçu pour ce type de fichier.")
    LATE = "late", _("Lecture interrompue après dix secondes : réessayez plus tard.")
    GONE = "gone", _("Le fichier n’existe plus.")
    BUSY = "busy", _("Trop de fichiers sont en cours de lecture : réessayez dans un instant.")
    UNAVAILABLE = "unavailable", _("Lecture du fichier impossible pour le moment.")


# The machine's state may be to blame, another try may succeed: not to be remembered about the file.
PASSING = frozenset({Cause.LATE, Cause.GONE, Cause.BUSY, Cause.UNAVAILABLE})


@dataclass(frozen=True)
class Failure:
    """No result. `index` tells which of several sources is to blame, from 0, None where it is the only one or unknown."""

    cause: Cause
    index: int | None = None

    @property
    def reason(self) -> str:
        """A French sentence for whoever asked."""
        return str(self.cause.label)

    @property
    def is_final(self) -> bool:
        """The same bytes would fail again."""
        return self.cause not in PASSING


@dataclass(frozen=True)
class Limits:
    """What a child may use: `memory` bytes of address space (60 MB of them are the libraries), `cpu` and `wall` in
    seconds, `file` in bytes written to its result.
    """

    memory: int = 320 * MIB
    cpu: int = 8
    wall: int = 10
    file: int = 64 * MIB


def run(
    task: str,
    *sources: Path | bytes,
    into: IO[bytes] | None = None,
    limits: Limits | None = None,
    **given: Any,
) -> dict[str, Any] | Failure:
    """Let a child do `task` of `inside/orders.py` on `sources`, with the plain values `given`.

    `into` is an open binary file for tasks that make one, written from its descriptor's place; what it holds after a
    Failure is worth nothing. Answers within `limits.wall` + 2 s. Never raises for what a file holds, or is not there.
    """
    limits = limits or Limits()
    started = monotonic()
    with ExitStack() as stack:
        try:
            files = [stack.enter_context(_opened(source)).fileno() for source in sources]
        except FileNotFoundError:
            return Failure(Cause.GONE)
        except OSError as error:  # no room for a copy, no descriptor left
            log.error("%s: %r", task, error)
            return Failure(Cause.UNAVAILABLE)
        if not _places.acquire(timeout=WAIT):
            return Failure(Cause.BUSY)
        stack.callback(_places.release)
        order = {
            "task": task, "sources": files, "into": into and into.fileno(), "limits": asdict(limits), "given": given,
        }  # fmt: skip
        answer, status = _ask(order, limits)
    result = _read(answer, status)
    if isinstance(result, Failure):
        seconds = monotonic() - started
        log.info(
            "%s: %s after %.1f s (status %s, %s)", task, result.cause.value, seconds, status, _detail(answer)
        )
    return result


@contextmanager
def _opened(source: Path | bytes) -> Iterator[IO[bytes]]:
    """A file with a descriptor. Bytes go through a file without a name: a pipe could not be read twice."""
    if isinstance(source, bytes):
        with tempfile.TemporaryFile() as file:
            file.write(source)
            file.seek(0)
            yield file
    else:
        with source.open("rb") as file:
            yield file


def _ask(order: dict[str, Any], limits: Limits) -> tuple[bytes, int | str]:
    """Run one child to its end: what it answered, and its exit status, or "late" or "talkative" where it was killed.

    No `preexec_fn`, which may deadlock among threads: the child limits itself before it looks at anything. `-I` keeps
    environment and current folder out; the folder is given by its path, for importing
    `portal.files` would import what `portal` does.
    """
    files = [*order["sources"], *([] if order["into"] is None else [order["into"]])]
    command = [sys.executable, "-I", "-X", "utf8", str(INSIDE), json.dumps(order)]
    deadline = monotonic() + limits.wall
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={}, cwd="/", pass_fds=files, start_new_session=True, bufsize=0,
        )  # fmt: skip
    except OSError as error:  # no process or no memory to be had
        return b"", repr(error)
    try:
        assert process.stdout is not None
        with process.stdout as pipe:
            answer = _hear(pipe.fileno(), deadline)
        if isinstance(answer, str):
            return b"", answer
        return answer, process.wait(timeout=max(0.5, deadline - monotonic()))
    except subprocess.TimeoutExpired:
        return b"", "late"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _hear(pipe: int, deadline: float) -> bytes | str:
    """All that is said until the pipe is closed, or "late", or "talkative" beyond MAX_ANSWER."""
    heard = bytearray()
    poll = select.poll()  # select() refuses descriptors above 1,023
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while (left := deadline - monotonic()) > 0 and poll.poll(left * 1000):
        piece = os.read(pipe, 64 * 1024)
        if not piece:
            return bytes(heard)
        heard += piece
        if len(heard) > MAX_ANSWER:
            return "talkative"
    return "late"


def _read(answer: bytes, status: int | str) -> dict[str, Any] | Failure:
    """The result in an answer; where it is none, the Failure that the answer or the exit status tells."""
    try:
        said = json.loads(answer)
    except ValueError:
        return Failure(_cause_of(status))
    if "result" in said:
        return said["result"]
    return Failure(Cause(said["cause"]), said["index"])


def _cause_of(status: int | str) -> Cause:
    """Who killed a child that said nothing."""
    match status:
        case (
            "late"
        ):  # a busy machine may be to blame; what is too long by itself meets the processor's limit first
            return Cause.LATE
        case "talkative":
            return Cause.TOO_HEAVY
        case int() if -status == signal.SIGXCPU:
            return Cause.TOO_LONG
        case int() if -status == signal.SIGKILL:  # not by us: the kernel was out of memory
            return Cause.UNAVAILABLE
        case int() if status < 0:
            return Cause.CRASHED
    return Cause.UNAVAILABLE


def _detail(answer: bytes) -> str:
    try:
        return str(json.loads(answer).get("detail"))
    except ValueError:
        return "no answer"
