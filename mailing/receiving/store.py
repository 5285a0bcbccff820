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
from mailing.receiving.return_addresses import find_return_addresses, is_return_address
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


@dataclass(frozen=True)
class Arrival:
    """A mail that is kept, and what the channel knows of it. `envelope_from` is "" for the null sender."""

    kept: Kept
    recipients: Sequence[Recipient]
    envelope_from: str
    channel: Channel
    is_local_submission: bool = False


def find_recipient(envelope_to: str) -> InboundAddress | None:
    """The inbound address that `envelope_to` means, or None: `find_recipients` for a single one."""
    return find_recipients([envelope_to])[0]


def find_recipients(envelope_to: Sequence[str]) -> list[InboundAddress | None]:
    """For each address of an envelope the inbound address it means, retired ones included (R1), or None.

    An address of return (`return_addresses`) is found with any token. ASCII letters of the local part are
    case-insensitive, the domain is compared in its IDNA form (D-02, T06).
    Errors: DatabaseError where there is no database to ask.
    """
    cleaned = [clean_address(address) if _is_text(address) else None for address in envelope_to]
    wanted = {address for address in cleaned if address}
    known = {row.address: row for row in InboundAddress.objects.filter(address__in=wanted)}
    known |= find_return_addresses(wanted - known.keys())
    return [known.get(address) for address in cleaned]


def store(
    kept: Kept,
    recipients: Sequence[Recipient],
    *,
    envelope_from: str,
    channel: Channel,
    is_local_submission: bool = False,
) -> list[InboundMail]:
    """Write one mail that is on the disk already: `store_all` for a single `Arrival`, whose fields these are."""
    return store_all([Arrival(kept, recipients, envelope_from, channel, is_local_submission)])[0]


def store_all(arrivals: Sequence[Arrival]) -> list[list[InboundMail]]:
    """Write mails in one transaction: for each a RawMail, and an InboundMail for each of its recipients (D-10).

    Out: the rows of each arrival, durable, and the worker's bell rung. A recipient who was given the same bytes
    less than ten minutes ago has his mail already (D-19) and gets no row; where that is so for all recipients
    of a mail, its list is empty and its file is discarded. In any case the channel may say that it has the mails.

    Errors: DatabaseError, or InboundAddress.DoesNotExist for one deleted since it was found. None of the mails
    is to be acknowledged then. Their files stay, for a COMMIT whose answer was lost may well have happened; the
    sweep removes what no row knows.
    """
    with transaction.atomic(durable=True):
        addresses = _locked(arrivals)
        given = _given_lately(arrivals)
        stored = [_new_rows(arrival, addresses, given) for arrival in arrivals]
        RawMail.objects.bulk_create(mails[0].raw for mails in stored if mails)
        InboundMail.objects.bulk_create(mail for mails in stored for mail in mails)
        if any(stored):
            ring("inbound")
    for arrival, mails in zip(arrivals, stored, strict=True):
        if not mails:
            discard(arrival.kept.key)
    return stored


def is_disk_full(error: BaseException) -> bool:
    """Did keeping or storing fail for want of room: on the files' disk, or on the database's?

    The channel then says so in its own words (SMTP 452). SQLite calls it SQLITE_FULL, PostgreSQL 53100.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    on_sqlite = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return on_sqlite or getattr(cause, "sqlstate", None) == "53100"


def _locked(arrivals: Sequence[Arrival]) -> dict[int, InboundAddress]:
    """The addresses of all recipients by their id, locked until the commit.

    Two deliveries of one mail at once: without the lock neither would see the other's row. They are locked in
    the order of their ids, so that two transactions cannot wait for each other. SQLite has no row locks and
    needs none: a transaction that begins IMMEDIATE is alone.
    """
    wanted = {recipient.address.pk for arrival in arrivals for recipient in arrival.recipients}
    rows = InboundAddress.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows}
    if missing := wanted - found.keys():
        raise InboundAddress.DoesNotExist(f"inbound address {missing} was deleted")
    return found


def _delivery(sha256: str, address: InboundAddress, envelope_to: str) -> tuple[str, int, str]:
    """What makes two deliveries the same (D-19): bytes and address; where one address stands for many, the token too."""
    return sha256, address.pk, _fitting(envelope_to) if is_return_address(address) else ""


def _given_lately(arrivals: Sequence[Arrival]) -> set[tuple[str, int, str]]:
    """The deliveries of the last ten minutes with the same bytes (D-19).

    Asked in two steps: joined, SQLite goes through all mails of the address instead of the index of the hashes.
    """
    hashes = [arrival.kept.sha256 for arrival in arrivals]
    same = RawMail.objects.filter(sha256__in=hashes, created_at__gt=timezone.now() - SAME_MAIL_WITHIN)
    raw = dict(same.values_list("pk", "sha256"))
    if not raw:
        return set()
    given = InboundMail.objects.filter(raw__in=raw).select_related("address")
    return {_delivery(raw[mail.raw_id], mail.address, mail.envelope_to) for mail in given}


def _new_rows(arrival: Arrival, addresses: dict[int, InboundAddress], given: set) -> list[InboundMail]:
    """The rows, not yet written, for those recipients who have not been `given` this mail; noted there."""
    kept, mails = arrival.kept, []
    raw = RawMail(key=kept.key, sha256=kept.sha256, size=kept.size)
    for recipient in arrival.recipients:
        address = addresses[recipient.address.pk]
        delivery = _delivery(kept.sha256, address, recipient.envelope_to)
        if delivery in given:
            continue
        given.add(delivery)
        mails.append(
            InboundMail(
                raw=raw,
                address=address,
                company_id=address.company_id,
                channel=arrival.channel,
                envelope_from=_fitting(arrival.envelope_from),
                envelope_to=_fitting(recipient.envelope_to),
                is_local_submission=arrival.is_local_submission,
            )
        )
    return mails


def _is_text(text: str) -> bool:
    """Can a database hold it? An envelope may carry any byte; those that are no UTF-8 arrive as surrogates."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _fitting(address: str) -> str:
    """An address of the envelope as a column can hold it: shown to people, never compared."""
    text = address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")[:ENVELOPE_LENGTH]
