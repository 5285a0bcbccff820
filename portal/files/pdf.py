"""What the portal asks of a PDF or a picture; each question is one limited child process (`portal.files.child`).

Every function answers in less than 12 s and gives a `Failure` where there is no answer: an encrypted, broken or
hostile file is filed and said to be so, it is never an exception (D-20, T46, T56, quality.md fact 10). A source is
the path of a kept file (`keep.path_of`), or bytes. None of this belongs into a transaction.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from portal.files.child import MIB, Cause, Failure, Limits, run

PDF = "application/pdf"
# What Pillow decodes. HEIC is not among them: such a photo is downloaded.
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff"})
WRITING = Limits(memory=768 * MIB)  # WeasyPrint, its libraries and fonts
MAX_WRITTEN = 100_000  # characters; 60 pages
MERGING = Limits(memory=512 * MIB, file=256 * MIB)  # 50 MiB of sources (D-20) as Python objects


@dataclass(frozen=True)
class Inspected:
    """`pages` of a PDF or TIFF, 1 for other pictures; `size` of a picture in px as it is to be seen, None for a PDF.

    `is_encrypted` is a PDF that opens without a password although it has an owner's.
    """

    pages: int
    size: tuple[int, int] | None = None
    is_encrypted: bool = False


@dataclass(frozen=True)
class Drawn:
    """An image that was written: its MIME type and size in px; `pages` is the number of pages of the source."""

    type: str
    width: int
    height: int
    pages: int


@dataclass(frozen=True)
class Text:
    """Text of a PDF, a form feed between its pages; a page without any is empty. Never NUL nor half a character."""

    text: str
    is_complete: bool


def inspect(source: Path | bytes, type: str) -> Inspected | Failure:
    """What a file of this MIME type holds; of a picture only the header is read."""
    result = (
        run("inspect_pdf" if type == PDF else "inspect_picture", source) if _is_shown(type) else _NOT_SHOWN
    )
    if isinstance(result, Failure):
        return result
    size = (result["width"], result["height"]) if "width" in result else None
    return Inspected(result["pages"], size, result.get("is_encrypted", False))


def draw(source: Path | bytes, type: str, page: int, width: int, into: IO[bytes]) -> Drawn | Failure:
    """Draw page `page`, from 1, `width` px wide into the empty file `into`, at most four times as high as wide.

    A picture is turned as its EXIF says, never enlarged, put on white where it is transparent, and loses its
    metadata: where a photo was taken is nobody's business.
    """
    task = "draw_pdf" if type == PDF else "draw_picture"
    result = run(task, source, into=into, page=page, width=width) if _is_shown(type) else _NOT_SHOWN
    return result if isinstance(result, Failure) else Drawn(**result)


def text(source: Path | bytes, most: int = 500_000) -> Text | Failure:
    """The text of a PDF, `most` characters of it; incomplete also where half of the processor time is used up."""
    result = run("text_of_pdf", source, most=most)
    return result if isinstance(result, Failure) else Text(**result)


def merge(sources: Sequence[Path | bytes], into: IO[bytes]) -> int | Failure:
    """Write all pages of several PDFs into the empty file `into`; how many they are. `Failure.index` blames a source."""
    result = run("merge", *sources, into=into, limits=MERGING)
    return result if isinstance(result, Failure) else result["pages"]


def from_text(title: str, lines: Sequence[tuple[str, str]], text: str) -> bytes | Failure:
    """A PDF of plain text under a title and `lines` of label and value: nothing in them is HTML, nothing is fetched (T55).

    At most MAX_WRITTEN characters are written; who calls says so where there are more.
    """
    letter = {"title": title, "lines": [*lines], "text": text[:MAX_WRITTEN]}
    source = json.dumps(letter, ensure_ascii=False).encode("utf-8", "replace")
    with TemporaryFile() as into:
        result = run("text_to_pdf", source, into=into, limits=WRITING)
        if isinstance(result, Failure):
            return result
        into.seek(0)
        return into.read()


_NOT_SHOWN = Failure(Cause.NOT_SHOWN)


def _is_shown(type: str) -> bool:
    return type == PDF or type in PICTURES
