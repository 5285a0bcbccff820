"""Who looks after a failed task: taken, let go, or handed to a colleague who works on its company too.

Each is a compare-and-swap on the owner who was seen: of two people the first wins, the second reads who it is.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from portal import told
from portal.failures import record, tell_closed
from portal.models import FailedTask, StaffMember, StaffRole, User


def take(task: FailedTask, *, by: User) -> bool:
    """« Je m’en occupe » : nobody does yet, or somebody who has left."""
    if not task.is_free:
        tell_owner(task, by)
        return False
    return hand(task, by, seen=task.owner_id, by=by)


def leave(task: FailedTask, *, by: User) -> bool:
    """Whoever looks after it does so no more."""
    return hand(task, None, seen=by.pk, by=by)


@transaction.atomic
def hand(task: FailedTask, to: User | None, *, seen: int | None, by: User) -> bool:
    """Give `task` to `to`, who must see it too; False where its owner is not `seen` any more, which is told."""
    if to is not None and not FailedTask.objects.visible_to(to).filter(pk=task.pk).exists():
        told.tell(_("%(name)s ne voit pas « %(task)s ».") % {"name": to, "task": task.title})
        return False
    if not FailedTask.objects.open().filter(pk=task.pk, owner=seen).update(owner=to):
        if not tell_closed(task):
            tell_owner(task, by)
        return False
    if to is None:
        verb, text = "left", _("%(name)s ne s’occupe plus de : %(task)s")
    elif to == by:
        verb, text = "taken", _("%(name)s s’occupe de : %(task)s")
    else:
        verb, text = "handed", _("%(name)s confie à %(to)s : %(task)s")
    record(task, verb, text % {"name": by, "to": to, "task": task.title}, by)
    return True


def tell_owner(task: FailedTask, by: User) -> None:
    if task.owner == by:
        told.tell(_("« %(task)s » : vous vous en occupez déjà.") % {"task": task.title})
    elif task.owner:
        told.tell(_("« %(task)s » : %(name)s s’en occupe déjà.") % {"task": task.title, "name": task.owner})
    else:
        told.tell(_("« %(task)s » : personne ne s’en occupe plus.") % {"task": task.title})


def colleagues(tasks: Sequence[FailedTask], firm_id: int | None) -> QuerySet[StaffMember]:
    """The collaborateurs who see every one of `tasks`, as `FailedTaskQuerySet.visible_to` says it."""
    staff = StaffMember.objects.filter(user__firm=firm_id, user__is_active=True)
    companies = {task.company_id for task in tasks}
    may = Q(role=StaffRole.ADMIN)
    if None not in companies:
        staff = staff.annotate(
            together=Count("attachments", filter=Q(attachments__company__in=companies), distinct=True)
        )
        may |= Q(together=len(companies))
    return staff.filter(may).select_related("user").order_by("user__name", "pk")
