"""Events become rows, and rows a status."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mailing.models import Cause, MailEvent, MailStatus, Nature, OutgoingMail, Source
from mailing.tracking import suppressions
from mailing.tracking.statuses import status_of
from portal.login.links import without_links

MATCHED_WITHIN = timedelta(days=1)


def observe(
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
) -> bool:
    """Write one event and the status that follows; False where the same event is known already (T25).

    `identity` is what makes two posts the same event; without it each call is an event of its own. `mail` is None
    where it is not known yet: the event is kept and matched once our own sending is committed (T26).
    """
    at = at or timezone.now()
    identity = identity or (mail.pk if mail else None, code, source, at.isoformat(), detail)
    event, created = MailEvent.objects.get_or_create(
        fingerprint=hashlib.sha256(json.dumps(identity, default=str).encode()).hexdigest(),
        defaults={
            "mail": mail,
            "code": code,
            "at": at,
            "source": source,
            "nature": nature,
            "cause": cause,
            "detail": storable(detail)[:500],
            "provider": provider,
            "provider_id": provider_id[:255],
            "recipient": storable(recipient)[:254],
            "payload": json.loads(storable(json.dumps(payload or {}, ensure_ascii=False))),
        },
    )
    if mail:
        settle(mail, [event] if created else [])
    return created


def storable(text: str) -> str:
    """`text`, or JSON, without what PostgreSQL refuses (NUL, half a surrogate pair), and without personal links."""
    text = without_links(str(text)).encode("utf-8", "replace").decode()
    return text.replace("\0", "\ufffd").replace("\\u0000", "\\ufffd")


def settle(mail: OutgoingMail, new: Iterable[MailEvent] = ()) -> None:
    """Read the status of `mail` anew from all its events; the row is locked, so that two events cannot cross.

    What the `new` ones say of the recipient's address is kept for the mails to come (D-36).
    """
    locked = OutgoingMail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    status = status_of(locked.events.all())
    OutgoingMail.objects.filter(pk=mail.pk).update(last_status=status or "")
    suppressions.follow(mail, new)


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
            adopt(mail, lately.filter(provider=provider, provider_id=provider_id))
            settle(mail)
    return len(found)


def adopt(mail: OutgoingMail, orphans: QuerySet[MailEvent]) -> None:
    """Give `orphans`, events that came before their mail was known, to `mail`; whoever calls settles its status."""
    new = list(orphans)
    MailEvent.objects.filter(pk__in=[event.pk for event in new]).update(mail=mail)
    suppressions.follow(mail, new)


def providers_of(mail_out: str) -> list[str]:
    """Whose events count for a mail that left by `mail_out`.

    A mail that went out through one provider is not changed by another's post (T27). Mails written as `.eml` have
    no provider: while that is how mail leaves, Brevo's posts may tell their story.
    """
    return [mail_out, "brevo"] if mail_out == "eml" else [mail_out]


def mail_of(provider: str, provider_id: str) -> OutgoingMail | None:
    """The mail that `provider` calls `provider_id`, or None."""
    if not provider_id:
        return None
    return OutgoingMail.objects.filter(provider__in=known_as(provider), provider_id=provider_id).first()


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
