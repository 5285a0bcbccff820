"""How what comes into being is called: identifiants, and the local parts of inbound addresses. One rule for one or many."""

from collections.abc import Container, Iterator
from itertools import chain, count

from django.utils.text import slugify

from portal.models import Company

LONGEST = 32  # of an identifiant
LONGEST_LOCAL = (
    40  # of what a person's address begins with: the whole must remain an address (RFC 5321, 64 octets)
)


def identifiants(company: Company, name: str, *, is_main: bool) -> Iterator[str]:
    """What a new person of `company` may be called at login, the best first (D-05, S3-26): its code for the first
    contact, then « code-prénom », then numbered."""
    first = slugify(name).partition("-")[0][:12] or "contact"
    stem = f"{company.code}-{first}"
    if is_main:
        yield company.code
    for number in chain([""], map(str, count(2))):
        yield stem[: LONGEST - len(number)] + number


def free_identifiant(company: Company, name: str, taken: Container[str], *, is_main: bool) -> str:
    return next(code for code in identifiants(company, name, is_main=is_main) if code not in taken)


def personal_local(name: str, email: str) -> str:
    """What the address of a person's Mes documents begins with (S0-02)."""
    local = slugify(email.partition("@")[0])[:LONGEST_LOCAL] or slugify(name)[:LONGEST_LOCAL]
    return f"{local or 'personne'}.mes-documents"
