"""« Synchroniser » and « Notifier par email »: what is wanted of an access comes to count, and its person hears of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.access.stories import Access, cells, publish, record
from approvals.access.welcome import held_back, welcome
from portal.models import User


@transaction.atomic
def synchronise(access: Access, *, by: User, is_one_of_many: bool = False) -> str:
    """« Synchroniser » for one access: what is wanted counts, and whoever is to be told is told (S3-30).

    Why the mail did not leave, in French; "" where it did, or none was wanted.
    """
    if access.published != cells(access):
        publish(access)
        record(access, "access_published", _("%(name)s synchronise l’accès de %(person)s"), by)
    return notify(access, by=by, is_one_of_many=is_one_of_many) if access.notify_wanted else ""


@transaction.atomic
def notify(access: Access, *, by: User, is_one_of_many: bool = False) -> str:
    """« Notifier par email »: one mail, then the tick is gone (D-44, S3-31); why it does not leave now, in French, or "".

    Where the access is not published yet the tick stays, and « Synchroniser » sends the mail. The same where it is
    `is_one_of_many` and its sender may not send (S1-08): thousands of mails « Erreur » would hide the one thing to mend.
    """
    if access.is_authorised and not access.is_archived and not access.is_open:
        return wait(access, _("le mail partira à « Synchroniser »"))
    if is_one_of_many and (why := held_back(access)):
        return wait(access, why)
    return welcome(access, by=by)


def wait(access: Access, why: str) -> str:
    """The tick stays, for the reason given."""
    access.notify_wanted = True
    access.save(update_fields=["notify_wanted"])
    return why
