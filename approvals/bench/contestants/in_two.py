"""Work done by two processes side by side, as two workers do it."""

import os
import traceback
from collections.abc import Callable

from django.db import connections

WORKERS = 2


def in_two(work: Callable[[int], None], count: int) -> None:
    """Half of `count` for each process; RuntimeError where one fails."""
    connections.close_all()
    children = []
    for _ in range(WORKERS):
        if not (child := os.fork()):
            try:
                work(count // WORKERS)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
    if any(codes):
        raise RuntimeError("a worker failed")
