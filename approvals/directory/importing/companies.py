"""Companies from a file, known by their code."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from django.utils.translation import gettext as _

from approvals.directory import bulk, numbers
from approvals.directory.importing.company_fields import FIELDS, named
from approvals.directory.importing.lines import Line
from approvals.models import Outcome
from mailing.receiving.sender import clean_address
from portal import history
from portal.listing.search import fold
from portal.models import Attachment, ClientGroup, Company, Firm, HistoryEntry, Journal, StaffMember, User
from portal.models.company import Country

NUMBERS = {"registration_number": numbers.registration_number, "vat_number": numbers.vat_number}


class World:
    """What the firm knows that the lines are held against: a query each, once."""

    def __init__(self, firm: Firm, *, creates_groups: bool = False) -> None:
        self.firm, self.creates_groups = firm, creates_groups

    @cached_property
    def companies(self) -> dict[str, Company]:
        rows = Company.objects.filter(firm=self.firm).select_related("manager__user", "group")
        found = {company.code: company for company in rows}
        for company in found.values():
            company.firm = self.firm  # histories ask each for it
        return found

    @cached_property
    def staff(self) -> dict[str, list[StaffMember]]:
        """The active collaborateurs, by e-mail and by name."""
        found = defaultdict(list)
        rows = StaffMember.objects.filter(user__firm=self.firm, user__is_active=True).select_related("user")
        for member in rows:
            for word in {member.user.email, fold(member.user.name)} - {""}:
                found[word].append(member)
        return found

    @cached_property
    def groups(self) -> dict[str, ClientGroup]:
        """By name, and by the name without case and accents."""
        rows = list(ClientGroup.objects.filter(firm=self.firm))
        return {**{fold(group.name): group for group in rows}, **{group.name: group for group in rows}}


def check(lines: Sequence[Line], world: World) -> None:
    """Hold each line against the others and the firm: its target, its changes, its errors."""
    seen: dict[str, int] = {}
    for line in lines:
        key = line.key = line.values.get("code", "")
        line.target = world.companies.get(key)
        line.name = line.values.get("name") or named(line.target)
        if not key:
            line.require("code")
        elif first := seen.get(key):
            line.refuse("code", _("ce code est déjà à la ligne %(number)s.") % {"number": first})
        elif line.target is not None and line.target.is_archived:
            line.refuse("code", _("ce code est celui d’une entreprise archivée : restaurez-la d’abord."))
        seen.setdefault(key, line.number)
        resolve_manager(line, world)
        resolve_group(line, world)
        if line.target is None:
            line.require("name")
        check_numbers(line)
        if line.target is not None:
            for column in FIELDS[1:]:
                line.compare(column.name, getattr(line.target, column.name))


def resolve_manager(line: Line, world: World) -> None:
    typed = line.values.get("manager")
    if not typed:
        if typed == "":
            line.values["manager"] = None
        return
    words = {clean_address(typed), fold(typed)}
    found = world.staff.get(clean_address(typed) or fold(typed), [])
    before = line.target and line.target.manager
    if before and words & {before.user.email, fold(before.user.name)}:
        found = [before]  # may have left since
    if len(found) == 1:
        line.values["manager"] = found[0]
        return
    del line.values["manager"]
    text = (
        _("plusieurs collaborateurs s’appellent « %(typed)s » : donnez l’adresse e-mail.")
        if found
        else _("« %(typed)s » n’est ni l’e-mail ni le nom d’un collaborateur actif du cabinet.")
    )
    line.refuse("manager", text % {"typed": typed})


def resolve_group(line: Line, world: World) -> None:
    typed = line.values.get("group")
    if not typed:
        if typed == "":
            line.values["group"] = None
        return
    group = world.groups.get(typed) or world.groups.get(fold(typed))
    if group is None and world.creates_groups:
        group = world.groups[fold(typed)] = ClientGroup(firm=world.firm, name=typed)
    if group is not None:
        line.values["group"] = group
        return
    del line.values["group"]
    line.refuse(
        "group",
        _("aucun groupe ne s’appelle « %(typed)s » : créez-le, ou cochez « Créer les groupes absents ».")
        % {"typed": typed},
    )


def check_numbers(line: Line) -> None:
    """By the country that the company will have; what is there already is not asked about again."""
    names = [name for name in NUMBERS if line.values.get(name)]
    country = line.values.get("country") or (line.target.country if line.target else Country.FRANCE)
    changes_country = line.target is not None and country != line.target.country
    if changes_country:
        names = [name for name in NUMBERS if line.values.get(name, getattr(line.target, name))]
    typed = {name: line.values.get(name) or getattr(line.target, name) for name in names}
    kept, wrong = read_numbers(typed, country)
    for name, number in kept.items():
        if name in line.values:
            line.values[name] = number
    for name, why in wrong.items():
        before = "" if line.target is None else numbers.plain(getattr(line.target, name))
        if changes_country or numbers.plain(typed[name]) != before:
            line.refuse(name, why)
        else:
            line.values[name] = before
    own, vat = (str(line.values.get(name) or getattr(line.target, name, "")) for name in NUMBERS)
    if kept and not wrong and (why := numbers.contradiction(own, vat, country)):
        line.refuse("vat_number", why)


def read_numbers(typed: Mapping[str, str], country: str) -> tuple[dict[str, str], dict[str, str]]:
    """The numbers by field as they are kept; and for each that is none, why."""
    kept, wrong = {}, {}
    for name, number in typed.items():
        try:
            kept[name] = NUMBERS[name](number, country)
        except ValueError as why:
            wrong[name] = _("« %(number)s » : %(why)s") % {"number": number, "why": why}
    return kept, wrong


def write(lines: Sequence[Line], world: World, *, by: User) -> None:
    """Write what the checked lines say, within the caller's transaction."""
    new = [line for line in lines if line.outcome == Outcome.NEW]
    changed = [line for line in lines if line.outcome == Outcome.CHANGED]
    create_groups(world, [line.values.get("group") for line in (*new, *changed)], by=by)
    for line in new:
        line.target = Company(firm=world.firm, **line.values)
    bulk.open_companies(world.firm, [line.target for line in new])
    change(Company, [(line.target, line.values) for line in changed])
    attach_managers([line for line in (*new, *changed) if line.values.get("manager")])
    history.record_all(
        [*(opened(line, by) for line in new), *(told(line, line.target, by) for line in changed)]
    )


def change(model, changed: Sequence[tuple]) -> None:
    """Save the new values of rows, a column after the other: only what changes is written."""
    by_column = defaultdict(list)
    for row, values in changed:
        for name, value in values.items():
            setattr(row, name, value)
            by_column[name].append(row)
    for name, rows in by_column.items():
        model._default_manager.bulk_update(rows, [name], batch_size=bulk.ASKED_AT_ONCE)


def create_groups(world: World, groups: Sequence, *, by: User) -> None:
    unsaved = [group for group in groups if group is not None and group.pk is None]
    new: list[ClientGroup] = list({id(group): group for group in unsaved}.values())
    ClientGroup.objects.bulk_create(new)
    text = _("%(name)s crée le groupe « %(group)s » par un import")
    history.record_all(
        history.entry(
            group, "opened", text % {"name": by, "group": group}, firm=world.firm, by=by, internal=True
        )
        for group in new
    )


def attach_managers(lines: Sequence[Line]) -> None:
    """A gestionnaire works on the company."""
    Attachment.objects.bulk_create(
        [Attachment(staff=line.values["manager"], company=line.target) for line in lines],
        ignore_conflicts=True,
    )


def opened(line: Line, by: User) -> HistoryEntry:
    text = _("%(name)s importe l’entreprise") % {"name": by}
    return history.entry(line.target, "opened", text, company=line.target, by=by, internal=True)


def told(line: Line, company: Company, by: User, journal: Journal = Journal.NONE) -> HistoryEntry:
    """Who changed what from what to what, on the card."""
    said = ", ".join(f"{title} : {before or '—'} → {after or '—'}" for title, before, after in line.changes)
    text = _("%(name)s change par un import – %(said)s") % {"name": by, "said": said}
    return history.entry(line.target, "changed", text, company=company, by=by, internal=True, journal=journal)
