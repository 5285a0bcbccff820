"""A mail without the weight of its bodies: all that a parser needs to find the parts (fact 6, T48)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from .headers import end_of_headers

MAX_HEADER_BYTES = 256 * 1024
MAX_SKELETON = 4 * 1024 * 1024
# The standard library makes an object of each line.
MAX_LINES = 400_000
MAX_DASHED_LINES = 200_000
WORTH_TAKING_OUT = 256
# A parameter on a line of its own that somebody forgot to indent: the header would end there.
LOST_FOLD = re.compile(rb";[ \t]*(\r?\n)(?=[A-Za-z][A-Za-z0-9*-]{0,30}=)")
# Allowed once (RFC 5322, 4.5), and the end of the header for the standard library.
SPACED_COLON = re.compile(rb"^(Content-[A-Za-z-]{1,30})[ \t]{1,30}:", re.IGNORECASE | re.MULTILINE)


TOO_HEAVY = "structure trop lourde pour être lue"


class Unreadable(Exception):
    """The mail as a whole cannot be read; the message is the French reason that people see."""


class Skeleton:
    """A mail without the weight of its bodies, and the way back.

    What follows an empty line, up to the next line that starts with two hyphens, can hold neither a header
    nor a boundary. It is replaced by one line that nobody can guess. `mendable` says whether some header
    holds a slip of known kind, which `mend` puts right.
    """

    def __init__(self, raw: bytes, mend: bool = False):
        self.raw, self.mend, self.mendable = raw, mend, False
        self.key = f"corps-{secrets.token_hex(12)}-".encode()
        self.taken: list[bytes] = []
        self.pieces = 0
        self.small = b"".join(self._pieces())
        if self.small.count(b"\n") + self.small.count(b"\r") > MAX_LINES:
            raise Unreadable(TOO_HEAVY)

    def _pieces(self) -> Iterator[bytes]:
        start = size = 0
        for stop in self._stops():
            self.pieces += 1
            piece = self._piece(start, stop)
            size += len(piece)
            if size > MAX_SKELETON or self.pieces > MAX_DASHED_LINES + 1:
                raise Unreadable(TOO_HEAVY)
            yield piece
            start = stop

    def _piece(self, start: int, stop: int) -> bytes:
        end, body = end_of_headers(self.raw, start, stop)
        if end - start > MAX_HEADER_BYTES and (body < stop or start == 0):
            raise Unreadable("en-têtes de plus de 256 Ko")
        head = self.raw[start:body]
        if LOST_FOLD.search(head) or SPACED_COLON.search(head):
            self.mendable = True
            if self.mend:
                head = SPACED_COLON.sub(rb"\1:", LOST_FOLD.sub(rb";\1 ", head))
        # The last line end belongs to the boundary that follows, and stays.
        last = stop - (self.raw[stop - 1 : stop] in (b"\n", b"\r")) - (self.raw[stop - 2 : stop] == b"\r\n")
        if last - body < WORTH_TAKING_OUT:
            return head + self.raw[body:stop]
        self.taken.append(self.raw[body:last])
        return b"%b%b%08d%b" % (head, self.key, len(self.taken) - 1, self.raw[last:stop])

    def _stops(self) -> Iterator[int]:
        """Where lines that start with two hyphens begin, then the end."""
        feed, ret = self.raw.find(b"\n--"), self.raw.find(b"\r--")
        while feed >= 0 or ret >= 0:
            place = (min(feed, ret) if feed >= 0 and ret >= 0 else max(feed, ret)) + 1
            yield place
            feed = self.raw.find(b"\n--", place) if 0 <= feed < place else feed
            ret = self.raw.find(b"\r--", place) if 0 <= ret < place else ret
        yield len(self.raw)

    def whole(self, payload: bytes) -> bytes:
        """The payload with what was taken out of it put back."""
        if self.key not in payload:
            return payload
        if payload.startswith(self.key) and len(payload) == len(self.key) + 8:
            return self.taken[int(payload[-8:])]
        first, *rest = payload.split(self.key)
        return b"".join(
            [first, *(part for piece in rest for part in (self.taken[int(piece[:8])], piece[8:]))]
        )
