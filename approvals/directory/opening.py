"""Firms, companies and people come into being here, with all that belongs to them: addresses, accesses, identifiants."""

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from approvals.access.adapter import invite
from approvals.directory.naming import free_identifiant, personal_local
from documents.folders.defaults import lay_out
from mailing.domains import stories as domains
from mailing.models import InboundAddress, Space
from mailing.receiving.sender import clean_address
from portal import history
from portal.models import (
    Attachment,
    ClientMember,
    Company,
    Employee,
    Firm,
    LoginCode,
    StaffMember,
    StaffRole,
    User,
)
from portal.models.firm import looks_unread
from portal.models.people import ascii_lower

TOKEN_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without look-alikes: people copy these by hand


def random_token() -> str:
    """What makes a firm's inbound address hard to guess."""
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(6))


@transaction.atomic
def open_firm(
    name: str, slug: str, *, admin_email: str, admin_name: str, communication_email: str = ""
) -> Firm:
    """A firm with its first administrator, who is sent a link to choose a password; no password is made (D-06).

    Raises ValidationError where the slug or the address is taken or malformed.
    """
    firm = Firm(
        name=name,
        slug=slug,
        communication_email=communication_email,
        communication_is_unread=looks_unread(communication_email),
    )
    firm.full_clean()
    firm.save()
    lay_out(firm)
    admin = add_person(firm, admin_name, admin_email)
    make_staff(admin, StaffRole.ADMIN)
    history.record(firm, "opened", _("%(name)s est ouvert") % {"name": firm}, firm=firm, internal=True)
    domains.keep_in_step(firm)
    invite(admin)
    return firm


@transaction.atomic
def open_company(firm: Firm, code: str, name: str, *, token: str | None = None, **fields) -> Company:
    """A company of `firm` with the inbound addresses of its box and of Image (S0-02).

    `token` ends the local parts; None draws one, "" leaves it out (the demonstration's addresses).
    Raises ValidationError where the code is taken or malformed.
    """
    company = Company(firm=firm, code=code, name=name, **fields)
    company.full_clean()
    company.save()
    for space in (Space.BOX, Space.IMAGE):
        open_address(firm, f"{code}.{space}", space, token, company=company)
    return company


@transaction.atomic
def add_person(
    firm: Firm,
    name: str,
    email: str = "",
    *,
    token: str | None = None,
    password: str | None = None,
    is_active: bool = True,
) -> User:
    """A person of `firm` with the inbound address of their Mes documents (S0-02).

    Without a password the person cannot log in yet. Raises ValidationError where the e-mail address is active
    elsewhere on the portal (S1-09); the message does not say where. Whoever is not active yet may share one.
    """
    if email and clean_address(email) is None:
        raise ValidationError(_("« %(address)s » n’est pas une adresse e-mail.") % {"address": email})
    user = User(firm=firm, name=name, email=ascii_lower(email), is_active=is_active)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    open_address(firm, personal_local(name, email), Space.PERSONAL, token, owner=user)
    return user


def open_address(firm: Firm, local: str, space: Space, token: str | None, **leads_to) -> InboundAddress:
    """The first free address of `local`, with a token; numbered where it has none and is taken."""
    ends = [f".{random_token()}" if token is None else f".{token}" if token else ""]
    ends += [f".{number}" for number in range(2, 100)]
    for end in ends:
        address = f"{local}{end}@{firm.deposit_domain}".lower()
        if not InboundAddress.objects.filter(address=address).exists():
            return InboundAddress.objects.create(firm=firm, address=address, space=space, **leads_to)
    raise ValueError(f"no free address for {local}")


def make_staff(user: User, role: StaffRole = StaffRole.STAFF) -> StaffMember:
    return StaffMember.objects.create(user=user, role=role)


def attach(staff: StaffMember, company: Company, *, favourite: bool = False) -> Attachment:
    return Attachment.objects.create(staff=staff, company=company, is_favourite=favourite)


@transaction.atomic
def add_contact(
    company: Company, name: str, email: str = "", *, is_admin: bool = False, token: str | None = None
) -> ClientMember:
    """A contact of `company`, who may not log in before an access is given; its identifiant is drawn at once (S3-26).

    Whoever the firm knows by that address already is the same person. Raises ValidationError where the address is
    malformed, or the person is a contact of the company already.
    """
    user = known_by(company.firm, email) or add_person(
        company.firm, name, email, token=token, is_active=False
    )
    if there := company.client_members.filter(user=user).first():
        said = (
            _("%(name)s est un contact archivé de cette entreprise : restaurez-le.")
            if there.is_archived
            else _("%(name)s est déjà un contact de cette entreprise.")
        )
        raise ValidationError(said % {"name": user})
    member = ClientMember.objects.create(company=company, user=user, is_admin=is_admin)
    LoginCode.objects.create(firm=company.firm, code=free_code(company, name), user=user)
    return member


@transaction.atomic
def add_employee(
    company: Company, name: str, matricule: str, email: str = "", *, token: str | None = None, **fields
) -> Employee:
    """A salarié of `company` under `matricule`, without access yet. Raises ValidationError as `add_contact` does."""
    user = known_by(company.firm, email) or add_person(
        company.firm, name, email, token=token, is_active=False
    )
    employee = Employee(company=company, user=user, matricule=matricule, **fields)
    employee.full_clean()
    employee.save()
    LoginCode.objects.create(firm=company.firm, code=free_code(company, name, is_main=False), user=user)
    return employee


def known_by(firm: Firm, email: str) -> User | None:
    """The person of `firm` who reads `email`, an active one first."""
    found = User.objects.filter(firm=firm, email=ascii_lower(email)).exclude(email="")
    return found.order_by("-is_active", "pk").first()


def free_code(company: Company, name: str, *, is_main: bool = True) -> str:
    """The identifiant of a new person of `company`: its code for the first contact, else « code-prénom » (D-05)."""
    near = LoginCode.objects.filter(firm=company.firm, code__startswith=company.code[:20])
    taken = set(near.values_list("code", flat=True))
    return free_identifiant(company, name, taken, is_main=is_main)


@transaction.atomic
def give_access(
    user: User, company: Company, *, login_code: str, is_admin: bool = False, matricule: str = ""
) -> ClientMember | Employee:
    """An authorised and published access to `company`: an employee's where there is a matricule, else a contact's."""
    LoginCode.objects.create(firm=company.firm, code=login_code, user=user)
    access = {"company": company, "user": user, "is_authorised": True, "published": {"is_authorised": True}}
    if matricule:
        return Employee.objects.create(matricule=matricule, **access)
    return ClientMember.objects.create(is_admin=is_admin, **access)
