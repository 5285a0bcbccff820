"""Orders of `portal.files.child` and answers to them, inside the limited child (T46, T56, quality.md fact 10).

The one argument is an order as JSON, the standard output takes one answer as JSON. What runs here is never imported
by the portal and knows neither Django nor the portal, no path and no environment: sources and result are descriptors
that it inherits. An order is
`{"task", "sources": [fd], "into": fd or null, "limits": {"memory", "cpu", "wall", "file"}, "given": {…}}`, an answer
`{"result": {…}}` or `{"cause": "…", "detail": "…", "index": n or null}`; a child that answers nothing was killed.
"""

import errno
import json
import os
import resource
import signal
import sys

import letters
import pdfs
import pictures
from sealing import Refused

OURS = (errno.EMFILE, errno.ENOSPC, errno.EDQUOT, errno.EIO)
TASKS = {
    "inspect_pdf": (pdfs.inspect_pdf, "pdf_unreadable"),
    "draw_pdf": (pdfs.draw_pdf, "pdf_unreadable"),
    "text_of_pdf": (pdfs.text_of_pdf, "pdf_unreadable"),
    "merge": (pdfs.merge, "pdf_unreadable"),
    "text_to_pdf": (letters.text_to_pdf, "unavailable"),
    "inspect_picture": (pictures.inspect_picture, "picture_unreadable"),
    "draw_picture": (pictures.draw_picture, "picture_unreadable"),
}


def confine(limits: dict[str, int]) -> None:
    """Lower what this process may use, for good: hard limits cannot be raised again."""
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))
    # The parent counts too. Should it be killed, this clock ends the orphan: SIGALRM kills who does not handle it.
    signal.alarm(limits["wall"] + 1)


def answer(order: dict) -> dict:
    """Do what is ordered; whatever a library raises is an answer too."""
    task, otherwise = TASKS[order["task"]]
    try:
        return {"result": task(order)}
    except Refused as refused:
        return {"cause": refused.cause, "detail": repr(refused.__cause__)[:200], "index": refused.index}
    except MemoryError:
        return {"cause": "too_heavy", "detail": "MemoryError", "index": None}
    except Exception as error:
        if getattr(error, "errno", None) == errno.EFBIG:
            return {"cause": "too_heavy", "detail": repr(error)[:200], "index": None}
        # Not the file's fault: a library is missing, the disk is full, or something was looked for behind the seal.
        is_ours = isinstance(error, ImportError) or getattr(error, "errno", None) in OURS
        return {"cause": "unavailable" if is_ours else otherwise, "detail": repr(error)[:200], "index": None}


def main() -> None:
    order = json.loads(sys.argv[1])
    confine(order["limits"])
    reply = memoryview(json.dumps(answer(order)).encode())
    while reply:
        reply = reply[os.write(1, reply) :]
    os._exit(0)  # nothing is worth tidying up, and a broken document can crash the tidying
