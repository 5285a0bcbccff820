"""A list of 50 rows, logged in: « E-mails envoyés » of a company, with tenant, rights and translation."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailing.bench.contestants.wsgi_calls import call
from mailing.kinds import MailKind
from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from portal.bench import Better, Figure, Measure, script
from portal.models import Company, User

STOCK = Path(__file__).parent / "contestants" / "stock_page.py"
PAGES = 40


@contextmanager
def visit() -> Iterator[dict[str, str]]:
    """Claire before the sent mails of company 4, of which there are two hundred: her request."""
    company = Company.objects.get(firm__slug="martin", code="4")
    OutgoingMail.objects.bulk_create(
        OutgoingMail(
            firm=company.firm,
            company=company,
            kind=MailKind.PENDING,
            from_email="contact@martin.example",
            from_name="Cabinet Martin",
            to_email=f"client{number}@client.example",
            subject=f"Votre envoi est en attente : facture {number}",
            text="Bonjour",
            html="<p>Bonjour</p>",
            status=OutboxStatus.SENT,
            last_status=MailStatus.SENT,
        )
        for number in range(200)
    )
    client = Client()
    client.force_login(User.objects.get(email="claire@martin.example"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    yield {"path": reverse("mailing:emails", args=["4"]), "HTTP_COOKIE": cookie}


@contextmanager
def ours() -> Iterator[Measure]:
    application = get_wsgi_application()

    def pages() -> float:
        start = time.perf_counter()
        for _ in range(PAGES):
            call(application, **request)
        return PAGES / (time.perf_counter() - start)

    with visit() as request:
        yield pages


@contextmanager
def queries() -> Iterator[Measure]:
    application = get_wsgi_application()

    def counted() -> float:
        with CaptureQueriesContext(connection) as seen:
            call(application, **request)
        return len(seen)

    with visit() as request:
        yield counted


def stock() -> AbstractContextManager[Measure]:
    return script(STOCK, str(settings.DATA_DIR), str(PAGES))


FIGURES = (
    Figure(
        "list page, 50 rows, logged in",
        "pages/s",
        ours,
        peer=stock,
        reference="Django's ListView of the same 50 rows, as startproject makes it: no tenant, rights, search, translation",
        goal=1,
    ),
    Figure("queries of a list page of 50 rows", "queries", queries, better=Better.LOWER, goal=12),
)
