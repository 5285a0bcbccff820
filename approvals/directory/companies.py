"""What happens to the card of a company: opened, changed, archived, restored; who of the firm works on it."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.directory import changes
from approvals.directory.opening import open_company
from mailing.domains.stories import keep_in_step
from portal import history
from portal.models import Attachment, Company, Firm, Journal, StaffMember, User

RIGHTS = frozenset({"manager"})  # whoever follows a company sees it


@transaction.atomic
def add(firm: Firm, code: str, name: str, *, by: User, **fields: Any) -> Company:
    """A new company with its addresses; its gestionnaire is attached to it.

    Raises ValidationError beside the code where it is taken, also by somebody who was quicker.
    """
    with changes.refused_beside_its_field(Company(firm=firm, code=code)):
        company = open_company(firm, code, name, **fields)
    said = _("%(name)s crée l’entreprise %(company)s, code %(code)s")
    words = {"name": by, "company": company, "code": company.code}
    history.record(company, "company_opened", said % words, company=company, by=by, internal=True)
    if company.manager:
        put_on(company, [company.manager], by=by)
        keep_in_step(firm)
    return company


@transaction.atomic
def change(parts: Sequence[changes.Part], *, seen: str, by: User) -> list[str]:
    """Save the card as `changes.change` does; a new gestionnaire is attached, so that nobody manages what they cannot see.

    The inbound addresses and the identifiants keep the code under which they were given out, and go on working.
    """
    [(company, typed)] = parts
    assert isinstance(company, Company)
    changed = changes.change(parts, seen=seen, by=by, company=company, rights=RIGHTS)
    if "manager" in changed and typed["manager"]:
        put_on(company, [typed["manager"]], by=by)
    if {"manager", "group"} & set(changed):
        keep_in_step(company.firm)
    return changed


@transaction.atomic
def archive(company: Company, *, by: User) -> bool:
    """Out of everyone's sight; its addresses take nothing more in (R1). Nothing is deleted. False where it was so."""
    if not Company.objects.filter(pk=company.pk, is_archived=False).update(is_archived=True):
        return False
    company.inbound_addresses.filter(retired_at=None).update(retired_at=timezone.now())
    _turned(company, "company_archived", _("%(name)s archive l’entreprise %(company)s"), by)
    return True


@transaction.atomic
def restore(company: Company, *, by: User) -> bool:
    """Back as it was, its addresses too; False where it is not archived."""
    if not Company.objects.filter(pk=company.pk, is_archived=True).update(is_archived=False):
        return False
    company.inbound_addresses.update(retired_at=None)
    _turned(company, "company_restored", _("%(name)s restaure l’entreprise %(company)s"), by)
    return True


def _turned(company: Company, verb: str, said: str, by: User) -> None:
    words = {"name": by, "company": company}
    history.record(company, verb, said % words, company=company, by=by, internal=True, journal=Journal.ACCESS)


@transaction.atomic
def set_team(company: Company, wanted: Collection[StaffMember], *, by: User) -> bool:
    """Those of `wanted` are attached to the company, and nobody else but its gestionnaire; False where nothing changed."""
    Company.objects.select_for_update().get(pk=company.pk)
    there = {attachment.staff for attachment in company.attachments.select_related("staff__user")}
    wanted = {*wanted, *filter(None, [company.manager])}
    put_on(company, wanted - there, by=by)
    take_off(company, there - wanted, by=by)
    return wanted != there


def put_on(company: Company, staff: Collection[StaffMember], *, by: User) -> int:
    """Attach those who are not yet; how many they were."""
    there = set(company.attachments.values_list("staff", flat=True))
    new = [member for member in staff if member.pk not in there]
    for member in new:
        attachment = Attachment.objects.create(staff=member, company=company)
        _attached(attachment, "attached", _("%(name)s attache %(staff)s à l’entreprise"), by)
    return len(new)


def take_off(company: Company, staff: Collection[StaffMember], *, by: User) -> int:
    """Detach those who are attached; how many they were. Whoever manages the company stays attached."""
    gone = company.attachments.filter(staff__in=staff).exclude(staff=company.manager_id)
    rows = list(gone.select_related("staff__user"))
    for attachment in rows:
        _attached(attachment, "detached", _("%(name)s détache %(staff)s de l’entreprise"), by)
        attachment.delete()
    return len(rows)


def _attached(attachment: Attachment, verb: str, said: str, by: User) -> None:
    company = attachment.company
    words = {"name": by, "staff": attachment.staff}
    history.record(company, verb, said % words, company=company, by=by, internal=True, journal=Journal.ACCESS)
