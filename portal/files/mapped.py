"""A large file as the checks of `checks.py` and `soundness.py` read bytes, a few megabytes of it in memory at a time."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

SMALL = 1024 * 1024  # below, the bytes themselves are quicker
STEP = 4 * 1024 * 1024  # a multiple of every page size


class Mapped(mmap.mmap):
    """What `bytes` do and a mapping does not, or not in this way."""

    def startswith(self, prefixes: bytes | tuple[bytes, ...]) -> bool:
        return self[:64].startswith(prefixes)

    def __contains__(self, part: object) -> bool:
        assert isinstance(part, bytes)
        for start in range(0, len(self), STEP):
            if self.find(part, start, start + STEP + len(part)) >= 0:
                return True
            self.madvise(mmap.MADV_DONTNEED, start, min(STEP, len(self) - start))  # it is read, and may go
        return False


@contextmanager
def content_of(file: BinaryIO, size: int) -> Iterator[bytes | Mapped]:
    """The `size` bytes of a file of the disk; mapped where they are many."""
    if size < SMALL:
        file.seek(0)
        yield file.read()
        return
    with Mapped(file.fileno(), size, access=mmap.ACCESS_READ) as content:
        yield content
