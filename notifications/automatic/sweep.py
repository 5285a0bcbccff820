"""What happened without anybody looking: failed tasks, and e-mails that did not arrive, become lines, each once.

A batch is one transaction: its lines are written and its rows marked together, so that a sweep which is killed has told
all of it or nothing, and two sweeps at once never tell of one row twice.
"""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.kinds import Audience, MailKind
from mailing.models import OutgoingMail
from notifications.automatic.lines import Lines
from portal.models import FailedTask

BATCH = 500
OF_A_COMPANY = ("firm", "company__manager__user", "company__group")  # what the cascade asks


def sweep() -> None:
    """All that nobody was told of yet."""
    for announce in (announce_tasks, announce_undelivered):
        while announce() == BATCH:
            pass


@transaction.atomic
def announce_tasks() -> int:
    """« Tâches échouées » (S1-11): the oldest open tasks not announced yet; how many there were.

    Nobody is told of what belongs to no firm, nor that a mail of this very kind has failed, which would have no end.
    """
    waiting = FailedTask.objects.to_announce().select_for_update(skip_locked=True, of=("self",))
    tasks = list(waiting.select_related(*OF_A_COMPANY).prefetch_related("about")[:BATCH])
    lines = Lines()
    for task in tasks:
        if task.firm is None or is_to_the_team(task.about):
            continue
        to = lines.receivers(MailKind.FAILED_TASK, task.firm, task.company)
        text = f"{task.title} – {task.reason}"
        lines.add(
            MailKind.FAILED_TASK, task.firm, task.company, to, text, task.url or reverse("portal:tasks")
        )
    lines.write()
    FailedTask.objects.filter(pk__in=[task.pk for task in tasks]).update(announced_at=timezone.now())
    return len(tasks)


@transaction.atomic
def announce_undelivered() -> int:
    """« E-mails non remis »: the oldest mails that will not arrive and that nobody was told of; how many there were.

    Nobody is told of what belongs to no firm, of mails to the firm's own people, nor of an answer of the gate, which
    whoever wrote to us has asked for. A mail that is a failed task too is told only to whom that task is not.
    """
    waiting = OutgoingMail.objects.to_alarm_about().select_for_update(skip_locked=True, of=("self",))
    mails = list(waiting.select_related(*OF_A_COMPANY).defer("text", "html")[:BATCH])
    stopped = with_a_task(mails)
    lines = Lines()
    for mail in mails:
        if mail.firm is None or is_to_the_team(mail) or mail.kind_of.is_answer:
            continue
        to = lines.receivers(MailKind.DELIVERY_ALARM, mail.firm, mail.company)
        if mail.pk in stopped:
            told = lines.desk(mail.firm).receivers(MailKind.FAILED_TASK, mail.company)
            already = {receiver.email for receiver in told}
            to = tuple(receiver for receiver in to if receiver.email not in already)
        words = {"status": str(mail.shown_status.label).lower(), "to": mail.to_email, "subject": mail.subject}
        text = _("%(to)s, %(status)s – « %(subject)s »") % words
        lines.add(MailKind.DELIVERY_ALARM, mail.firm, mail.company, to, text, mail.get_absolute_url())
    lines.write()
    OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(alarmed_at=timezone.now())
    return len(mails)


def is_to_the_team(about) -> bool:
    return isinstance(about, OutgoingMail) and about.kind_of.audience is Audience.TEAM


def with_a_task(mails: Sequence[OutgoingMail]) -> set[int]:
    """Which of `mails` are open failed tasks too."""
    about = ContentType.objects.get_for_model(OutgoingMail)
    tasks = FailedTask.objects.open().filter(about_type=about, about_id__in=[mail.pk for mail in mails])
    return set(tasks.values_list("about_id", flat=True))
