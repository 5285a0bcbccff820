"""« Synchroniser » and « Notifier par email »: what is wanted of an access comes to count, and its person hears of it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.access.stories import Access, cells, publish, record
from approvals.access.welcome import welcome
from portal.models import User


@transaction.atomic
def synchronise(access: Access, *, by: User) -> str:
    """« Synchroniser » for one access: what is wanted counts, and whoever is to be told is told (S3-30).

    Why the mail did not leave, in French; "" where it did, or none was wanted.
    """
    if access.published != cells(access):
        publish(access)
        record(access, "access_published", _("%(name)s synchronise l’accès de %(person)s"), by)
    return notify(access, by=by) if access.notify_wanted else ""


@transaction.atomic
def notify(access: Access, *, by: User) -> str:
    """« Notifier par email »: one mail, then the tick is gone (D-44, S3-31); why it does not leave now, in French, or "".

    Where the access is not published yet the tick stays, and « Synchroniser » sends the mail.
    """
    why = _why_no_mail(access)
    waits = why == "" and not access.is_open
    _want_notice(access, waits)
    if why or waits:
        return why or _("le mail partira à « Synchroniser »")
    if why := welcome(access, by=by):
        return why
    access.notified_to, access.notified_at = access.user.email, timezone.now()
    access.save(update_fields=["notified_to", "notified_at"])
    record(access, "access_notified", _("%(name)s envoie à %(person)s le mail d’accès au portail"), by)
    return ""


def _why_no_mail(access: Access) -> str:
    if not access.is_authorised or access.is_archived:
        return _("accès non autorisé")
    return "" if access.user.email else _("adresse absente")


def _want_notice(access: Access, is_wanted: bool) -> None:
    if access.notify_wanted != is_wanted:
        access.notify_wanted = is_wanted
        access.save(update_fields=["notify_wanted"])
