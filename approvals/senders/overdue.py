"""Requests that nobody answers: reminder at day 2, the firm's administrators at day 5, the end at day 30 (D-13).

The clock rings hourly (`portal/celery.py`). Each step of each request is a story of its own: it locks the company like a
decision, reads everything again, and moves the request by compare-and-swap, so that two clocks do it once.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import AddressStatus, Chased, SenderAddress
from approvals.senders import mails
from approvals.senders.deciders import Deciders
from approvals.senders.decisions import held_mails, record, reject
from approvals.senders.intake import lock
from mailing.models import Fate, InboundMail
from portal import history

logger = logging.getLogger(__name__)

REMINDED_AFTER = timedelta(days=2)
ESCALATED_AFTER = timedelta(days=5)
EXPIRED_AFTER = timedelta(days=30)
NEXT = {Chased.NO: (REMINDED_AFTER, Chased.REMINDED), Chased.REMINDED: (ESCALATED_AFTER, Chased.ESCALATED)}


def chase_all(now: datetime) -> int:
    """Take every request whose time has come one step further; how many. One that fails stops no other."""
    waiting = SenderAddress.objects.waiting().select_related("company__firm", "company__manager__user")
    own = InboundMail.objects.waiting().filter(company=None).select_related("address__firm")
    end = now - EXPIRED_AFTER
    taken = each(expire, waiting.filter(requested_at__lte=end))
    taken += each(expire_own, own.filter(received_at__lte=end))
    for chased, (after, _to) in NEXT.items():
        due = waiting.filter(chased=chased, requested_at__lte=now - after, requested_at__gt=end)
        taken += each(chase, due)
    return taken


def each(story: Callable, rows: Iterable) -> int:
    """Call `story` for every row; how many of them moved. One that fails stops no other."""
    moved = 0
    for row in list(rows):
        try:
            moved += story(row)
        except Exception:
            logger.exception("%s of %s failed", story.__name__, row.pk)
    return moved


@transaction.atomic
def chase(address: SenderAddress) -> bool:
    """Remind those who were asked, or ask the firm's administrators; False where somebody was faster."""
    lock(address.company)
    _after, to = NEXT[Chased(address.chased)]
    request = SenderAddress.objects.waiting().filter(
        pk=address.pk, requested_at=address.requested_at, chased=address.chased
    )
    if not request.update(chased=to):
        return False
    address.chased = to
    deciders = Deciders.of([address.company])
    is_escalation = to == Chased.ESCALATED
    asked = deciders.above(address) if is_escalation else deciders.asked(address)
    mails.remind(address, asked, is_escalation=is_escalation)
    text = (
        _("%(address)s attend depuis cinq jours : la décision est demandée à %(who)s")
        if is_escalation
        else _("%(address)s attend depuis deux jours : rappel à %(who)s")
    )
    who = ", ".join(str(user) for user in asked) or _("personne")
    history.record(
        address, to.value, text % {"address": address, "who": who}, company=address.company, internal=True
    )
    return True


@transaction.atomic
def expire(address: SenderAddress) -> bool:
    """Close a request after thirty days: what waits is rejected, a pending address shows Refusée « sans réponse ».

    The sender is told where its mail had auth yes. An address that was decided about keeps its status: only the mails
    that waited in spite of it (without proof) end.
    """
    lock(address.company)
    waiting = held_mails(address)
    if not waiting or not SenderAddress.objects.filter(
        pk=address.pk, requested_at=address.requested_at
    ).update(requested_at=None):
        return False
    SenderAddress.objects.move(
        address.pk,
        old=AddressStatus.PENDING,
        new=AddressStatus.REFUSED,
        decided_by=None,
        decided_at=timezone.now(),
        reason=_("sans réponse"),
    )
    reject(waiting, Fate.REJECTED, _("sans réponse pendant trente jours"))
    record(address, "expired", _("Personne n’a répondu pour %(address)s en trente jours"), None)
    mails.tell_expired([mail for mail in waiting if mail.is_authenticated])
    return True


@transaction.atomic
def expire_own(mail: InboundMail) -> bool:
    """A mail to Mes documents that its owner has not looked at for thirty days is rejected."""
    note = _("sans réponse pendant trente jours")
    if not InboundMail.objects.move(
        mail.pk, old=Fate.HELD, new=Fate.REJECTED, note=note, decided_at=timezone.now()
    ):
        return False
    history.record(mail, "expired", note, firm=mail.address.firm)
    return True
