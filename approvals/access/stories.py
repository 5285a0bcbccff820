"""An access to the portal: authorised, published, withdrawn. What is published is what counts (D-41)."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal import history
from portal.models import ClientMember, Employee, Journal, User

Access = ClientMember | Employee


@transaction.atomic
def authorise(access: Access, *, by: User) -> bool:
    """« Accès autorisé » is ticked (S3-28): the person becomes active; False where it was so already.

    Published at once where the firm publishes by itself, else at « Synchroniser ». Raises ValidationError where the
    address is active elsewhere on the portal (S1-09), which never says where.
    """
    if access.is_authorised:
        return False
    user = access.user
    if not user.is_active:
        user.is_active = True
        user.full_clean(exclude=["password"])
        user.save(update_fields=["is_active"])
    access.is_authorised = True
    access.save(update_fields=["is_authorised"])
    record(access, "access_authorised", _("%(name)s autorise l’accès de %(person)s"), by)
    if access.company.firm.publishes_by_itself:
        publish(access)
    return True


@transaction.atomic
def withdraw(access: Access, *, by: User, reason: str = "") -> bool:
    """The tick is taken away: the next request of the person finds nothing here; False where there was none.

    An access that is taken away counts at once, whether the firm publishes by itself or not.
    """
    if not access.is_authorised:
        return False
    access.is_authorised = False
    access.save(update_fields=["is_authorised"])
    publish(access)
    record(access, "access_withdrawn", _("%(name)s retire l’accès de %(person)s"), by, reason)
    return True


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
