"""Contacts and employees from a file: which company, which person, and what may be changed of a person by a file."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory import bulk
from approvals.directory.importing.fields import Field, code, email_field, plain_address
from approvals.directory.importing.lines import Line
from portal.listing.search import fold
from portal.models import ClientMember, Company, Employee, Firm, LoginCode, User

COMPANY = Field(
    "company",
    gettext_lazy("Code entreprise"),
    gettext_lazy("Le code d’une entreprise du cabinet."),
    ("entreprise", "code client", "code dossier", "dossier", "société"),
    is_required=True,
    longest=32,
    read=code,
)
NAME = Field(
    "name",
    gettext_lazy("Nom"),
    gettext_lazy("Prénom et nom ; obligatoire pour une nouvelle personne."),
    ("nom complet", "prénom et nom", "nom et prénom"),
)
EMAIL = email_field(
    "email",
    gettext_lazy("E-mail"),
    gettext_lazy("Une adresse est celle d’une seule personne ; « +alias » fait une autre adresse."),
    ("email", "mail", "adresse e-mail", "courriel", "adresse mail"),
)


@dataclass
class Wanted:
    """What the lines before say of a person: the same everywhere, or one of them is wrong."""

    user: User
    said: dict[str, tuple[str, int]] = field(default_factory=dict)


class World:
    """What the firm knows that the lines are held against: a query each, once."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.wanted: dict[User, Wanted] = {}
        self.newcomers: dict[str, User] = {}  # by address: people whom the file makes

    @cached_property
    def companies(self) -> dict[str, Company]:
        found = {company.code: company for company in Company.objects.filter(firm=self.firm)}
        for company in found.values():
            company.firm = self.firm  # histories ask each for it
        return found

    @cached_property
    def people(self) -> dict[str, list[User]]:
        """By address; an active one first, as `opening.known_by` finds them."""
        found = defaultdict(list)
        for user in User.objects.filter(firm=self.firm).exclude(email="").order_by("-is_active", "pk"):
            found[plain_address(user.email)].append(user)
        return found

    @cached_property
    def codes(self) -> dict[str, int]:
        """Identifiants, and whose they are."""
        return dict(LoginCode.objects.filter(firm=self.firm).values_list("code", "user_id"))

    @cached_property
    def contacts(self) -> dict[tuple[int, int], ClientMember]:
        rows = ClientMember.objects.filter(company__firm=self.firm).select_related("user")
        return {(member.company_id, member.user_id): member for member in rows}

    @cached_property
    def employees(self) -> dict[tuple[int, str], Employee]:
        rows = Employee.objects.filter(company__firm=self.firm).select_related("user")
        return {(employee.company_id, employee.matricule): employee for employee in rows}

    @cached_property
    def employed(self) -> dict[tuple[int, int], Employee]:
        return {(employee.company_id, employee.user_id): employee for employee in self.employees.values()}


def company_of(line: Line, world: World) -> Company | None:
    """The company that the line names, or an error on the line. What the firm does not have is simply not there."""
    named = line.values.get("company")
    if not named:
        line.require("company")
        return None
    company = world.companies.get(named)
    if company is None:
        line.refuse("company", _("aucune entreprise n’a le code « %(code)s ».") % {"code": named})
    elif company.is_archived:
        line.refuse("company", _("cette entreprise est archivée : restaurez-la d’abord."))
        return None
    return company


def person_for(line: Line, world: World, email: str) -> User:
    """Whoever is meant by `email`: known to the firm, named by a line before, or new with this line."""
    name = line.values.get("name", "")
    known = world.people.get(email, []) if email else []
    user = known[0] if known else world.newcomers.get(email)
    if user is None:
        line.require("name")
        user = bulk.new_person(world.firm, name, email)
        if email:
            world.newcomers[email] = user
        return user
    if name and fold(name) != fold(user.name):
        text = _(
            "cette adresse est déjà celle de « %(person)s » : une adresse est celle d’une seule personne."
        )
        line.refuse("email", text % {"person": user.name})
    line.values.pop("name", None)  # the person keeps the name that the firm knows
    return user


def compare_person(line: Line, world: World, user: User) -> None:
    """What the line changes of a person who is there: never the address of somebody who may log in.

    An address that is active elsewhere on the portal is no matter here: that is asked when an access is given (S1-09).
    """
    for name in ("name", "email"):
        agrees(line, world, user, name)
        line.compare(name, getattr(user, name))
    email = line.values.get("email")
    if email is None:
        return
    others = [person for person in world.people.get(email, []) if person.pk != user.pk]
    others += [world.newcomers[email]] if email in world.newcomers else []
    if user.is_active:
        text = _("« %(person)s » a un accès au portail : son adresse se change sur sa fiche.")
        line.refuse("email", text % {"person": user.name})
    elif others:
        text = _("cette adresse est déjà celle de « %(person)s ».")
        line.refuse("email", text % {"person": others[0].name})
    elif email:
        world.people[email].append(user)


def agrees(line: Line, world: World, user: User, name: str) -> None:
    """A person of two lines has one name and one address."""
    if name not in line.values:
        return
    wanted = world.wanted.setdefault(user, Wanted(user))
    value, first = wanted.said.setdefault(name, (line.values[name], line.number))
    if value != line.values[name]:
        text = _("cette personne est à la ligne %(number)s avec « %(value)s ».")
        line.refuse(name, text % {"number": first, "value": value or "—"})


def people_of(changed: Sequence[Line]) -> list[tuple[User, dict]]:
    """Each person of the lines once, with the values that are the person's own."""
    found: dict[int, tuple[User, dict]] = {}
    for line in changed:
        user, values = found.setdefault(line.target.user_id, (line.target.user, {}))
        values.update({name: line.values[name] for name in ("name", "email") if name in line.values})
    return list(found.values())


def own(line: Line, *left_out: str) -> dict:
    """The values of the access itself."""
    apart = {"company", "name", "email", *left_out}
    return {name: value for name, value in line.values.items() if name not in apart}
