"""Whether a person accepts that opening their mails is measured: their own choice, off until they make it (D-35)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal import history
from portal.models import HistoryEntry, User

VERBS = ACCEPTED, WITHDRAWN = "measuring_accepted", "measuring_withdrawn"
HISTORY_SHOWN = 5


def may_be_asked(user: User) -> bool:
    """Whoever a firm writes to; the others have nothing to accept."""
    return bool(user.email and user.firm_id)


@transaction.atomic
def accept(user: User, is_accepted: bool) -> bool:
    """Write down that `user` accepts, or accepts no more; False where that was so already. Only the person may say it."""
    changed = User.objects.filter(pk=user.pk, accepts_measuring=not is_accepted)
    if not changed.update(accepts_measuring=is_accepted):
        return False
    verb = ACCEPTED if is_accepted else WITHDRAWN
    text = (
        _("%(name)s accepte la mesure des ouvertures et des clics de ses e-mails")
        if is_accepted
        else _("%(name)s retire son accord pour la mesure des ouvertures et des clics de ses e-mails")
    )
    history.record(user, verb, text % {"name": user}, firm=user.firm, by=user, internal=True)
    return True


def history_of(user: User) -> QuerySet[HistoryEntry]:
    """What the person has said about it, the latest first."""
    return HistoryEntry.objects.of(user).filter(verb__in=VERBS).select_related("by")[:HISTORY_SHOWN]
