"""PDFs and pictures that somebody made to hurt (T46, F14, F17), and ways to break real ones."""

import random
import re
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO

from pypdf import PdfWriter
from weasyprint import HTML

from portal.testing import pdf

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def document(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first being its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(content), content)


def page_of(content: bytes, entries: bytes = b"", resources: bytes = b"", *more: bytes) -> bytes:
    """A PDF of one page; `more` are its objects from 5."""
    return document(CATALOG, TREE, PAGE + b"/Resources<<%b>>>>" % resources, stream(content, entries), *more)


def deflated(piece: bytes, times: int, level: int = 9) -> bytes:
    squeezer = zlib.compressobj(level)
    return b"".join(squeezer.compress(piece) for _ in range(times)) + squeezer.flush()


def flate_bomb(megabytes: int = 250) -> bytes:
    """A page whose content inflates to so much (500 KB on the wire)."""
    return page_of(deflated(b"0 0 m 1 1 l S  \n" * 65_536, megabytes), b"/Filter/FlateDecode")


def picture_bomb(side: int = 30_000) -> bytes:
    """A page with a picture of side × side px in colours."""
    picture = stream(
        deflated(bytes(3 * side), side, 1),
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/FlateDecode" % (side, side),
    )
    return page_of(b"595 0 0 842 0 0 cm /I Do", b"", b"/XObject<</I 5 0 R>>", picture)


def slow(fills: int = 200_000) -> bytes:
    """A page filled from edge to edge so often: processor time, little memory."""
    return page_of(deflated(b"0 0 595 842 re f\n" * 1_000, fills // 1_000), b"/Filter/FlateDecode")


def laughs(levels: int = 9, each: int = 40) -> bytes:
    """Forms that draw forms that draw forms: `each` to the power of `levels` lines."""
    calls = b"/F Do " * each
    forms = [
        stream(
            calls,
            b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F %d 0 R>>>>" % (6 + level),
        )
        for level in range(levels)
    ]
    last = stream(b"0 0 m 500 500 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")
    return page_of(calls, b"", b"/XObject<</F 5 0 R>>", *forms, last)


def png(side: int, depth: int = 1, colour: int = 0) -> bytes:
    """A PNG of side × side px, all zero; its bits per sample and colour type as in the RFC 2083."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + (side * depth * samples + 7) // 8)
    header = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", deflated(row, side, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def knots() -> dict[str, bytes]:
    """PDFs whose references go round in circles, down without end, or nowhere."""
    deep = [
        b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (number + 1, number - 1)
        for number in range(2, 5_002)
    ]
    loop = page_of(
        b"/F Do", b"", b"/XObject<</F 5 0 R>>",
        stream(b"/F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"),
    )  # fmt: skip
    return {
        "5,000 floors of pages": document(
            CATALOG, *deep, b"<</Type/Page/Parent 5001 0 R/MediaBox[0 0 9 9]>>"
        ),
        "a tree in itself": document(CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>"),
        "a form in itself": loop,
        "a length that is itself": document(
            CATALOG, TREE, PAGE + b">>", b"<</Length 4 0 R>>\nstream\n0\nendstream"
        ),
        "two thousand million pages": document(
            CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", PAGE + b">>"
        ),
        "one page a hundred thousand times": document(
            CATALOG, b"<</Type/Pages/Kids[%b]/Count 100000>>" % (b"3 0 R " * 100_000), PAGE + b">>"
        ),
        "brackets without end": document(CATALOG, TREE, PAGE + b">>", b"[" * 200_000 + b"<<" * 200_000),
        "a table before itself": pdf().replace(b"startxref", b"startxref\n9\nstartxref"),
        "a page of nothing": document(
            CATALOG, TREE, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 0 0]>>", stream(b"")
        ),
        "a page without end": document(
            CATALOG, TREE, b"<</Type/Page/Parent 2 0 R/MediaBox[-1e38 0 1e38 1e-9]>>", stream(b"")
        ),
        "a head and no more": b"%PDF-1.7\n",
        "nothing": b"",
        "no PDF": b"\0" * 1_000,
    }


@cache
def real() -> list[bytes]:
    """One PDF written by pypdf, one by WeasyPrint with a form, compressed and with a font of its own."""
    form = HTML(
        string="<h1>Été 2026, 1 234,50 €</h1><form><input name=a value='Préparé'></form>"
        + "<p>Ligne</p>" * 60
    )
    return [pdf("Facture"), form.write_pdf(pdf_forms=True)]


def locked(password: str = "secret", owner: str | None = None) -> bytes:
    """A PDF that asks for a password."""
    writer = PdfWriter(clone_from=BytesIO(real()[0]))
    writer.encrypt(password, owner, algorithm="AES-256")
    content = BytesIO()
    writer.write(content)
    return content.getvalue()


def mutations(originals: list[bytes], count: int, seed: int = 56) -> Iterator[bytes]:
    """`count` broken versions of the originals in turn; the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        content = bytearray(originals[number % len(originals)])
        for _ in range(chance.randint(1, 4)):
            _mutate(content, chance)
        yield bytes(content)


def _mutate(content: bytearray, chance: random.Random) -> None:
    if not content:
        return
    start, length = chance.randrange(len(content)), chance.randint(1, 200)
    match chance.choice(("flip", "cut", "truncate", "splice", "number", "zero")):
        case "flip":
            for _ in range(chance.randint(1, 20)):
                content[chance.randrange(len(content))] = chance.randrange(256)
        case "cut":
            del content[start : start + length]
        case "truncate":
            del content[start:]
        case "splice":
            other = chance.randrange(len(content))
            content[start:start] = content[other : other + length]
        case "number":
            if numbers := [match.span() for match in re.finditer(rb"\d+", bytes(content))]:
                first, last = chance.choice(numbers)
                value = chance.choice((0, -1, 1, 2**31 - 1, 2**32, chance.randrange(50)))
                content[first:last] = str(value).encode()
        case "zero":
            content[start : start + length] = bytes(len(content[start : start + length]))
