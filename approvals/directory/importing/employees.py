"""Employees from a file, known in their company by their matricule."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.directory import bulk
from approvals.directory.importing.companies import change, told
from approvals.directory.importing.fields import Field, code
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
from portal.models import Company, Employee, User

PLACE = ("street", "postcode", "city")
FIELDS = (
    COMPANY,
    Field(
        "matricule",
        gettext_lazy("Matricule"),
        gettext_lazy(
            "Reconnaît le salarié dans son entreprise. Lettres sans accent, chiffres, points, tirets."
        ),
        ("n° de matricule", "numéro de matricule"),
        is_required=True,
        longest=32,
        read=code,
    ),
    NAME,
    EMAIL,
    Field("street", gettext_lazy("Rue"), gettext_lazy("Numéro et rue."), ("adresse",), may_be_emptied=True),
    Field(
        "postcode",
        gettext_lazy("Code postal"),
        gettext_lazy("En texte, pour ne pas perdre le zéro du début."),
        ("cp",),
        may_be_emptied=True,
        longest=12,
    ),
    Field(
        "city",
        gettext_lazy("Ville"),
        gettext_lazy("La localité."),
        ("localité", "commune"),
        may_be_emptied=True,
        longest=120,
    ),
)


def check(lines: Sequence[Line], world: World) -> None:
    """Hold each line against the others and the firm: its target, its changes, its errors."""
    seen: dict[tuple, int] = {}
    for line in lines:
        matricule = line.values.get("matricule", "")
        line.key = " – ".join(filter(None, [line.values.get("company", ""), matricule]))
        line.name = line.values.get("name", "")
        company = company_of(line, world)
        if not matricule:
            line.require("matricule")
        if company is None or not matricule:
            continue
        line.target = world.employees.get((company.pk, matricule))
        for name, value in (("matricule", matricule), ("email", line.values.get("email"))):
            first = seen.setdefault((company.pk, name, value), line.number) if value else line.number
            if first != line.number:
                text = _("est déjà à la ligne %(number)s, pour la même entreprise.")
                line.refuse(name, text % {"number": first})
        hold(line, company, world)


def hold(line: Line, company: Company, world: World) -> None:
    if line.target is None:
        user = person_for(line, world, line.values.get("email", ""))
        if (other := world.employed.get((company.pk, user.pk or 0))) is not None:
            text = _("cette adresse est celle du salarié de matricule « %(matricule)s ».")
            line.refuse("email", text % {"matricule": other.matricule})
        line.values |= {"company": company, "user": user}
    elif line.target.is_archived:
        line.refuse("matricule", _("ce salarié est archivé : restaurez-le d’abord."))
    else:
        line.name = line.name or line.target.user.name
        line.values["company"] = company
        line.values.pop("matricule")
        compare_person(line, world, line.target.user)
        for name in PLACE:
            line.compare(name, getattr(line.target, name))


def write(lines: Sequence[Line], world: World, *, by: User) -> None:
    """Write what the checked lines say, within the caller's transaction."""
    new = [line for line in lines if line.outcome == Outcome.NEW]
    changed = [line for line in lines if line.outcome == Outcome.CHANGED]
    for line in new:
        line.target = Employee(company=line.values["company"], **own(line))
    bulk.add_employees(world.firm, [(line.target, "") for line in new])
    change(User, people_of(changed))
    change(Employee, [(line.target, own(line)) for line in changed])
    text = _("%(name)s importe le salarié %(person)s")
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
            *(told(line, line.values["company"], by) for line in changed),
        ]
    )
