"""Addresses that no company of a firm hears any more (D-11): a firm administrator adds one, and takes it away."""

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.models import FirmBlacklisting
from mailing.models import Fate, InboundMail
from portal import history
from portal.models import Firm, User


@transaction.atomic
def add(firm: Firm, address: str, *, by: User, reason: str = "") -> bool:
    """Stop `address` (in the form of `clean_address`) for all companies of `firm`, what waits of it included.

    False where it was stopped already. Each company keeps its own decision, which counts again once this is lifted.
    """
    _row, created = FirmBlacklisting.objects.get_or_create(
        firm=firm, address=address, defaults={"by": by, "reason": reason[:300]}
    )
    note = _("blacklisté pour tout le cabinet par %(name)s") % {"name": by}
    waiting = InboundMail.objects.waiting().filter(company__firm=firm, sender=address)
    for mail in waiting:
        InboundMail.objects.move(mail.pk, old=Fate.HELD, new=Fate.BLACKLISTED, note=note)
    if created:
        text = _("%(name)s blackliste %(address)s pour tout le cabinet")
        record(firm, "firm_blacklisted", text, address, by, reason)
    return created


@transaction.atomic
def lift(firm: Firm, address: str, *, by: User) -> bool:
    """The companies' own decisions about `address` count again; False where it was not stopped."""
    removed, _rows = FirmBlacklisting.objects.filter(firm=firm, address=address).delete()
    if removed:
        text = _("%(name)s lève le blocage de %(address)s pour tout le cabinet")
        record(firm, "firm_blacklisting_lifted", text, address, by)
    return bool(removed)


def record(firm: Firm, verb: str, text: str, address: str, by: User, reason: str = "") -> None:
    said = text % {"name": by, "address": address}
    history.record(firm, verb, said, firm=firm, by=by, reason=reason, internal=True)
