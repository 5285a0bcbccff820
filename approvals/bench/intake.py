"""The figures of this floor: what a mail costs from its 250 to its decision, and to its documents in the GED."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from functools import partial
from itertools import count

from approvals import tasks
from mailing.bench.mails import BOX, KB, MB, deliver, mail
from mailing.bench.receiving import PLAIN, PLAIN_SMALL, listener
from mailing.models import Channel, Fate, InboundAddress, InboundMail
from mailing.receiving.store import Recipient, store
from portal import serve
from portal.bench import Figure, Measure
from portal.files.keep import keep

KNOWN = "gerant@moimeme.example"  # the demonstration's: what he sends is filed
STUCK_SECONDS = 120

_strangers = (f"compta{number}@fournisseur.example" for number in count())


@contextmanager
def decided(size: int, number: int) -> Iterator[Measure]:
    """The listener and a worker as `serve` starts it: two processes for all queues, so it sends the mails too."""
    worker = serve.start(serve.commands()["worker"])
    try:
        with listener() as (_, port):
            yield partial(held, port, size, number)
    finally:
        serve.stop([worker])


def held(port: int, size: int, number: int) -> float:
    """Mails a second, from the first byte by SMTP until each is held, its sender answered and the client asked.

    Each comes from an address that nobody knows yet: the dearest that can happen to a mail, until the caps of T19.
    """
    mails = [mail(size, next(_strangers)) for _ in range(number)]
    before = InboundMail.objects.filter(status=Fate.HELD).count()
    start = time.perf_counter()
    deliver(port, mails)
    while InboundMail.objects.filter(status=Fate.RECEIVED).exists():
        if time.perf_counter() - start > STUCK_SECONDS:
            raise RuntimeError("the worker does not decide")
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if InboundMail.objects.filter(status=Fate.HELD).count() - before != number:
        raise RuntimeError("not all mails were held")
    return number / seconds


@contextmanager
def filed(size: int, number: int) -> Iterator[Measure]:
    yield partial(filing, size, number)


def filing(size: int, number: int) -> float:
    """Mails a second, from the row of a stored mail to its document in the box: one process, as a worker does it."""
    recipients = [Recipient(BOX, InboundAddress.objects.get(address=BOX))]
    mails = [
        store(
            keep(mail(size, KNOWN)),
            recipients,
            envelope_from=KNOWN,
            channel=Channel.SMTP,
            is_local_submission=True,
        )[0]
        for _ in range(number)
    ]
    start = time.perf_counter()
    tasks.inbound()
    seconds = time.perf_counter() - start
    ours = InboundMail.objects.filter(pk__in=[mail.pk for mail in mails])
    if {mail.status for mail in ours} != {Fate.FILED}:
        raise RuntimeError("not all mails were filed")
    return number / seconds


@contextmanager
def standard_library(size: int, number: int) -> Iterator[Measure]:
    yield partial(read_by_standard_library, size, number)


def read_by_standard_library(size: int, number: int) -> float:
    """Mails a second: `email` reads who writes what, and of each leaf its name, type and bytes; nothing is kept."""
    mails = [mail(size, KNOWN) for _ in range(number)]
    start = time.perf_counter()
    for raw in mails:
        message = message_from_bytes(raw, policy=policy.default)
        _ = message["From"], message["Subject"], message["Message-ID"], message["Date"]
        for part in message.walk():
            if not part.is_multipart():
                _ = part.get_filename(), part.get_content_type()
                hashlib.sha256(part.get_payload(decode=True)).hexdigest()
    return number / (time.perf_counter() - start)


SMALL, BIG = {"size": 60 * KB, "number": 50}, {"size": 5 * MB, "number": 5}
STANDARD = "standard library: parse (sender, subject, names), decode, SHA-256 of each leaf; nothing written"

FIGURES = (
    Figure(
        "accepted to decided, 60 KB, unknown senders",
        "mails/s",
        partial(decided, 60 * KB, 100),
        peer=PLAIN_SMALL,
        reference=f"{PLAIN}: mails accepted, and there it ends",
        goal=0.17,
    ),
    Figure(
        "raw to parsed, hashed, filed, 60 KB",
        "mails/s",
        partial(filed, **SMALL),
        peer=partial(standard_library, **SMALL),
        reference=STANDARD,
        goal=0.6,
    ),
    Figure(
        "raw to parsed, hashed, filed, 5 MB",
        "mails/s",
        partial(filed, **BIG),
        peer=partial(standard_library, **BIG),
        reference=STANDARD,
        goal=1,
    ),
)
