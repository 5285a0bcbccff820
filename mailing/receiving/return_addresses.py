"""Addresses with a token, to which the answers to our own mails come: they exist without a row for each.

    rebond+<token>@     the return path of a mail that the portal sends: delivery reports (D-35)
    reponse+<token>@    the answer to a message of the portal (T1, R0c and R0d)

Both are accepted with any token, at the domain of the deployment and at each firm's: only later is a token read, and
a bad one found out. All addresses of one kind at one domain lead to one InboundAddress, which has no token.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db.models.functions import Lower

from mailing.models import RETURN_SPACES, InboundAddress, Space
from portal.models import Firm

LOCAL_PARTS = {"rebond+": Space.REPORTS, "reponse+": Space.REPLIES}


def find_return_addresses(addresses: Iterable[str]) -> dict[str, InboundAddress]:
    """For those of `addresses` (clean ones) that have the form, where they lead; made where this is the first.

    A domain that belongs to no firm has none. Errors: DatabaseError.
    """
    wanted = {address: split for address in addresses if (split := _split(address))}
    if not wanted:
        return {}
    rows = _rows({f"{local}@{domain}" for local, domain in wanted.values()})
    return {
        address: rows[f"{local}@{domain}"]
        for address, (local, domain) in wanted.items()
        if f"{local}@{domain}" in rows
    }


def is_return_address(address: InboundAddress) -> bool:
    """Does `address` stand for many, so that only the token tells them apart?"""
    return address.space in RETURN_SPACES


def _split(address: str) -> tuple[str, str] | None:
    """The local part without its token, and the domain; None where the address has another form."""
    local, _, domain = address.rpartition("@")
    start = local.partition("+")[0] + "+"
    is_ours = domain == settings.DEPOSIT_DOMAIN or domain.endswith(f".{settings.DEPOSIT_DOMAIN}")
    return (start, domain) if is_ours and "+" in local and start in LOCAL_PARTS else None


def _rows(wanted: set[str]) -> dict[str, InboundAddress]:
    found = {row.address: row for row in InboundAddress.objects.filter(address__in=wanted)}
    if missing := wanted - found.keys():
        owners = _owners_of({address.rpartition("@")[2] for address in missing})
        new = [
            InboundAddress(address=address, space=LOCAL_PARTS[local], firm=owners[domain])
            for address in missing
            for local, _, domain in [address.rpartition("@")]
            if domain in owners
        ]
        InboundAddress.objects.bulk_create(new, ignore_conflicts=True)  # two first mails at once
        found |= {row.address: row for row in InboundAddress.objects.filter(address__in=missing)}
    return found


def _owners_of(domains: set[str]) -> dict[str, Firm | None]:
    """The firm of each of `domains`, None for the deployment's own; a domain of nobody is left out."""
    slugs = {domain.removesuffix(f".{settings.DEPOSIT_DOMAIN}"): domain for domain in domains}
    firms = Firm.objects.annotate(lower=Lower("slug")).filter(lower__in=slugs)
    owners: dict[str, Firm | None] = {slugs[firm.slug.lower()]: firm for firm in firms}
    if settings.DEPOSIT_DOMAIN in domains:
        owners[settings.DEPOSIT_DOMAIN] = None
    return owners
