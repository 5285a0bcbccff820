"""An access to the portal: authorised, published, withdrawn. What is published is what counts (D-41)."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from approvals.access.taken import is_taken, taken
from portal import history
from portal.models import ClientMember, Employee, Journal, User

Access = ClientMember | Employee


def authorise(access: Access, *, by: User) -> bool:
    """« Accès autorisé » is ticked (S3-28): the person becomes active; False where it was so already.

    Published at once where the firm publishes by itself, else at « Synchroniser ». Raises ValidationError where the
    address is active elsewhere on the portal (S1-09), which never says where, also where that is so since a moment ago.
    """
    try:
        with transaction.atomic():
            return _authorise(access, by)
    except IntegrityError:
        raise ValidationError(taken(access.user.email, access.company.firm)) from None


def _authorise(access: Access, by: User) -> bool:
    if not _turn(access, is_authorised=True):
        return False
    user = access.user
    if not user.is_active:
        if is_taken(user.email):
            access.is_authorised = False
            raise ValidationError(taken(user.email, access.company.firm))
        user.is_active = True
        user.save(update_fields=["is_active"])
    record(access, "access_authorised", _("%(name)s autorise l’accès de %(person)s"), by)
    if access.company.firm.publishes_by_itself:
        publish(access)
    return True


@transaction.atomic
def withdraw(access: Access, *, by: User, reason: str = "") -> bool:
    """The tick is taken away: the next request of the person finds nothing here; False where there was none.

    An access that is taken away counts at once, whether the firm publishes by itself or not. Whoever has no other is
    not active any more, so that the address is free for another firm (S1-09).
    """
    if not _turn(access, is_authorised=False):
        return False
    publish(access)
    user = access.user
    if not (is_staff(user) or _has_another(user)):
        user.is_active = False
        user.save(update_fields=["is_active"])
    record(access, "access_withdrawn", _("%(name)s retire l’accès de %(person)s"), by, reason)
    return True


def _turn(access: Access, *, is_authorised: bool) -> bool:
    """The tick, by compare-and-swap."""
    rows = type(access)._default_manager.filter(pk=access.pk, is_authorised=not is_authorised)
    access.is_authorised = is_authorised
    return rows.update(is_authorised=is_authorised) == 1


def is_staff(user: User) -> bool:
    return hasattr(user, "staff_member")


def _has_another(user: User) -> bool:
    authorised = {"user": user, "is_authorised": True, "is_archived": False}
    return (
        ClientMember.objects.filter(**authorised).exists() or Employee.objects.filter(**authorised).exists()
    )


def publish(access: Access) -> None:
    """What is wanted of `access` becomes what counts."""
    access.published = cells(access)
    access.save(update_fields=["published"])


def cells(access: Access) -> dict:
    """The cells of the grid that are published; one that differs from `access.published` is red (S3-29)."""
    return {"is_authorised": access.is_authorised, "email": access.user.email}


def record(access: Access, verb: str, text: str, by: User | None, reason: str = "") -> None:
    """Into the history of the company, and the journal of accesses."""
    said = text % {"name": by, "person": access.user}
    company = access.company
    history.record(
        access, verb, said, company=company, by=by, reason=reason, internal=True, journal=Journal.ACCESS
    )
