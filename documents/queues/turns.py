"""One document after the other, in the order of the list from which one came."""

from django.http import HttpRequest

from documents.filing.places import Place
from documents.models import Document
from documents.queues.lists import QueueList
from documents.spaces.places import documents_in
from portal.listing import keyset


class Turns(QueueList):
    """What is to be processed, one at a time; « Traités » and « Tous » in the address count for nothing."""

    filters = QueueList.filters[1:]
    page_size = 1


def queue_of(request: HttpRequest, place: Place) -> Turns:
    """The documents of `place` that are to be processed, as the list was searched and sorted."""
    return Turns(request, documents_in(place).to_process())


def beside(queue: Turns, document: Document) -> tuple[int | None, int | None]:
    """The documents before and after this one, as keys, which itself may be processed by now. After the last one comes
    the first again: what was left for later is not forgotten."""
    values = tuple(key.value_of(document) for key in queue.keys)
    others = queue.found.exclude(pk=document.pk)
    part = keyset.read(others, queue.keys, 1, after=values)
    after = part.rows[0].pk if part.rows else None
    stretches = keyset.read(others, [key.reversed() for key in queue.keys], 1, after=values)
    before = stretches.rows[0].pk if stretches.rows and stretches.has_before else None
    return before, after
