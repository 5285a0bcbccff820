"""From rows « En attente » to mails of the outbox: examined once more, those for one recipient in one mail (D-44)."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox
from notifications.defaults import default_of, own_of
from notifications.merging import Text, merge
from notifications.models import Hold, Notification, NotificationTemplate, Reader, TemplateKind
from notifications.queue import links
from notifications.queue.examining import NEEDED, Examined, examine
from notifications.values import login_code, values_of
from portal import failures
from portal.models import Firm

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
SIZE = 50  # rows taken at one look
NAMED = 10  # documents that one mail names
Recipient = tuple[int, int | None, int | None, str, int]


def claim() -> list[Notification] | None:
    """Some of the rows that are due; None where none is."""
    return Notification.objects.claim_some(LEASE, SIZE) or None


def leave(claimed: Sequence[Notification]) -> None:
    """Make mails of `claimed`, and of what waits for the same recipients. What fails is tried again with a pause."""
    rows = with_companions(claimed)
    texts = Texts()
    found = dict(zip([row.pk for row in rows], examine(rows), strict=True))
    groups = defaultdict[Recipient, list[Notification]](list)
    for row in rows:
        groups[recipient_of(row)].append(row)
    for group in groups.values():
        try:
            leave_together(group, found, texts)
        except Exception as error:
            logger.exception("notifications to one recipient failed")
            for row in group:
                give_back(row, error)


def with_companions(claimed: Sequence[Notification]) -> list[Notification]:
    """`claimed`, and all that is released for the same recipients and waits for its time."""
    companies = {row.company_id for row in claimed if row.firm_id}
    recipients = {recipient_of(row) for row in claimed}
    keys = {row.pk for row in claimed}
    waiting = Notification.objects.waiting().filter(is_released=True, hold=Hold.NONE, company__in=companies)
    found = waiting.select_related(*NEEDED, "about_type").order_by("pk")
    return [row for row in found if row.pk in keys or recipient_of(row) in recipients]


def recipient_of(row: Notification) -> Recipient:
    """Rows with the same one leave in one mail; in a firm that gathers none each has its own."""
    alone = 0 if row.firm.grouping_minutes else row.pk
    return (row.company_id, row.employee_id, row.person_id, row.address_kind, alone)


@transaction.atomic
def leave_together(group: Sequence[Notification], found: dict[int, Examined], texts: "Texts") -> None:
    """One mail about those of `group` that may leave; the others wait, with what holds them."""
    for row in group:
        if hold := found[row.pk].hold:
            Notification.objects.waiting().filter(pk=row.pk).update(hold=hold, is_released=False)
    keys = [row.pk for row in group if not found[row.pk].hold]
    # Locked in one order: of two workers that have some of them, the second finds them gone.
    mine = Notification.objects.waiting().filter(pk__in=keys).select_for_update().order_by("pk")
    locked = set(mine.values_list("pk", flat=True))
    ready = [row for row in group if row.pk in locked]
    if ready:
        mail, template, kind = write(ready, found[ready[0].pk], texts)
        Notification.objects.filter(pk__in=locked).update(
            mail=mail, sent_to=mail.to_email, template=template, template_kind=kind
        )


def write(
    rows: Sequence[Notification], found: Examined, texts: "Texts"
) -> tuple[OutgoingMail, NotificationTemplate | None, TemplateKind]:
    """The mail about `rows`, and the text it was written from."""
    first = rows[0]
    kind = TemplateKind(first.template_kind) if len(rows) == 1 else TemplateKind.SEVERAL
    template, text = texts.of(first.firm, first.reader, kind)
    target = links.target_of(rows)
    link = links.url_of(first, target)
    code = login_code(first.company, first.person) if texts.names_login(text) else ""
    values = values_of(first.company, first.employee, code) | {"document": named(rows)}
    mail = outbox.post(
        MailKind.DOCUMENT,
        "notifications/email/merged",
        to_email=found.address,
        to_name=found.name,
        firm=first.firm,
        company=first.company,
        about=first.about if len(rows) == 1 else first.employee or first.company,
        context={
            "merged": merge(text, values, link=link),
            "link": link,
            "label": links.LABELS[target],
            "note": "",
            "items": items_of(rows) if len(rows) > 1 else [],
        },
    )
    assert mail is not None  # only what is said `once` may give None
    return mail, template, kind


def named(rows: Sequence[Notification]) -> str:
    """« a.pdf, b.pdf et 3 autres »."""
    names = [row.title for row in rows]
    if len(names) == 1:
        return names[0]
    if len(names) > NAMED:
        words = {"names": ", ".join(names[:NAMED]), "count": len(names) - NAMED}
        return _("%(names)s et %(count)s autres") % words
    return _("%(names)s et %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def items_of(rows: Sequence[Notification]) -> list[tuple[str, str]]:
    """Each of the documents that the mail names, with a link of its own."""
    return [
        (row.title, links.url_of(row, links.LinkTarget(row.link_target or links.LinkTarget.SPACE)))
        for row in rows[:NAMED]
        if row.link_target == links.LinkTarget.DOCUMENT
    ]


class Texts:
    """The texts of a handful, each read once."""

    def __init__(self) -> None:
        self.read: dict[tuple[int, Reader, TemplateKind], tuple[NotificationTemplate | None, Text]] = {}

    def of(self, firm: Firm, reader: Reader, kind: TemplateKind) -> tuple[NotificationTemplate | None, Text]:
        key = (firm.pk, reader, kind)
        if key not in self.read:
            own = own_of(firm, reader, kind)
            self.read[key] = (own, own.text if own else default_of(reader, kind))
        return self.read[key]

    @staticmethod
    def names_login(text: Text) -> bool:
        return "identifiant" in f"{text.subject}{text.body}".casefold()


def give_back(row: Notification, error: Exception) -> None:
    if row.attempts and row.is_last_attempt:
        title = _("Notification non envoyée : %(title)s") % {"title": row.title}
        failures.give_up(
            row, str(error) or type(error).__name__, title=title, firm=row.firm, company=row.company
        )
    else:
        row.later()
