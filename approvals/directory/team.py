"""Collaborateurs: they come, their role changes, they leave and somebody takes over, they come back (D-03)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from approvals.access.adapter import invite
from approvals.directory import changes, companies
from approvals.directory.opening import add_person, known_by, make_staff
from approvals.models import SenderAddress
from approvals.senders.deciders import Deciders
from mailing.domains.stories import keep_in_step
from notifications.models import AutomaticMail
from portal import history
from portal.models import Attachment, Company, Firm, Journal, StaffMember, StaffRole, User

RIGHTS = frozenset({"role", "email"})


@transaction.atomic
def add(firm: Firm, name: str, email: str, role: str, *, by: User) -> StaffMember:
    """A collaborateur, who is sent a link to choose a password unless one is there already.

    A contact whom the firm knows by that address stays the same person. Raises ValidationError beside the address
    where it is a collaborateur's, or active elsewhere on the portal (S1-09), which never says where.
    """
    person = known_by(firm, email)
    try:
        if person is None:
            person = add_person(firm, name, email)
        elif hasattr(person, "staff_member"):
            raise ValidationError(_("%(name)s est déjà collaborateur du cabinet.") % {"name": person})
    except ValidationError as refusal:
        raise ValidationError({"email": refusal.messages}) from None
    if not person.is_active:
        _wake(person)
    member = make_staff(person, StaffRole(role))
    _record(member, "staff_added", _("%(name)s ajoute le collaborateur %(staff)s"), by)
    if not person.has_usable_password():
        invite(person)
    keep_in_step(firm)
    return member


@transaction.atomic
def invite_again(member: StaffMember, *, by: User) -> bool:
    """Another link to choose a first password; False where the person has chosen one, or is not active."""
    person = member.user
    if person.has_usable_password() or not person.is_active:
        return False
    invite(person)
    _record(member, "staff_invited", _("%(name)s envoie un nouveau lien à %(staff)s"), by)
    return True


@transaction.atomic
def change(parts: Sequence[changes.Part], *, seen: str, by: User) -> list[str]:
    """Save the card as `changes.change` does. Raises ValidationError beside the role where `refusal_of_role` says no."""
    member, typed = parts[0]
    assert isinstance(member, StaffMember)
    now = _locked(member)
    if "role" in typed and typed["role"] != now.role and (why := refusal_of_role(now, by)):
        raise ValidationError({"role": why})
    changed = changes.change(parts, seen=seen, by=by, firm=firm_of(now), rights=RIGHTS)
    if "email" in changed:
        keep_in_step(firm_of(now))
    return changed


def refusal_of_role(member: StaffMember, by: User) -> str:
    """Why the role of `member` may not be changed by `by`, in French; "" where it may.

    A firm keeps an administrator: nobody changes their own role, and two who demote each other come one after the other.
    """
    if member.user_id == by.pk:
        return _("On ne change pas son propre rôle : demandez-le à un autre administrateur du cabinet.")
    if member.role == StaffRole.ADMIN and not _other_admins(member):
        return _("C’est le dernier administrateur du cabinet.")
    return ""


@dataclass(frozen=True)
class Holdings:
    """What would be left without a person if a collaborateur went."""

    managed: list[Company]
    alone: list[Company]  # nobody else is attached to them
    asked_alone: list[SenderAddress]
    other_accesses: list[str]
    told: list[str]  # the automatic mails that name this person, « Personnalisé »

    @property
    def needs_successor(self) -> bool:
        return bool(self.managed or self.alone)


def holdings_of(member: StaffMember) -> Holdings:
    """What `member` holds today; the same few queries however much it is."""
    live = Company.objects.filter(firm=firm_of(member), is_archived=False)
    others = Attachment.objects.filter(company=OuterRef("pk"), staff__user__is_active=True)
    alone = live.filter(attachments__staff=member).exclude(Exists(others.exclude(staff=member)))
    waiting = SenderAddress.objects.filter(company__in=live).waiting()
    rows = list(waiting.select_related("company__manager__user").order_by("company__code", "address"))
    people = Deciders.of({row.company for row in rows})
    user = member.user
    entered = {access.company_id for access in user.open_memberships}
    entered |= {access.company_id for access in user.open_employments}
    return Holdings(
        managed=list(live.filter(manager=member)),
        alone=list(alone),
        asked_alone=[row for row in rows if people.asked(row) == [user]],
        told=[str(row) for row in AutomaticMail.objects.filter(is_custom=True, recipients=member)],
        other_accesses=list(live.filter(pk__in=entered).values_list("name", flat=True)),
    )


@transaction.atomic
def deactivate(member: StaffMember, successor: StaffMember | None, *, by: User) -> list[Company]:
    """`member` may enter nothing more from the next request on; `successor` takes over what nobody else holds.

    Without one the companies are « sans gestionnaire » knowingly. Gives the companies to which nobody is attached
    then. The attachments stay, for a return: of somebody who is not active they count for nothing. Raises
    ValidationError where `refusal_of_leaving` says no.
    """
    now = _locked(member)
    if why := refusal_of_leaving(now, by):
        raise ValidationError(why)
    if successor and not User.objects.filter(pk=successor.user_id, is_active=True).exists():
        raise ValidationError({"successor": _("Ce collaborateur n’est plus actif : choisissez-en un autre.")})
    held = holdings_of(now)
    User.objects.filter(pk=now.user_id).update(is_active=False)
    for company in held.managed:
        said = changes.words(company, "manager", successor)
        company.manager = successor
        company.save(update_fields=["manager"])
        changes.write_down(company, [said], by=by, company=company, journal=Journal.ACCESS)
    if successor:
        for company in {*held.managed, *held.alone}:
            companies.put_on(company, [successor], by=by)
    _record(now, "staff_deactivated", _("%(name)s désactive le collaborateur %(staff)s"), by)
    keep_in_step(firm_of(now))
    return [] if successor else held.alone


def refusal_of_leaving(member: StaffMember, by: User) -> str:
    """Why `member` may not be deactivated by `by`, in French; "" where it may be done."""
    if member.user_id == by.pk:
        return _("On ne se désactive pas soi-même : demandez-le à un autre administrateur du cabinet.")
    if not member.user.is_active:
        return _("Ce collaborateur est déjà désactivé.")
    if member.role == StaffRole.ADMIN and not _other_admins(member):
        return _("C’est le dernier administrateur du cabinet.")
    return ""


@transaction.atomic
def reactivate(member: StaffMember, *, by: User) -> bool:
    """Back with the attachments of before; False where nothing was to do.

    Raises ValidationError where the address is active elsewhere by now (S1-09).
    """
    person = _locked(member).user
    if person.is_active:
        return False
    _wake(person)
    _record(member, "staff_reactivated", _("%(name)s réactive le collaborateur %(staff)s"), by)
    keep_in_step(firm_of(member))
    return True


@transaction.atomic
def attach(member: StaffMember, chosen: QuerySet[Company], *, by: User) -> int:
    """Attach `member` to all of `chosen`; how many are new."""
    return sum(companies.put_on(company, [member], by=by) for company in chosen)


@transaction.atomic
def detach(member: StaffMember, chosen: QuerySet[Company], *, by: User) -> int:
    """Detach `member` from all of `chosen`, those managed by `member` left out; how many were attached."""
    return sum(companies.take_off(company, [member], by=by) for company in chosen)


def firm_of(member: StaffMember) -> Firm:
    assert member.user.firm is not None  # only the administrator of the deployment has none
    return member.user.firm


def _wake(person: User) -> None:
    person.is_active = True
    with changes.refused_beside_its_field(person):
        person.save(update_fields=["is_active"])


def _locked(member: StaffMember) -> StaffMember:
    """`member` as it is now; whoever else changes a collaborateur of the firm waits."""
    Firm.objects.select_for_update().get(pk=firm_of(member).pk)
    return StaffMember.objects.select_related("user__firm").get(pk=member.pk)


def _other_admins(member: StaffMember) -> bool:
    admins = StaffMember.objects.filter(user__firm=firm_of(member), role=StaffRole.ADMIN)
    return admins.filter(user__is_active=True).exclude(pk=member.pk).exists()


def _record(member: StaffMember, verb: str, said: str, by: User) -> None:
    words = {"name": by, "staff": member}
    history.record(
        member, verb, said % words, firm=firm_of(member), by=by, internal=True, journal=Journal.ACCESS
    )
