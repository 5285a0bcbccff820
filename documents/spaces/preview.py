"""A document on the screen: what it is, its pages one by one, its neighbours in the space (ui.md, Previews).

Whoever looks at a page first has it drawn, by a limited child of `portal.files`, in 0.3 s mostly and ten at worst.
No transaction is open meanwhile, and HEAD draws nothing.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from documents.ged import facts, origin
from documents.models import Document
from documents.publication import seen
from documents.spaces.kinds import kind_of
from portal.files import pages, serving
from portal.files.child import Cause, Failure
from portal.listing import Listing, keyset
from portal.models import Company, StoredFile

WIDTHS = (600, 1200, 1800)  # of pages.WIDTHS, what a browser chooses from
FIRST = WIDTHS[0]  # drawn before the screen is answered, so that it can say why there is nothing to see
MOST_PAGES = 1_000_000  # more than any file has; the number is part of a file's name
RETRY_AFTER = 5  # seconds


@dataclass(frozen=True)
class Look:
    """Page `number` of `count` (None where it cannot be told), and its `size` in px FIRST wide, or why it is not seen."""

    number: int
    count: int | None = None
    size: tuple[int, int] | None = None
    failure: Failure | None = None

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.count and self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.count and self.number < self.count else None

    @property
    def is_beyond(self) -> bool:
        return self.failure is not None and self.failure.cause is Cause.NO_SUCH_PAGE

    @property
    def is_small(self) -> bool:
        """A picture narrower than its place is not blown up."""
        return bool(self.size and self.size[0] < FIRST)


@require_safe
def document(request, document_id):
    """`?page=` tells which page; what is no number is the first one, and a number beyond the last one a 404 that says so.

    The rest of the address is the state of the list from which one came: its neighbours are those shown there.
    """
    documents = Document.objects.open_to(request.user).with_marks(request.user)
    people = ("file", "folder__top", "source__mail", "uploaded_by", "trashed_by", "employee__user", "company")
    shown = get_object_or_404(documents.select_related(*people), pk=document_id)
    if request.method == "HEAD":
        return HttpResponse()
    seen.saw(request, shown)
    company = frame_of(request.user, shown)
    came_from = origin.of(request, shown, company)
    newer, older = (None, None) if shown.is_trashed else neighbours(came_from.listed, shown)
    look = look_at(shown.file, page_number(request.GET.get("page", "")))
    is_staffed = bool(company and company.is_staffed)
    context = {
        "document": shown,
        "company": company,
        "kind": kind_of(shown),
        "space_url": came_from.url,
        "space_label": came_from.label,
        "state": came_from.state,
        "may_see_mail": shown.owner_id == request.user.pk or bool(company and company.may_administer),
        "is_of_folder": shown.folder_id is not None and not is_staffed,
        "kept": facts.of(shown, company) if is_staffed else None,
        "newer": newer,
        "older": older,
        "look": look,
        "widths": WIDTHS,
    }
    return render(request, "documents/document.html", context, status=404 if look.is_beyond else 200)


@require_safe
def page(request, document_id, page, width):
    """A page as an image; where there is none, why, as plain text: 404, 422, or 503 where another try may succeed."""
    documents = Document.objects.open_to(request.user).select_related("file")
    file = get_object_or_404(documents, pk=document_id).file
    if width not in pages.WIDTHS or page > MOST_PAGES:
        raise Http404
    if request.method == "HEAD":
        answer = HttpResponse(headers={"Cache-Control": "private, no-store"})
        del answer["Content-Type"]  # PNG or JPEG: drawing it would tell
        return answer
    image = pages.page_image(file.key, file.type, page, width)
    return refusal(image) if isinstance(image, Failure) else serving.serve_page(request, image)


def refusal(failure: Failure) -> HttpResponse:
    """The sentence of a failure, under the status code that says whether to ask again."""
    headers = {"Cache-Control": "private, no-store", "Content-Type": "text/plain; charset=utf-8"}
    if failure.cause is Cause.NO_SUCH_PAGE:
        status = 404
    elif failure.is_final:
        status = 422
    else:
        status = 503
        headers["Retry-After"] = str(RETRY_AFTER)
    return HttpResponse(failure.reason, status=status, headers=headers)


def look_at(file: StoredFile, number: int) -> Look:
    """One child draws the page and counts the others; what it found out is remembered."""
    image = pages.page_image(file.key, file.type, number, FIRST)
    if isinstance(image, Failure) and not image.is_final:
        return Look(number, failure=image)  # a second try would not be quicker
    count = pages.page_count(file.key, file.type)
    known = None if isinstance(count, Failure) else count
    if isinstance(image, Failure):
        return Look(number, known, failure=image)
    return Look(number, known, size=size_of(image))


def page_number(text: str) -> int:
    """A page's number as an address tells it, from 1; 1 for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < len(str(MOST_PAGES))
    return max(1, int(text)) if is_number else 1


def neighbours(page: Listing, document: Document) -> tuple[int | None, int | None]:
    """The documents before and after this one in the rows of a list and in its order, as keys; none where the list does
    not show it."""
    if (here := page.scoped.filter(pk=document.pk).first()) is None:
        return None, None
    values = tuple(key.value_of(here) for key in page.keys)
    before = [key.reversed() for key in page.keys]
    return nearest(page, before, values), nearest(page, page.keys, values)


def nearest(page: Listing, keys: keyset.Keys, values: keyset.Values) -> int | None:
    for stretch in keyset.stretches(keys, values):
        found = page.found.filter(stretch).order_by(*keyset.ordering(keys))
        if (pk := found.values_list("pk", flat=True).first()) is not None:
            return pk
    return None


def frame_of(user, document: Document) -> Company | None:
    """The company as the frame shows it; None for a document of « Mes documents », and for a salarié."""
    if document.company_id is None:
        return None
    return Company.objects.visible_to(user).with_marks(user).filter(pk=document.company_id).first()


def size_of(image: Path) -> tuple[int, int] | None:
    """Width and height in px of a PNG or JPEG, so that nothing jumps when it comes; None where they cannot be told.

    From its header alone, and by no library: a child wrote it while it read a stranger's file.
    """
    try:
        with image.open("rb") as file:
            head = file.read(64 * 1024)
    except FileNotFoundError:  # pruned in between; the browser asks for it again
        return None
    if head.startswith(b"\x89PNG") and len(head) >= 24:
        return struct.unpack(">II", head[16:24])
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = struct.unpack(">BH", head[at + 1 : at + 4])
        if marker in (0xC0, 0xC1, 0xC2):  # a frame's start: baseline, extended, progressive
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
