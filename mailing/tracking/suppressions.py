"""Addresses to which a firm writes no more: what puts them there, what they stop, and who lifts them (D-36)."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from mailing.models import (
    MailEvent,
    MailStatus,
    Nature,
    OutgoingMail,
    Suppression,
    SuppressionReason,
)
from portal import history
from portal.models import Firm, User

REASONS = {
    MailStatus.HARD_BOUNCED: SuppressionReason.HARD_BOUNCE,
    MailStatus.COMPLAINED: SuppressionReason.COMPLAINT,
    MailStatus.UNSUBSCRIBED: SuppressionReason.UNSUBSCRIBE,
}


def follow(mail: OutgoingMail, events: Iterable[MailEvent]) -> None:
    """Suppress the recipient of `mail` for its firm where one of `events`, which are new, asks for it.

    In the transaction of the event. An event that is posted again is not new: what was lifted stays lifted.
    """
    if mail.firm_id is None:
        return
    wanted = [
        Suppression(
            firm_id=mail.firm_id,
            address=mail.to_email,
            reason=REASONS[event.status],
            at=event.at,
            event=event,
        )
        for event in events
        if event.status in REASONS and event.nature != Nature.MACHINE
    ]
    if wanted:
        Suppression.objects.bulk_create(wanted, ignore_conflicts=True)


def looked_up(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """`mails`, each with whether its firm stopped writing to its address for any reason at all: mails that are taken
    together ask once."""
    rows = Suppression.objects.filter(firm=OuterRef("firm"), address=OuterRef("to_email"))
    return mails.annotate(is_suppressed=Exists(rows))


def stopping(mail: OutgoingMail) -> Suppression | None:
    """What stops `mail` from leaving, or None. Whoever has unsubscribed misses optional notices only."""
    if mail.firm_id is None or mail.kind_of.is_asked_for or not getattr(mail, "is_suppressed", True):
        return None
    found = Suppression.objects.filter(firm=mail.firm_id, address=mail.to_email).order_by("at", "pk")
    return next(
        (
            suppression
            for suppression in found
            if suppression.reason != SuppressionReason.UNSUBSCRIBE or mail.kind_of.is_optional
        ),
        None,
    )


@transaction.atomic
def add(firm: Firm, address: str, *, by: User, note: str = "") -> bool:
    """Write to `address` (in the form of `clean_address`) no more; False where that was so by hand already."""
    _row, created = Suppression.objects.get_or_create(
        firm=firm,
        address=address,
        reason=SuppressionReason.BY_HAND,
        defaults={"by": by, "note": note[:300]},
    )
    if created:
        text = _("%(name)s arrête les envois à %(address)s")
        record(firm, "suppressed", text, address, by, note)
    return created


@transaction.atomic
def lift(suppression: Suppression, *, by: User, note: str) -> bool:
    """Write to the address again, for the reason that `note` gives; False where it was lifted meanwhile."""
    removed, _rows = Suppression.objects.filter(pk=suppression.pk).delete()
    if removed:
        text = _("%(name)s reprend les envois à %(address)s") + f" ({suppression.badge.label})"
        record(suppression.firm, "suppression_lifted", text, suppression.address, by, note)
    return bool(removed)


def record(firm: Firm, verb: str, text: str, address: str, by: User, note: str) -> None:
    said = text % {"name": by, "address": address}
    history.record(firm, verb, said, firm=firm, by=by, reason=note, internal=True)
