"""A kept mail becomes rows: one small transaction, after which the channel may say that it has the mail.

Store first, think later (D-18): nothing here reads the mail, so no rule can lose one.
"""

import errno
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from mailing.models import InboundAddress, InboundMail, RawMail
from mailing.models.inbound import Channel
from mailing.receiving.sender import clean_address
from portal.bell import ring
from portal.files.keep import Kept, discard

SAME_MAIL_WITHIN = timedelta(minutes=10)
ENVELOPE_LENGTH = 512


@dataclass(frozen=True)
class Recipient:
    """An address of the envelope that leads somewhere: as it was written, and what it was found to be."""

    envelope_to: str
    address: InboundAddress


def find_recipient(envelope_to: str) -> InboundAddress | None:
    """The inbound address that `envelope_to` means, retired ones included (R1); None for an unknown one.

    ASCII letters of the local part are case-insensitive, the domain is compared in its IDNA form (D-02, T06).
    Errors: DatabaseError where there is no database to ask.
    """
    cleaned = clean_address(envelope_to)
    if cleaned is None or not _is_text(cleaned):
        return None
    return InboundAddress.objects.filter(address=cleaned).first()


def store(
    kept: Kept,
    recipients: Sequence[Recipient],
    *,
    envelope_from: str,
    channel: Channel,
    is_local_submission: bool = False,
) -> list[InboundMail]:
    """Write a mail that is on the disk already: one RawMail, one InboundMail for each recipient (D-10).

    kept: the file as `portal.files.keep` gave it. recipients: at least one. envelope_from: "" for the null sender.
    Out: the rows written, durable, and the worker's bell rung. A recipient who was given the same bytes less
    than ten minutes ago has his mail already (D-19) and is left out; where that is so for all, nothing is
    written and the new file is discarded. Either way the channel may answer 250.

    Errors: DatabaseError, or InboundAddress.DoesNotExist for one deleted since it was found. Nothing is to be
    acknowledged then. The file stays, for a COMMIT whose answer was lost may well have happened; the sweep
    removes what no row knows.
    """
    with transaction.atomic(durable=True):
        addresses = _locked(recipients)
        already = _given_lately(kept.sha256, list(addresses))
        fresh = {r.address.pk: r for r in recipients if r.address.pk not in already}
        mails = []
        if fresh:
            raw = RawMail.objects.create(key=kept.key, sha256=kept.sha256, size=kept.size)
            mails = InboundMail.objects.bulk_create(
                InboundMail(
                    raw=raw,
                    address=addresses[pk],
                    company_id=addresses[pk].company_id,
                    channel=channel,
                    envelope_from=_fitting(envelope_from),
                    envelope_to=_fitting(recipient.envelope_to),
                    is_local_submission=is_local_submission,
                )
                for pk, recipient in fresh.items()
            )
            ring("inbound")
    if not mails:
        discard(kept.key)
    return mails


def is_disk_full(error: BaseException) -> bool:
    """Did keeping or storing fail for want of room: on the files' disk, or on the database's?

    The channel then says so in its own words (SMTP 452). SQLite calls it SQLITE_FULL, PostgreSQL 53100.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    on_sqlite = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return on_sqlite or getattr(cause, "sqlstate", None) == "53100"


def _locked(recipients: Sequence[Recipient]) -> dict[int, InboundAddress]:
    """The addresses by their id, locked until the commit.

    Two deliveries of one mail at once: without the lock neither would see the other's row. They are locked in
    the order of their ids, so that two mails to the same addresses cannot wait for each other. SQLite has no
    row locks and needs none: a transaction that begins IMMEDIATE is alone.
    """
    wanted = {recipient.address.pk for recipient in recipients}
    rows = InboundAddress.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows}
    if missing := wanted - found.keys():
        raise InboundAddress.DoesNotExist(f"inbound address {missing} was deleted")
    return found


def _given_lately(sha256: str, address_ids: list[int]) -> set[int]:
    """Those of the addresses that received these very bytes within the last ten minutes (D-19).

    Asked in two steps: joined, SQLite goes through all mails of the address instead of the index of the hashes.
    """
    same = RawMail.objects.filter(sha256=sha256, created_at__gt=timezone.now() - SAME_MAIL_WITHIN)
    raw_ids = list(same.values_list("pk", flat=True))
    if not raw_ids:
        return set()
    given = InboundMail.objects.filter(raw__in=raw_ids, address__in=address_ids)
    return set(given.values_list("address_id", flat=True))


def _is_text(text: str) -> bool:
    """Can a database hold it? An envelope may carry any byte; those that are no UTF-8 arrive as surrogates."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _fitting(address: str) -> str:
    """An address of the envelope as a column can hold it: shown to people, never compared."""
    text = address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")[:ENVELOPE_LENGTH]
