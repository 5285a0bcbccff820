"""Contacts from a file, known in their company by their identifiant, else by their address."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory import bulk
from approvals.directory.importing.companies import change, told
from approvals.directory.importing.fields import Field, code, yes_field
from approvals.directory.importing.lines import Line
from approvals.directory.importing.people import (
    COMPANY,
    EMAIL,
    NAME,
    World,
    company_of,
    compare_person,
    own,
    people_of,
    person_for,
)
from approvals.models import Outcome
from portal import history
from portal.models import ClientMember, Company, Journal, User

RIGHTS = ("is_admin", "sees_box", "sees_image", "sees_employees")
FIELDS = (
    COMPANY,
    NAME,
    EMAIL,
    Field(
        "login_code",
        gettext_lazy("Identifiant"),
        gettext_lazy(
            "Reconnaît le contact, avant l’e-mail. Laissé vide pour un nouveau contact, le portail en choisit un."
        ),
        ("login", "code de connexion"),
        longest=32,
        read=code,
    ),
    yes_field(
        "is_admin",
        gettext_lazy("Administrateur"),
        gettext_lazy("oui ou non : administrateur client. Non pour un nouveau contact."),
        ("administrateur client", "admin"),
    ),
    yes_field(
        "sees_box",
        gettext_lazy("Voit la box"),
        gettext_lazy("oui ou non. Oui pour un nouveau contact."),
        ("box",),
    ),
    yes_field(
        "sees_image",
        gettext_lazy("Voit Image"),
        gettext_lazy("oui ou non. Oui pour un nouveau contact."),
        ("image",),
    ),
    yes_field(
        "sees_employees",
        gettext_lazy("Voit les dossiers des salariés"),
        gettext_lazy("oui ou non. Non pour un nouveau contact."),
        ("droits salariés", "voit les salariés"),
    ),
)


def check(lines: Sequence[Line], world: World) -> None:
    """Hold each line against the others and the firm: its target, its changes, its errors."""
    seen: dict[tuple, int] = {}
    for line in lines:
        typed, email = line.values.get("login_code", ""), line.values.get("email", "")
        line.key = " – ".join(filter(None, [line.values.get("company", ""), typed or email]))
        line.name = line.values.get("name", "")
        company = company_of(line, world)
        if not typed and not email:
            if not line.errors:
                line.refuse(
                    "email", _("donnez l’e-mail ou l’identifiant : sans eux ce contact ne se reconnaît pas.")
                )
            continue
        if company is None:
            continue
        if typed and typed in world.codes:
            line.target = world.contacts.get((company.pk, world.codes[typed]))
            if line.target is None:
                line.refuse(
                    "login_code", _("cet identifiant n’est pas celui d’un contact de cette entreprise.")
                )
                continue
        elif typed and typed != company.code and not typed.startswith(f"{company.code}-"):
            text = _("un identifiant est le code de l’entreprise, ou commence par « %(start)s ».")
            line.refuse("login_code", text % {"start": f"{company.code}-"})
            continue
        else:
            line.target = contact_by(email, company, world)
            if line.target is not None and typed:
                line.refuse("login_code", _("ce contact a déjà un autre identifiant."))
        found_once(line, company, typed, email, seen)
        hold(line, company, world, email)


def contact_by(email: str, company: Company, world: World) -> ClientMember | None:
    members = (world.contacts.get((company.pk, user.pk)) for user in world.people.get(email, []))
    return next((member for member in members if member is not None), None)


def found_once(line: Line, company: Company, typed: str, email: str, seen: dict[tuple, int]) -> None:
    """A contact stands in the file once."""
    keys: list[tuple] = [("login_code", typed)] if typed else []
    keys += [("email", company.pk, email)] if email else []
    keys += [("target", line.target.pk)] if line.target is not None else []
    for key in keys:
        if (first := seen.setdefault(key, line.number)) != line.number:
            name = "login_code" if key[0] == "login_code" else "email"
            line.refuse(name, _("ce contact est déjà à la ligne %(number)s.") % {"number": first})
            return


def hold(line: Line, company: Company, world: World, email: str) -> None:
    if line.target is None:
        user = person_for(line, world, email)
        line.values |= {"company": company, "user": user}
    elif line.target.is_archived:
        line.refuse("company", _("ce contact est archivé : restaurez-le d’abord."))
    else:
        line.name = line.name or line.target.user.name
        line.values["company"] = company
        line.values.pop("login_code", None)
        compare_person(line, world, line.target.user)
        for name in RIGHTS:
            line.compare(name, getattr(line.target, name))


def write(lines: Sequence[Line], world: World, *, by: User) -> None:
    """Write what the checked lines say, within the caller's transaction."""
    new = [line for line in lines if line.outcome == Outcome.NEW]
    changed = [line for line in lines if line.outcome == Outcome.CHANGED]
    for line in new:
        line.target = ClientMember(company=line.values["company"], **own(line, "login_code"))
    bulk.add_contacts(world.firm, [(line.target, line.values.get("login_code", "")) for line in new])
    change(User, people_of(changed))
    change(ClientMember, [(line.target, own(line)) for line in changed])
    text = _("%(name)s importe le contact %(person)s")
    history.record_all(
        [
            *(
                history.entry(
                    line.target,
                    "opened",
                    text % {"name": by, "person": line.target.user},
                    company=line.values["company"],
                    by=by,
                    internal=True,
                )
                for line in new
            ),
            *(told(line, line.values["company"], by, journal_of(line)) for line in changed),
        ]
    )


def journal_of(line: Line) -> Journal:
    """What a contact may see is a matter of rights."""
    return Journal.ACCESS if any(name in line.values for name in RIGHTS) else Journal.NONE
