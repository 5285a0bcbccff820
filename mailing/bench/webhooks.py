"""Providers' posts: how fast they are answered, and how fast their events become statuses."""

import base64
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import reverse

from mailing import tasks
from mailing.bench.contestants.posts import posts
from mailing.bench.contestants.wsgi_calls import call
from mailing.kinds import MailKind
from mailing.models import MailEvent, OutboxStatus, OutgoingMail
from portal.bench import Figure, Measure, script

HERE = Path(__file__).parent


@contextmanager
def ours(events: int, each: int, *, whole: bool) -> Iterator[Measure]:
    yield partial(posted, get_wsgi_application(), events, each, whole)


def posted(application, events: int, each: int, whole: bool) -> float:
    """Events a second, of mails that have left: stored and answered, or `whole`, read into events and statuses too."""
    mails = [sent_mail() for _ in range(events)]
    OutgoingMail.objects.bulk_create(mails)
    bodies = posts([mail.provider_id for mail in mails], each)
    authorization = "Basic " + base64.b64encode(settings.WEBHOOK_SECRET.encode()).decode()
    path, before = reverse("mailing:brevo"), MailEvent.objects.count()
    start = time.perf_counter()
    for body in bodies:
        call(application, path, body, HTTP_AUTHORIZATION=authorization, HTTP_HOST="localhost")
    answered = time.perf_counter()
    tasks.events()
    seconds = (time.perf_counter() if whole else answered) - start
    close_old_connections()
    if MailEvent.objects.count() - before != events or OutgoingMail.objects.filter(last_status="").exists():
        raise RuntimeError("not all events were read")
    return events / seconds


def sent_mail() -> OutgoingMail:
    """A mail of the outbox as Brevo knows it, before anything was heard of it."""
    key = uuid.uuid4()
    return OutgoingMail(
        key=key,
        kind=MailKind.PENDING,
        from_email="contact@martin.example",
        to_email="client@client.example",
        subject="Facture",
        text="Bonjour",
        html="<p>Bonjour</p>",
        status=OutboxStatus.SENT,
        provider=settings.MAIL_OUT,
        provider_id=f"<{key.hex}@bench.example>",
    )


def reference(way: str, events: int, each: int):
    return script(
        HERE / "contestants" / "anymail_view.py", str(settings.DATA_DIR), way, str(events), str(each)
    )


ONE, HUNDRED = {"events": 300, "each": 1}, {"events": 1000, "each": 100}
ANSWERED_ONE, ANSWERED_HUNDRED = partial(ours, **ONE, whole=False), partial(ours, **HUNDRED, whole=False)
READ_ONE, READ_HUNDRED = partial(ours, **ONE, whole=True), partial(ours, **HUNDRED, whole=True)
SIGNAL_ONE, SIGNAL_HUNDRED = partial(reference, "signal", **ONE), partial(reference, "signal", **HUNDRED)
BULK_HUNDRED = partial(reference, "bulk", **HUNDRED)
BY_SIGNAL = "Anymail's own view, one INSERT an event by signal; no de-duplication, no status"
IN_BULK = "bare view, json.loads, one bulk INSERT a post; no secret, no de-duplication, no status"

FIGURES = (
    Figure(
        "webhook, one event a post, stored and answered",
        "events/s",
        ANSWERED_ONE,
        peer=SIGNAL_ONE,
        reference=BY_SIGNAL,
        goal=0.8,
    ),
    Figure(
        "webhook, 100 events a post, stored and answered",
        "events/s",
        ANSWERED_HUNDRED,
        peer=SIGNAL_HUNDRED,
        reference=BY_SIGNAL,
        goal=4,
    ),
    Figure(
        "webhook, 100 events a post, beside a bulk insert",
        "events/s",
        ANSWERED_HUNDRED,
        peer=BULK_HUNDRED,
        reference=IN_BULK,
        goal=0.3,
    ),
    Figure(
        "webhook, one event a post, read into a status",
        "events/s",
        READ_ONE,
        peer=SIGNAL_ONE,
        reference=BY_SIGNAL,
    ),
    Figure(
        "webhook, 100 events a post, read into statuses",
        "events/s",
        READ_HUNDRED,
        peer=SIGNAL_HUNDRED,
        reference=BY_SIGNAL,
    ),
    Figure(
        "webhook, 100 events read, beside a bulk insert",
        "events/s",
        READ_HUNDRED,
        peer=BULK_HUNDRED,
        reference=IN_BULK,
    ),
)
