"""Many companies, contacts and employees at once, by the rules of `opening`: a few statements for thousands of rows.

What is given was checked before: nothing is asked of `full_clean` here, the database's own constraints remain. To be
called within a transaction.
"""

from collections.abc import Sequence
from secrets import token_hex

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, UNUSABLE_PASSWORD_SUFFIX_LENGTH

from approvals.directory.naming import free_identifiant, personal_local
from approvals.directory.opening import random_token
from mailing.models import InboundAddress, Space
from portal.models import ClientMember, Company, Employee, Firm, LoginCode, User

ASKED_AT_ONCE = 500  # values of one IN: SQLite takes 999


def open_companies(firm: Firm, companies: Sequence[Company]) -> None:
    """`opening.open_company` for all of `companies`, which are not saved yet: the box and Image of each."""
    Company.objects.bulk_create(companies)
    open_addresses(
        firm,
        [
            (f"{company.code}.{space}", InboundAddress(space=space, company=company))
            for company in companies
            for space in (Space.BOX, Space.IMAGE)
        ],
    )


def new_person(firm: Firm, name: str, email: str) -> User:
    """A person of `firm` who may not log in yet, not saved; `email` is in the form that addresses are compared in."""
    # As `set_unusable_password` makes it, and ten times as fast.
    password = UNUSABLE_PASSWORD_PREFIX + token_hex(UNUSABLE_PASSWORD_SUFFIX_LENGTH // 2)
    return User(firm=firm, name=name, email=email, is_active=False, password=password)


def add_contacts(firm: Firm, contacts: Sequence[tuple[ClientMember, str]]) -> None:
    """`opening.add_contact` for many: accesses not saved yet, each with its identifiant, or "" to draw one.

    Their users are known to the firm, or made by `new_person`; accesses of one person share its object.
    """
    _add_people(firm, [member.user for member, _code in contacts])
    _save_accesses(ClientMember, [member for member, _code in contacts])
    give_identifiants(firm, contacts, is_main=True)


def add_employees(firm: Firm, employees: Sequence[tuple[Employee, str]]) -> None:
    """`opening.add_employee` for many; see `add_contacts`."""
    _add_people(firm, [employee.user for employee, _code in employees])
    _save_accesses(Employee, [employee for employee, _code in employees])
    give_identifiants(firm, employees, is_main=False)


def give_identifiants(
    firm: Firm, accesses: Sequence[tuple[ClientMember | Employee, str]], *, is_main: bool
) -> None:
    """One for each access, as `opening.free_code` would draw them one after the other; those asked for go first."""
    taken = set(LoginCode.objects.filter(firm=firm).values_list("code", flat=True))
    taken.update(asked for _access, asked in accesses if asked)
    codes = []
    for access, asked in accesses:
        code = asked or free_identifiant(access.company, access.user.name, taken, is_main=is_main)
        taken.add(code)
        codes.append(LoginCode(firm=firm, code=code, user=access.user))
    LoginCode.objects.bulk_create(codes)


def open_addresses(firm: Firm, wanted: Sequence[tuple[str, InboundAddress]]) -> None:
    """An inbound address for each local part, with a token that makes it hard to guess, and free."""
    domain = firm.deposit_domain
    left = list(wanted)
    while left:
        for local, address in left:
            address.firm = firm
            address.address = f"{local}.{random_token()}@{domain}".lower()
        taken = _taken([address.address for _local, address in left])
        first = {address.address: address for _local, address in reversed(left)}
        free = [address for address in first.values() if address.address not in taken]
        InboundAddress.objects.bulk_create(free)
        left = [(local, address) for local, address in left if address.pk is None]


def _taken(addresses: Sequence[str]) -> set[str]:
    return {
        address
        for start in range(0, len(addresses), ASKED_AT_ONCE)
        for address in InboundAddress.objects.filter(
            address__in=addresses[start : start + ASKED_AT_ONCE]
        ).values_list("address", flat=True)
    }


def _add_people(firm: Firm, users: Sequence[User]) -> None:
    """Save those who are new, each once, with the address of their Mes documents."""
    new = list({id(user): user for user in users if user.pk is None}.values())
    User.objects.bulk_create(new)
    open_addresses(
        firm,
        [
            (personal_local(user.name, user.email), InboundAddress(space=Space.PERSONAL, owner=user))
            for user in new
        ],
    )


def _save_accesses(model: type[ClientMember] | type[Employee], accesses: Sequence) -> None:
    for access in accesses:
        access.user = access.user  # whose key came with the statement before
    model._default_manager.bulk_create(accesses)
