"""The doorbell: rows are the queue, a task only says « look at your queue ».

`ring(queue)` is the one way to wake a worker. A bell that is not heard costs seconds, never data: beat rings
the same tasks (`portal/celery.py`).
"""

import contextlib
import json
import logging
import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty
from time import monotonic, sleep

from django.db import transaction
from kombu.transport import TRANSPORT_ALIASES, filesystem

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 30  # how long one task goes on taking rows
# Where many commits follow one another, one ring tells of them all: a bell costs its worker more than a row.
PAUSE_SECONDS = 0.05
_rung: dict[tuple[str, str], float] = {}
_ringing: set[tuple[str, str]] = set()
_lock = threading.Lock()
_ringer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bell")


def ring(queue: str, *, task: str = "") -> None:
    """Wake the workers of `queue` once the transaction is committed; never slow, never raises.

    They run the task that is named as the queue, or `task`, where that is work of its own in the same queue.

    The broker is spoken to from a background thread: one that accepts and says nothing would otherwise hold
    back a 250 that is already true.
    """
    transaction.on_commit(partial(_ring_soon, task or queue, queue), robust=True)


def _ring_soon(task: str, queue: str) -> None:
    with _lock:
        if (task, queue) in _ringing:  # a ring not yet sent will be heard after this commit too
            return
        _ringing.add((task, queue))
    _ringer.submit(_ring_now, task, queue)


def _ring_now(task: str, queue: str) -> None:
    from portal.celery import app

    sleep(max(0, _rung.get((task, queue), 0) + PAUSE_SECONDS - monotonic()))
    _rung[task, queue] = monotonic()
    with _lock:
        _ringing.discard((task, queue))
    try:
        app.send_task(task, queue=queue, expires=60, retry=False)
    except Exception:
        logger.warning("the bell of %s was not heard; the next sweep takes its rows", task, exc_info=True)


def answer(claim: Callable, handle: Callable) -> int:
    """Take rows by `claim` and `handle` each until none is due or the time is over; how many were taken.

    What `handle` raises is its own affair: it is expected to give the row back. Here it is logged, so that one
    bad row never stops the others (T63).
    """
    until = monotonic() + ANSWER_SECONDS
    taken = 0
    while monotonic() < until and (row := claim()) is not None:
        taken += 1
        try:
            handle(row)
        except Exception:
            logger.exception("%s %s failed", type(row).__name__, row.pk)
    return taken


class FolderChannel(filesystem.Channel):
    """Kombu's folder of messages, written so that a reader never sees half a file.

    Kombu opens the final name and writes into it; a worker that reads meanwhile dies. A temporary name that the
    reader skips, then `os.replace`, closes that window. A worker also dies where the folder is away for a while:
    here it is made anew, and where that cannot be, it holds no message.
    """

    def _get(self, queue):
        try:
            return super()._get(queue)
        except OSError as error:
            self._make_folders()
            raise Empty from error

    def _size(self, queue) -> int:
        try:
            return super()._size(queue)
        except OSError:
            return 0

    def _make_folders(self) -> None:
        with contextlib.suppress(OSError):
            for folder in (self.data_folder_in, self.data_folder_out, self.processed_folder):
                os.makedirs(folder, exist_ok=True)

    def get_table(self, exchange):
        """Which queues hear of `exchange`: those that were bound, and where that is forgotten, the one of its name."""
        return super().get_table(exchange) or [filesystem.exchange_queue_t(exchange, "", exchange)]

    def _write(self, path: str, payload) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{uuid.uuid4().hex}.tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(payload, file)
        os.replace(temporary, path)

    def _put(self, queue, payload, **kwargs):
        name = f"{int(monotonic() * 1000):015d}_{uuid.uuid4()}.{queue}.msg"
        self._write(os.path.join(self.data_folder_out, name), payload)

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        bound = [list(row) for row in super().get_table(exchange)]
        row = [routing_key or "", pattern or "", queue or ""]
        if row not in bound:
            self._write(str(self._exchange_file(exchange)), [row, *bound])


class FolderTransport(filesystem.Transport):
    Channel = FolderChannel


TRANSPORT_ALIASES["folder"] = "portal.bell:FolderTransport"
