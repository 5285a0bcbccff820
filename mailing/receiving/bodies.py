"""The mail's own text: which leaves are it, and HTML as plain text (T45)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from .headers import WESTERN, decode_bytes
from .structure import Leaf

MAX_BODY = 1024 * 1024
NEW_LINE = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li|/table|/blockquote)\b[^>]{0,200}>", re.IGNORECASE)
# What is not closed hides the rest: never a second look at the same characters.
HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|template|svg)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
CID = re.compile(r"cid:([^\s\"'<>)]{1,250})", re.IGNORECASE)


def is_body(leaf: Leaf) -> bool:
    """Whether a leaf is text of the mail and no file: plain text or HTML without a name or the mark of an
    attachment, or a container in which no parser finds a part (its text is all there is to show)."""
    return leaf.is_text or leaf.type.startswith("multipart/")


def text_of(leaves: Iterable[Leaf]) -> tuple[str, str]:
    """(plain text, raw HTML) of a mail's bodies; the text is made from the HTML where there is no other."""
    plain: list[str] = []
    rich: list[str] = []
    for leaf in leaves:
        text = _decoded(leaf)
        if text.strip():
            (rich if leaf.type == "text/html" else plain).append(text)
    markup = "\n".join(rich)
    return "\n\n".join(plain) or as_text(markup), markup


def _decoded(leaf: Leaf) -> str:
    label = leaf.charset.lower()
    text = decode_bytes(leaf.content[:MAX_BODY], "cp1252" if label in WESTERN else label)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def as_text(markup: str) -> str:
    """HTML as plain text, to be shown as text: no tag, comment, script or style left, entities resolved,
    blocks on lines of their own. (nh3 needs minutes for deeply nested HTML; this is linear.)
    """
    text = HIDDEN.sub(" ", markup[:MAX_BODY])
    text = NEW_LINE.sub("\n", re.sub(r"\s+", " ", text))
    text = html.unescape(TAG.sub("", text))
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def pictures_shown(markup: str) -> frozenset[str]:
    """The Content-IDs that the HTML shows as pictures of its own (RFC 2392)."""
    return frozenset(html.unescape(found).lower() for found in CID.findall(markup[:MAX_BODY]))
