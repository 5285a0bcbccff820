"""Named points at which a test kills the process, to prove that nothing acknowledged is lost."""

import os
import signal

from django.conf import settings


def fault(point: str) -> None:
    """End this process as a power cut would, where the environment's `FAULT` names `point`; else nothing.

    The points are those of quality.md F04: after_file, after_commit, after_claim, after_accept,
    after_event_stored, in_filing. SIGKILL leaves no `finally`, no rollback and no flush to help.
    """
    if point == settings.FAULT:
        os.kill(os.getpid(), signal.SIGKILL)
