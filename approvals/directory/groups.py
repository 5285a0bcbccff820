"""Groupes de clients: their address is the second branch of the cascade (S1-04); a company is in one at most (D-31)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from approvals.directory import changes
from mailing.domains.stories import keep_in_step
from portal import history
from portal.models import ClientGroup, Company, Firm, User


@transaction.atomic
def add(firm: Firm, name: str, email: str, *, email_is_unread: bool, by: User) -> ClientGroup:
    """A new group without companies. Raises ValidationError beside the name where it is taken."""
    group = ClientGroup(firm=firm, name=name, email=email, email_is_unread=email_is_unread)
    with changes.refused_beside_its_field(group):
        group.save()
    said = _("%(name)s crée le groupe %(group)s") % {"name": by, "group": group}
    history.record(group, "group_added", said, firm=firm, by=by, internal=True)
    keep_in_step(firm)
    return group


@transaction.atomic
def change(parts: Sequence[changes.Part], *, seen: str, by: User) -> list[str]:
    """Save the card as `changes.change` does; a new address may bring a new domain, which is checked at once (D-32)."""
    group = parts[0][0]
    assert isinstance(group, ClientGroup)
    changed = changes.change(parts, seen=seen, by=by, firm=group.firm)
    if "email" in changed:
        keep_in_step(group.firm)
    return changed


@transaction.atomic
def delete(group: ClientGroup, *, by: User) -> int:
    """The group is gone, its companies are in none; how many they were."""
    left = move(group.firm, group.companies.all(), None, by=by)
    said = _("%(name)s supprime le groupe %(group)s") % {"name": by, "group": group}
    history.record(group, "group_deleted", said, firm=group.firm, by=by, internal=True)
    group.delete()
    keep_in_step(group.firm)
    return left


@transaction.atomic
def move(firm: Firm, companies: QuerySet[Company], to: ClientGroup | None, *, by: User) -> int:
    """Put `companies` of `firm` into the group `to`, or into none; how many moved."""
    found = Company.objects.select_for_update().filter(firm=firm, pk__in=companies.values("pk"))
    moving = [company for company in found if company.group_id != (to and to.pk)]
    groups = ClientGroup.objects.in_bulk({company.group_id for company in moving} - {None})
    for company in moving:
        company.group = groups.get(company.group_id)
        said = changes.words(company, "group", to)
        company.group = to
        company.save(update_fields=["group"])
        changes.write_down(company, [said], by=by, company=company)
    return len(moving)
