"""Lists of a firm with 100,000 documents, 20,000 of them of one company (`portal.scale`): a page beside its bare rows, the
2,000th page beside the first, and what tenancy costs a folder."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from urllib.parse import urlencode

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.models import QuerySet
from django.template.loader import get_template
from django.test import Client
from django.test.utils import CaptureQueriesContext

from documents.models import Audience, Document, Folder
from documents.publication.states import DocumentState, with_state
from documents.queues.lists import ALL
from documents.spaces.lists import SpaceList
from mailing.bench.contestants.wsgi_calls import call
from mailing.models import Space
from portal import scale
from portal.bench import Better, Figure, Measure
from portal.listing import keyset
from portal.models import Company, User

PAGES = 10
FAR = 2_000  # pages of 50 rows
PEOPLE = ("file", "source__mail", "uploaded_by", "folder", "employee__user", "processed_by")
NEWEST = ("-created_at", "-pk")


def large() -> Company:
    scale.load()
    return Company.objects.get(firm__slug=scale.SLUG, code="1")


def person(email: str) -> User:
    return User.objects.get(firm__slug=scale.SLUG, email=email)


def page_of(email: str, path: str = "/entreprises/1/box/", **state: str) -> Callable[[], bytes]:
    """A list of the large company, its box at first, as somebody logged in asks for it."""
    client, application = Client(), get_wsgi_application()
    client.force_login(person(email))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    asked = {"HTTP_COOKIE": cookie, "QUERY_STRING": urlencode(state)}
    return partial(call, application, path, **asked)


def each(what: Callable[[], object]) -> Measure:
    """Milliseconds of one of several."""

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(PAGES):
            what()
        return 1000 * (time.perf_counter() - start) / PAGES

    return measure


@contextmanager
def box(email: str) -> Iterator[Measure]:
    large()
    yield each(page_of(email))


@contextmanager
def queries(email: str) -> Iterator[Measure]:
    large()
    ask = page_of(email)

    def counted() -> float:
        with CaptureQueriesContext(connection) as seen:
            ask()
        return len(seen)

    yield counted


def bare_rows(template: str, documents: QuerySet[Document], **context: object) -> Measure:
    """The same rows, asked for without rights, search or filters, and rendered by the template of the list's row."""
    row = get_template(template)

    def rendered() -> None:
        for document in documents.all():
            document.may_move = True
            if hasattr(document, "state"):
                document.shown = DocumentState(document.state)
            row.render({"document": document, "ticks": True, **context})

    return each(rendered)


@contextmanager
def bare_queue() -> Iterator[Measure]:
    rows = Document.objects.filter(company=large(), space=Space.BOX, folder=None, processed_at=None)
    yield bare_rows("documents/_queue_row.html", rows.select_related(*PEOPLE).order_by(*NEWEST)[:50])


@contextmanager
def bare_box() -> Iterator[Measure]:
    rows = Document.objects.filter(company=large(), space=Space.BOX, trashed_at=None)
    yield bare_rows("documents/_row.html", rows.select_related(*PEOPLE).order_by(*NEWEST)[:50])


def crowd() -> None:
    """More documents in the box than 2,000 pages hold."""
    company = large()
    there = company.documents.filter(space=Space.BOX)
    if there.count() > FAR * 50:
        return
    file = there.select_related("file")[0].file
    Document.objects.bulk_create(
        (
            Document(
                firm=company.firm, company=company, space=Space.BOX, name=f"scan-{number}.pdf", file=file
            )
            for number in range(FAR * 50)
        ),
        batch_size=1000,
    )


@contextmanager
def first_page() -> Iterator[Measure]:
    crowd()
    yield each(page_of(scale.ACCOUNTANT, etat=ALL))


@contextmanager
def far_page() -> Iterator[Measure]:
    """The page to which 1,999 times « suivant » leads."""
    crowd()
    documents = large().documents.filter(space=Space.BOX).live()
    keys = SpaceList.orders["recents"].keys(documents)
    last = documents.order_by(*keyset.ordering(keys))[(FAR - 1) * 50 - 1]
    yield each(page_of(scale.ACCOUNTANT, etat=ALL, apres=keyset.cursor_of(keys, last)))


def folder(audience: Audience, label: str) -> Folder:
    return Folder.objects.of_company(large()).get(audience=audience, label=label)


@contextmanager
def folder_page(email: str, path: str) -> Iterator[Measure]:
    """« Facture » with the tree beside it, as `path` leads to it."""
    yield each(page_of(email, path.format(folder(Audience.CLIENTS, "Facture").pk)))


@contextmanager
def ged_page(email: str) -> Iterator[Measure]:
    """The whole GED of the company, with its tree."""
    large()
    yield each(page_of(email, "/entreprises/1/documents/"))


@contextmanager
def bare_folder() -> Iterator[Measure]:
    filed = large().documents.filter(folder=folder(Audience.CLIENTS, "Facture"))
    rows = with_state(filed).select_related("file", "folder").prefetch_related("tags")
    more = {"is_whole": False, "is_staffed": True, "is_ticked": False, "state": ""}
    yield bare_rows("documents/_ged_row.html", rows.order_by(*NEWEST)[:50], **more)


@contextmanager
def bare_published() -> Iterator[Measure]:
    filed = large().documents.filter(folder=folder(Audience.CLIENTS, "Facture"))
    rows = filed.select_related("file", "folder").order_by("-published_at", "-pk")[:50]
    yield bare_rows("documents/_published_row.html", rows, has_company=False, state="")


@contextmanager
def invoices_of(email: str) -> Iterator[Measure]:
    filed = Document.objects.filter(company=large(), folder=folder(Audience.CLIENTS, "Facture"))
    # A client's memberships are known to every page; they are read once here too.
    rows = Document.objects.visible_to(person(email)) & filed
    yield each(lambda: list(rows.order_by(*NEWEST)[:50]))


@contextmanager
def bare_invoices() -> Iterator[Measure]:
    filed = Document.objects.filter(company=large(), folder=folder(Audience.CLIENTS, "Facture"))
    yield each(lambda: list(filed.live().order_by(*NEWEST)[:50]))


def figure(
    name: str, ours: Callable[[], AbstractContextManager[Measure]], peer, reference: str, goal: float
) -> Figure:
    return Figure(name, "ms", ours, better=Better.LOWER, peer=peer, reference=reference, goal=goal)


staff_folder = partial(folder_page, scale.ACCOUNTANT, "/entreprises/1/documents/{}/")
client_folder = partial(folder_page, scale.CLIENT, "/espace/1/documents/{}/")
staff_box, client_box = partial(box, scale.ACCOUNTANT), partial(box, scale.CLIENT)
ROWS = "the same 50 rows, asked for without rights, search and filters, each rendered by the row of the list"
FIGURES = (
    figure("box to process, 50 rows of 100,000 documents", staff_box, bare_queue, ROWS, 3),
    figure("box of a client, 50 rows of 100,000 documents", client_box, bare_box, ROWS, 3),
    figure(
        "folder of the GED and its tree, 50 rows of 100,000 documents", staff_folder, bare_folder, ROWS, 3
    ),
    figure(
        "whole GED and its tree, 50 rows of 20,000 documents",
        partial(ged_page, scale.ACCOUNTANT),
        bare_folder,
        ROWS,
        3,
    ),
    figure("folder of a client, 50 rows of 100,000 documents", client_folder, bare_published, ROWS, 3),
    Figure(
        "queries of the box to process",
        "queries",
        partial(queries, scale.ACCOUNTANT),
        better=Better.LOWER,
        goal=12,
    ),
    figure("2,000th page of a box", far_page, first_page, "its first page", 1.5),
    figure(
        "documents of a folder that a client sees",
        partial(invoices_of, scale.CLIENT),
        bare_invoices,
        "the same 50 rows by company and folder alone",
        3,
    ),
    figure(
        "documents of a folder that staff see",
        partial(invoices_of, scale.ACCOUNTANT),
        bare_invoices,
        "the same 50 rows by company and folder alone",
        3,
    ),
)
