"""Events become rows, and rows a status."""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from mailing.models import Cause, MailEvent, MailStatus, Nature, OutgoingMail, Source
from mailing.tracking import suppressions
from mailing.tracking.statuses import status_of
from portal.login.links import without_links

MATCHED_WITHIN = timedelta(days=1)


def observe(mail: OutgoingMail | None, code: MailStatus, **what) -> bool:
    """Write one event, as `event_of` describes it, and the status that follows; False where it is known (T25)."""
    event = event_of(mail, code, **what)
    try:
        with transaction.atomic():
            return bool(write([event]))
    except IntegrityError:
        if not MailEvent.objects.filter(fingerprint=event.fingerprint).exists():
            raise
        return False  # somebody else has written it at this very moment


def event_of(
    mail: OutgoingMail | None,
    code: MailStatus,
    *,
    source: Source,
    nature: Nature = Nature.OBSERVED,
    at: datetime | None = None,
    cause: Cause | str = "",
    detail: str = "",
    provider: str = "",
    provider_id: str = "",
    recipient: str = "",
    payload: dict | None = None,
    identity: tuple = (),
) -> MailEvent:
    """An event, not yet written.

    `identity` is what makes two posts the same event; without it each call is an event of its own. `mail` is None
    where it is not known yet: the event is kept and matched once our own sending is committed (T26).
    """
    at = at or timezone.now()
    identity = identity or (mail.pk if mail else None, code, source, at.isoformat(), detail)
    return MailEvent(
        fingerprint=hashlib.sha256(json.dumps(identity, default=str).encode()).hexdigest(),
        mail=mail,
        code=code,
        at=at,
        source=source,
        nature=nature,
        cause=cause,
        detail=storable(detail)[:500],
        provider=provider,
        provider_id=provider_id[:255],
        recipient=storable(recipient)[:254],
        payload=json.loads(storable(json.dumps(payload or {}, ensure_ascii=False))),
    )


def write(events: Sequence[MailEvent]) -> list[MailEvent]:
    """Write those of `events` that are not known already (T25), and the statuses of their mails.

    Out: the new ones. In the caller's transaction, with the same few queries for one event or for hundreds.
    Errors: IntegrityError where somebody else writes one of them at this very moment.
    """
    wanted = {event.fingerprint: event for event in events}
    known = MailEvent.objects.filter(fingerprint__in=wanted).values_list("fingerprint", flat=True)
    for fingerprint in known:
        del wanted[fingerprint]
    new = MailEvent.objects.bulk_create(wanted.values())
    mails = {event.mail.pk: event.mail for event in events if event.mail}
    settle(mails)
    for mail in mails.values():
        suppressions.follow(mail, [event for event in new if event.mail_id == mail.pk])
    return new


def storable(text: str) -> str:
    """`text`, or JSON, without what PostgreSQL refuses (NUL, half a surrogate pair), and without personal links."""
    text = without_links(str(text)).encode("utf-8", "replace").decode()
    return text.replace("\0", "\ufffd").replace("\\u0000", "\\ufffd")


def settle(mails: Collection[int]) -> None:
    """Read the statuses of mails, given by their ids, anew from all their events.

    The rows are locked, so that two events cannot cross, and in the order of their ids, so that two posts cannot
    wait for each other.
    """
    if not mails:
        return
    rows = OutgoingMail.objects.select_for_update(no_key=True).filter(pk__in=mails).order_by("pk")
    before = dict(rows.values_list("pk", "last_status"))
    heard = defaultdict(list)
    for event in (
        MailEvent.objects.filter(mail__in=mails).only("mail_id", "code", "source", "nature").order_by()
    ):
        heard[event.mail_id].append(event)
    changed = defaultdict(list)
    for pk, status in before.items():
        if (now := status_of(heard[pk]) or "") != status:
            changed[now].append(pk)
    for status, pks in changed.items():
        OutgoingMail.objects.filter(pk__in=pks).update(last_status=status)


def match_late() -> int:
    """Give the events that came before our own commit to their mails (T26); how many mails had some.

    A post may be read while `accepted` is being committed, and then neither sees the other: each look at the queue
    of events asks once more. What is still nobody's after a day belongs to no mail of ours.
    """
    lately = MailEvent.objects.filter(mail=None, received_at__gt=timezone.now() - MATCHED_WITHIN)
    found = {}
    for provider, provider_id in lately.order_by().values_list("provider", "provider_id").distinct():
        if mail := mail_of(provider, provider_id):
            found[provider, provider_id] = mail
    for (provider, provider_id), mail in found.items():
        with transaction.atomic():
            adopt(mail, list(lately.filter(provider=provider, provider_id=provider_id)))
            settle([mail.pk])
    return len(found)


def adopt(mail: OutgoingMail, orphans: Collection[MailEvent]) -> None:
    """Give `orphans`, events that came before their mail was known, to `mail`; whoever calls settles its status."""
    if orphans:
        MailEvent.objects.filter(pk__in=[event.pk for event in orphans]).update(mail=mail)
        suppressions.follow(mail, orphans)


def providers_of(mail_out: str) -> list[str]:
    """Whose events count for a mail that left by `mail_out`.

    A mail that went out through one provider is not changed by another's post (T27). Mails written as `.eml` have
    no provider: while that is how mail leaves, Brevo's posts may tell their story.
    """
    return [mail_out, "brevo"] if mail_out == "eml" else [mail_out]


def mail_of(provider: str, provider_id: str) -> OutgoingMail | None:
    """The mail that `provider` calls `provider_id`, or None."""
    return mails_of(provider, [provider_id]).get(provider_id)


def mails_of(provider: str, provider_ids: Iterable[str]) -> dict[str, OutgoingMail]:
    """Those mails of ours that `provider` calls by one of `provider_ids`, by that id."""
    wanted = {provider_id for provider_id in provider_ids if provider_id}
    mails = OutgoingMail.objects.filter(provider__in=known_as(provider), provider_id__in=wanted)
    return {mail.provider_id: mail for mail in mails.defer("text", "html").order_by("-pk")}


def mail_by_key(provider: str, metadata: dict | None) -> OutgoingMail | None:
    """The mail whose key we gave to `provider`, which may have accepted it twice, or unheard; None where none left by it.

    A provider that times out after accepting has a name for the mail that we never learn: its events still count.
    """
    try:
        key = uuid.UUID(str((metadata or {}).get("key", "")))
    except ValueError:
        return None
    return OutgoingMail.objects.filter(key=key, provider__in=[*known_as(provider), ""]).first()


def known_as(provider: str) -> list[str]:
    """The ways out whose mails `provider` may speak of."""
    return [provider, "eml"] if provider in providers_of("eml") and settings.MAIL_OUT == "eml" else [provider]
