"""The leaves of a mail: two parsers read its skeleton and have to agree.

A mail is mostly attachments, and attachments hold no structure. So the bodies are first taken out (the
skeleton), the standard library walks what is left, and a second, native parser says whether it sees as
many leaves. Where it sees more, its leaves are added: no document is lost to one parser's opinion
(quality.md, fact 2). Limits make the work bounded whatever the mail (T48, fact 6).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_string
from email.message import Message
from email.policy import compat32
from functools import cached_property, partial

from fast_mail_parser import ParseError, parse_email_tree

from .headers import file_name, one_line, parameters
from .skeleton import TOO_HEAVY, Skeleton, Unreadable
from .transfer import decode

MAX_PARTS = 1000
MAX_DEPTH = 30
MAX_FORWARDED = 100 * 1024 * 1024
# All levels together, in bytes of skeletons; a piece of one costs as much as these.
MAX_STRUCTURE = 24 * 1024 * 1024
PIECE = 64
MAX_WORDS = 5000
FOLD = re.compile(r"[\r\n]+")
TYPE = "content-type"


@dataclass(frozen=True)
class Leaf:
    """One MIME leaf: its header fields, its payload still encoded, and the container around it."""

    fields: tuple[tuple[str, bytes], ...]
    payload: bytes = field(repr=False)
    around: str = ""
    by_default: str = "text/plain"

    def header(self, name: str) -> bytes:
        """The first field of that name (lower case), b"" where there is none."""
        return next((value for key, value in self.fields if key.lower() == name), b"")

    @cached_property
    def _content_type(self) -> tuple[str, dict[str, str]]:
        return parameters(self.header("content-type"))

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        return parameters(self.header("content-disposition"))

    @property
    def type(self) -> str:
        """The declared type in lower case; RFC 2045 5.2 where none is declared."""
        return self._content_type[0] or self.by_default

    @property
    def charset(self) -> str:
        return self._content_type[1].get("charset", "")

    @property
    def disposition(self) -> str:
        return self._disposition[0]

    @property
    def content_id(self) -> str:
        return one_line(self.header("content-id").decode("latin-1")).strip("<> ")

    @property
    def name(self) -> str | None:
        """The declared file name, decoded, NFC, without control characters; None where there is none."""
        return file_name(self._disposition[1].get("filename") or self._content_type[1].get("name") or "")

    @property
    def encoding(self) -> str:
        words = re.findall(r"[a-z0-9-]+", self.header("content-transfer-encoding").decode("latin-1").lower())
        return words[0] if words else ""

    @cached_property
    def content(self) -> bytes:
        return decode(self.payload, self.encoding)

    @property
    def is_text(self) -> bool:
        """Could be a body: plain text or HTML with neither a name nor the mark of an attachment."""
        text = (
            self.type in ("text/plain", "text/html") or self.type.startswith("text") and "/" not in self.type
        )
        return text and not self.name and self.disposition != "attachment"


class Budget:
    """What one mail may cost, containers included (T48). Beyond it the whole mail is unreadable."""

    def __init__(self) -> None:
        self.parts = MAX_PARTS
        self.forwarded = MAX_FORWARDED
        self.structure = MAX_STRUCTURE

    def part(self, depth: int) -> None:
        """Count one MIME part."""
        self.parts -= 1
        if self.parts < 0:
            raise Unreadable(f"message de plus de {MAX_PARTS} parties")
        if depth > MAX_DEPTH:
            raise Unreadable(f"message imbriqué sur plus de {MAX_DEPTH} niveaux")

    def message(self, size: int, depth: int) -> None:
        """Count one forwarded message: each level is read again as a whole."""
        if not depth:
            return
        self.part(depth)
        self.forwarded -= size
        if self.forwarded < 0:
            raise Unreadable("messages transférés trop volumineux")

    def skeleton(self, skeleton: Skeleton) -> Skeleton:
        """Count what is to be walked: a message inside eleven others is walked twelve times."""
        self.structure -= len(skeleton.small) + PIECE * skeleton.pieces
        if self.structure < 0:
            raise Unreadable(TOO_HEAVY)
        return skeleton


class Node(Message):
    """The standard library's message, with limits, and with eyes for what it overlooks."""

    def __init__(self, policy=compat32, budget: Budget | None = None, depth: int = 0):
        super().__init__(policy)
        self.budget, self.depth = budget, depth

    def attach(self, payload: Message) -> None:
        """Called by the parser for each part before its body is read: the place to stop a bomb."""
        payload.budget, payload.depth = self.budget, self.depth + 1
        self.budget.part(payload.depth)
        super().attach(payload)

    def raw_fields(self) -> Iterator[tuple[str, bytes]]:
        """The fields in order, folds removed, as bytes."""
        for name, value in self.raw_items():
            yield name, FOLD.sub("", value).strip().encode("latin-1")

    @cached_property
    def _declared(self) -> tuple[str, dict[str, str]]:
        # First asked once the fields are complete: the parser needs the type to go on.
        return parameters(next((value for name, value in self.raw_fields() if name.lower() == TYPE), b""))

    def get_boundary(self, failobj=None):
        """The standard library never finds a boundary that was folded in two; here the fold is gone."""
        boundary = self._declared[1].get("boundary", "").rstrip()
        return boundary.encode("utf-8", "surrogatepass").decode("latin-1") or failobj

    def get_content_type(self) -> str:
        """As declared; forwarded messages and reports stay whole, for whoever opens them to read."""
        declared = self._declared[0] or self.get_default_type()
        return "application/octet-stream" if declared.startswith("message/") else declared

    def get_content_maintype(self) -> str:
        return self.get_content_type().split("/")[0]

    def leaves(self, around: str = "") -> Iterator[Leaf]:
        """Every leaf below, in the mail's order; `around` is the type of the container."""
        if not self.is_multipart():
            payload = (self.get_payload() or "").encode("latin-1")
            yield Leaf(tuple(self.raw_fields()), payload, around, self.get_default_type())
            return
        for part in self.get_payload():
            yield from part.leaves(self.get_content_type())


def leaves_of(raw: bytes, budget: Budget, depth: int = 0) -> list[Leaf]:
    """Every leaf of a mail in its order, as two parsers together see them.

    Raises `Unreadable` with a French sentence beyond the limits of T48. Time is linear in the size.
    """
    budget.message(len(raw), depth)
    skeleton = budget.skeleton(Skeleton(raw))
    ours = _walk(skeleton.small, budget, depth)
    if skeleton.mendable:
        mended = budget.skeleton(Skeleton(raw, mend=True))
        again = _walk(mended.small, budget, depth)
        if _count(again) > _count(ours):
            skeleton, ours = mended, again
    theirs = _count_by_native(skeleton.small)
    found = [replace(leaf, payload=skeleton.whole(leaf.payload)) for leaf in ours]
    return _joined(found, raw) if theirs and not _agree(_count(ours), theirs) else found


def _count(leaves: list[Leaf]) -> tuple[int, int]:
    """What two parsers are compared by: how many leaves there are, and how many have a name."""
    return len(leaves), sum(1 for leaf in leaves if leaf.name)


def _agree(ours: tuple[int, int], theirs: tuple[int, int]) -> bool:
    # Names that only we decode are no reason for doubt.
    return ours[0] == theirs[0] and ours[1] >= theirs[1]


def _walk(skeleton: bytes, budget: Budget, depth: int) -> list[Leaf]:
    root = message_from_string(
        skeleton.decode("latin-1"), partial(Node, budget=budget, depth=depth), policy=compat32
    )
    return list(root.leaves())


def _own_leaves(part) -> Iterator:
    """The native parser's leaves, forwarded messages taken as one leaf as `Node` does."""
    if part.is_message or not part.children:
        yield part
        return
    for child in part.children:
        yield from _own_leaves(child)


def _count_by_native(skeleton: bytes) -> tuple[int, int] | None:
    """As `_count`, by the second parser; None where it refuses the mail (1.4 % of real ones).

    Its decoding of encoded words is quadratic: here it gets to see none.
    """
    try:
        leaves = list(_own_leaves(parse_email_tree(skeleton.replace(b"=?", b"~~"), mode="metadata")))
    except ParseError:
        return None
    return len(leaves), sum(1 for leaf in leaves if leaf.filename and leaf.filename.strip())


def _joined(ours: list[Leaf], raw: bytes) -> list[Leaf]:
    """Our leaves, and those that only the second parser sees, each after the one that it follows there."""
    if raw.count(b"=?") > MAX_WORDS:
        return ours
    try:
        theirs = list(_own_leaves(parse_email_tree(raw, mode="lazy")))
    except ParseError:
        return ours
    found, place = [(_fingerprint(leaf.content), leaf) for leaf in ours], 0
    unmatched = Counter(key for key, _ in found)
    for part in theirs[: 2 * MAX_PARTS]:
        leaf = _as_leaf(part)
        key = _fingerprint(leaf.content)
        if unmatched[key]:
            unmatched[key] -= 1
            place = next(index for index, (mine, _) in enumerate(found) if mine == key) + 1
        elif leaf.content.strip() and not leaf.is_text and not part.is_message:
            found.insert(place, (key, leaf))
            place += 1
    return [leaf for _, leaf in found]


def _as_leaf(part) -> Leaf:
    """A leaf of the second parser as one of ours; its content is decoded already."""
    found = tuple(
        (name, value.encode("utf-8", "surrogatepass"))
        for name, values in part.headers.items()
        for value in values
        if name.lower() != "content-transfer-encoding"
    )
    try:
        return Leaf(found, part.content or b"")
    except ParseError:
        return Leaf(found, b"")


def _fingerprint(content: bytes) -> bytes:
    folded = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")
    return hashlib.sha256(folded).digest()
