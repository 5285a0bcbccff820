"""Is a PDF locked or unreadable? It is filed either way, and marked so (D-20).

Only PDFium knows, in a child of 0.1 to 0.3 s: ten times what reading and filing a whole mail takes. So the mail waits
for nobody: a glance at the bytes, some microseconds, tells what is doubtful; a worker asks PDFium about those within
seconds, and about all others once no mail waits to be read. What it learns is remembered for the preview too.
"""

import re
from time import monotonic

from portal.bell import ring
from portal.files import pages
from portal.files.child import Cause, Failure
from portal.files.keep import Kept
from portal.files.pdf import PDF
from portal.models import Firm, StoredFile
from portal.models.stored_file import Flaw
from portal.statements import insert

BUDGET = 5.0  # seconds of one round; the file begun then is the last
BATCH = 50
END = 2048  # bytes; where the last pointer to the table of objects stands
POINTER = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF")
TABLE = re.compile(rb"\s{0,8}(?:xref\b|\d{1,10}\s{1,4}\d{1,5}\s{1,4}obj\b)")


def first_look(content: bytes, type: str) -> Flaw:
    """What is known of a file as it comes in: SOUND where it is no PDF, else what a closer look is to find out."""
    if type != PDF:
        return Flaw.SOUND
    return Flaw.SUSPECT if is_doubtful(content) else Flaw.UNSEEN


def store(firm: Firm, kept: Kept, type: str, flaw: Flaw) -> StoredFile:
    """The row of a file that was kept; whoever looks closer is woken where it is doubtful."""
    if flaw is Flaw.SUSPECT:
        ring("events")
    return insert(
        StoredFile(firm=firm, key=kept.key, sha256=kept.sha256, size=kept.size, type=type, flaw=flaw)
    )


def is_doubtful(content: bytes) -> bool:
    """Does the PDF speak of encryption, or lack the table of its objects where its end says that it is?

    The dictionary that names the encryption is never compressed (ISO 32000-1, 7.5.8.2), so the word is there to find.
    """
    if b"/Encrypt" in content:
        return True
    pointers = POINTER.findall(content[-END:])
    if not pointers:
        return True
    start = max(0, content.find(b"%PDF-", 0, 1024))  # some scanners write a few bytes before
    places = (int(pointers[-1]), int(pointers[-1]) + start)
    return not any(TABLE.match(content, place) for place in places)


def look_closer(*, at_all: bool) -> int:
    """Ask PDFium about what is doubtful, and `at_all` PDFs not seen yet, oldest first; how many are known now.

    For a worker, outside any transaction. Two that look at one file find the same. What fails for a reason that may
    pass is asked again next time.
    """
    until, known = monotonic() + BUDGET, 0
    for wanted in (Flaw.SUSPECT, Flaw.UNSEEN) if at_all else (Flaw.SUSPECT,):
        for file in StoredFile.objects.filter(flaw=wanted).order_by("pk")[:BATCH]:
            if monotonic() > until:
                return known
            found = flaw_of(pages.page_count(file.key, file.type))
            if found is not None:
                known += StoredFile.objects.filter(pk=file.pk, flaw=wanted).update(flaw=found)
    return known


def flaw_of(answer: int | Failure) -> Flaw | None:
    """What the answer of `page_count` says of the file; None where another try may say more."""
    if not isinstance(answer, Failure):
        return Flaw.SOUND
    if answer.cause is Cause.PROTECTED:
        return Flaw.LOCKED
    # A file that is slow on an idle machine is none that people can read here.
    return Flaw.UNREADABLE if answer.is_final or answer.cause in (Cause.LATE, Cause.GONE) else None
