"""The contacts and the salariés of a company: added, changed, archived, restored. Accesses are `approvals.access`."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from approvals.access import stories as accesses
from approvals.access.stories import Access
from approvals.directory import changes
from approvals.directory.opening import add_contact, add_employee
from portal import history
from portal.models import ClientMember, Company, Employee, Journal, User

RIGHTS = frozenset({"is_admin", "sees_box", "sees_image", "sees_employees", "email"})


def may_name(user: User, person: User) -> bool:
    """May `user` change the name and the e-mail address of `person`, with which `person` logs in?

    Never of a collaborateur, who is changed among the collaborateurs, else whoever is attached to a company could take
    over an administrator's account. Of anyone else a firm administrator may; other staff only where they work on every
    company that knows the person.
    """
    if hasattr(person, "staff_member"):
        return False
    if user.is_firm_admin:
        return True
    known_at = set(person.client_memberships.values_list("company", flat=True))
    known_at |= set(person.employments.values_list("company", flat=True))
    return Company.objects.staffed_by(user).filter(pk__in=known_at).count() == len(known_at)


@transaction.atomic
def new_contact(company: Company, name: str, email: str, *, by: User, **rights: bool) -> ClientMember:
    """A contact of `company` with its identifiant, without access yet; the mail of welcome is another gesture.

    Raises ValidationError beside the address where its person is a contact here already.
    """
    Company.objects.select_for_update().get(pk=company.pk)  # identifiants are drawn one after the other
    try:
        member = add_contact(company, name, email, is_admin=rights.pop("is_admin"))
    except ValidationError as refusal:
        raise ValidationError({"email": refusal.messages}) from None
    for right, wanted in rights.items():
        setattr(member, right, wanted)
    member.save(update_fields=list(rights))
    record(member, "contact_added", _("%(name)s ajoute le contact %(person)s"), by)
    return member


@transaction.atomic
def new_employee(
    company: Company, name: str, matricule: str, email: str, *, by: User, **fields: str
) -> Employee:
    """A salarié of `company` under `matricule`. Raises ValidationError beside the matricule where it is taken."""
    Company.objects.select_for_update().get(pk=company.pk)
    changes.check(Employee(company=company, matricule=matricule))
    employee = add_employee(company, name, matricule, email, **fields)
    record(employee, "employee_added", _("%(name)s ajoute le salarié %(person)s"), by)
    return employee


@transaction.atomic
def change(parts: Sequence[changes.Part], *, seen: str, by: User) -> list[str]:
    """Save the card as `changes.change` does.

    A new address is a cell of the grid of accesses: published at once where the firm publishes by itself (S3-29).
    """
    access = parts[0][0]
    assert isinstance(access, ClientMember | Employee)
    changed = changes.change(parts, seen=seen, by=by, company=access.company, rights=RIGHTS)
    if "email" in changed and access.company.firm.publishes_by_itself:
        for other in accesses_of(User.objects.get(pk=access.user_id)):
            if other.is_authorised:
                accesses.publish(other)
    return changed


@transaction.atomic
def archive(access: Access, *, by: User) -> bool:
    """Off the card; an access that is open ends at once, and the address is free again for another firm (D-02).

    False where it was archived already. Documents and history stay.
    """
    kept = type(access)._base_manager.select_for_update().select_related("user", "company__firm")
    access = kept.get(pk=access.pk)
    if access.is_archived:
        return False
    accesses.withdraw(access, by=by, reason=_("archivage"))
    access.is_archived = True
    access.save(update_fields=["is_archived"])
    person = access.user
    if not hasattr(person, "staff_member") and not any(a.is_authorised for a in accesses_of(person)):
        person.is_active = False
        person.save(update_fields=["is_active"])
    record(access, "person_archived", _("%(name)s archive %(person)s"), by)
    return True


@transaction.atomic
def restore(access: Access, *, by: User) -> bool:
    """On the card again, without access until one is given anew; False where it is not archived."""
    if not type(access)._base_manager.filter(pk=access.pk, is_archived=True).update(is_archived=False):
        return False
    record(access, "person_restored", _("%(name)s restaure %(person)s, sans accès"), by)
    return True


def accesses_of(person: User) -> list[Access]:
    """All that `person` has or had at companies of the firm, with what `publish` asks of them."""
    of_companies = person.client_memberships.select_related("user", "company__firm")
    return [*of_companies, *person.employments.select_related("user", "company__firm")]


def record(access: Access, verb: str, said: str, by: User) -> None:
    words = {"name": by, "person": access.user}
    company = access.company
    history.record(access, verb, said % words, company=company, by=by, internal=True, journal=Journal.ACCESS)
