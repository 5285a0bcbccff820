"""The star: a convenience of a staff member, which with the right is case E1 (D-04)."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal import history
from portal.models import Attachment, Company, StaffMember


@transaction.atomic
def toggle(staff: StaffMember, company: Company) -> bool:
    """Turn the star of `staff` on `company` on or off, and write it down; True when it is on now.

    Raises Attachment.DoesNotExist where the staff member is not attached to the company.
    """
    attachment = Attachment.objects.select_for_update().get(staff=staff, company=company)
    attachment.is_favourite = not attachment.is_favourite
    attachment.save(update_fields=["is_favourite"])
    text = (
        _("%(name)s ajoute l’entreprise à ses favoris")
        if attachment.is_favourite
        else _("%(name)s retire l’entreprise de ses favoris")
    )
    history.record(
        attachment, "starred", text % {"name": staff}, company=company, by=staff.user, internal=True
    )
    return attachment.is_favourite
