"""A person decides about a sender: accept, refuse, blacklist. First decision wins, every decision can be changed.

Each story locks the company first, like the worker that decides by rule, so that a mail which arrives meanwhile is
decided wholly before or wholly after (T15, T16).
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import AddressStatus, FirmBlacklisting, SenderAddress
from approvals.senders import blacklist as firm_blacklist
from approvals.senders import mails
from approvals.senders.deciders import may_decide
from approvals.senders.intake import lock
from documents.filing import filing
from mailing.models import Auth, Fate, InboundMail
from portal import history
from portal.models import User


class AlreadyDecided(Exception):
    """Somebody else was faster; `str()` is the French sentence to show."""


class NotPossible(Exception):
    """The decision cannot be taken as asked; `str()` is the French sentence to show."""


@dataclass(frozen=True)
class Done:
    address: SenderAddress
    filed: int = 0


@transaction.atomic
def accept(address: SenderAddress, *, by: User, seen: str, ticked: Collection[int] = ()) -> Done:
    """Authorise the address and release what it has waiting, as D-14 says.

    All waiting mails with auth yes are filed. Those without are filed one by one, as `ticked` (their ids) says;
    where only such mails wait, they alone are accepted and the address is not authorised by it.
    """
    lock(address.company)
    check(address, by, seen)
    waiting = held_mails(address)
    proved = [mail for mail in waiting if mail.is_authenticated]
    unproved = [mail for mail in waiting if not mail.is_authenticated]
    chosen = [mail for mail in unproved if mail.pk in set(ticked)]
    only_unproved = bool(unproved) and not proved and seen == AddressStatus.PENDING
    if only_unproved and not chosen:
        raise NotPossible(_("Cet expéditeur n’est pas authentifié : cochez les mails que vous acceptez."))
    if only_unproved:
        record(address, "accepted_once", _("%(name)s accepte un mail non authentifié de %(address)s"), by)
    else:
        lift_firm_blacklisting(address, by)
        decide(address, seen, AddressStatus.AUTHORISED, by)
        record(address, "authorised", _("%(name)s autorise %(address)s"), by)
    documents = [document for mail in proved + chosen for document in release(mail, by)]
    mails.tell_accepted(address, proved, documents)
    return Done(address, len(documents))


@transaction.atomic
def refuse(
    address: SenderAddress, *, by: User, seen: str, reason: str = "", tell_sender: bool = False
) -> Done:
    """Refuse the address and reject what it has waiting; the sender is told only when the approver ticks it (D-11)."""
    lock(address.company)
    check(address, by, seen)
    decide(address, seen, AddressStatus.REFUSED, by, reason)
    record(address, "refused", _("%(name)s refuse %(address)s"), by, reason)
    waiting = held_mails(address)
    reject(waiting, Fate.REJECTED, _("refusé par %(name)s") % {"name": by})
    if tell_sender:
        mails.tell_refused(address, [mail for mail in waiting if mail.auth == Auth.YES], reason)
    return Done(address)


@transaction.atomic
def blacklist(address: SenderAddress, *, by: User, seen: str, whole_firm: bool = False) -> Done:
    """The address can no longer send to this company (S0-17), or, by a firm administrator, to any of the firm (D-11)."""
    lock(address.company)
    check(address, by, seen)
    decide(address, seen, AddressStatus.BLACKLISTED, by)
    record(address, "blacklisted", _("%(name)s blackliste %(address)s"), by)
    reject(held_mails(address), Fate.BLACKLISTED, _("blacklisté par %(name)s") % {"name": by})
    if whole_firm and by.is_firm_admin:
        firm_blacklist.add(address.company.firm, address.address, by=by)
        record(address, "firm_blacklisted", _("%(name)s blackliste %(address)s pour tout le cabinet"), by)
    return Done(address)


def check(address: SenderAddress, by: User, seen: str) -> None:
    """May `by` decide, on the status that was on the screen? The address is read again under the lock."""
    address.refresh_from_db()
    if not may_decide(by, address):
        raise PermissionDenied(_("Vous ne pouvez pas décider de cette adresse."))
    if address.status != seen:
        raise AlreadyDecided(
            _("%(address)s : déjà traité par %(who)s (%(status)s).")
            % {
                "address": address.address,
                "who": address.decided_by or _("le portail"),
                "status": address.badge.label,
            }
        )


def decide(address: SenderAddress, old: str, new: AddressStatus, by: User, reason: str = "") -> None:
    moved = SenderAddress.objects.move(
        address.pk, old=old, new=new, decided_by=by, decided_at=timezone.now(), reason=reason[:300]
    )
    if not moved:
        raise AlreadyDecided(_("%(address)s vient d’être traité.") % {"address": address.address})
    address.refresh_from_db()


def lift_firm_blacklisting(address: SenderAddress, by: User) -> None:
    blacklisting = FirmBlacklisting.objects.filter(firm=address.company.firm_id, address=address.address)
    if not blacklisting.exists():
        return
    if not by.is_firm_admin:
        raise NotPossible(
            _(
                "%(address)s est blacklistée pour tout le cabinet : seul un administrateur du cabinet peut la rétablir."
            )
            % {"address": address.address}
        )
    firm_blacklist.lift(address.company.firm, address.address, by=by)


def held_mails(address: SenderAddress) -> list[InboundMail]:
    return list(
        InboundMail.objects.waiting()
        .filter(company=address.company_id, sender=address.address)
        .select_related("address", "company__firm")
        .order_by("received_at", "pk")
    )


def release(mail: InboundMail, by: User) -> list:
    note = _("accepté par %(name)s") % {"name": by}
    if not InboundMail.objects.move(
        mail.pk, old=Fate.HELD, new=Fate.FILED, note=note, decided_at=timezone.now()
    ):
        return []
    return filing.file_mail(mail, by=by, why=note)


def reject(waiting: list[InboundMail], fate: Fate, note: str) -> None:
    for mail in waiting:
        InboundMail.objects.move(mail.pk, old=Fate.HELD, new=fate, note=note, decided_at=timezone.now())


def record(address: SenderAddress, verb: str, text: str, by: User | None, reason: str = "") -> None:
    """Internal: a client user sees the company's history, but not who may send to it (ui.md)."""
    said = text % {"name": by, "address": address.address}
    history.record(address, verb, said, company=address.company, by=by, reason=reason, internal=True)
