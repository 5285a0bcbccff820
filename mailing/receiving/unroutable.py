"""Mails that belong to no firm: those to the deployment's own addresses. Its administrator alone sees them (D-03)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.models import Fate, InboundMail
from portal import failures, history
from portal.models.failed_task import TaskStatus

LEFT_OVER = (Fate.UNROUTABLE, Fate.UNREADABLE)


def of_no_firm() -> QuerySet[InboundMail]:
    """Whatever came to an address of no firm, oldest first: reports that were ignored, and what nobody can place."""
    return (
        InboundMail.objects.filter(address__firm=None)
        .select_related("address", "raw")
        .order_by("received_at", "pk")
    )


@transaction.atomic
def discard(mail: InboundMail) -> bool:
    """The administrator has seen it: nothing more is to be done, and its bytes go when D-22 says.

    False where it is not left over, or another was faster.
    """
    note = _("écarté par l’administrateur du déploiement")
    if mail.fate not in LEFT_OVER or not InboundMail.objects.move(
        mail.pk, old=mail.status, new=Fate.IGNORED, note=note, decided_at=timezone.now()
    ):
        return False
    failures.close(failures.open_tasks(mail), TaskStatus.DONE, by=None)
    history.record(mail, "discarded", note, internal=True)
    return True
