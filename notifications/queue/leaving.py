"""From rows « En attente » to mails of the outbox: examined once more, those for one recipient in one mail (D-44)."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox
from notifications.defaults import default_of, own_of
from notifications.merging import Text, merge, used
from notifications.models import (
    Hold,
    LinkTarget,
    Notification,
    NotificationStatus,
    NotificationTemplate,
    Reader,
    TemplateKind,
)
from notifications.queue import links
from notifications.queue.examining import NEEDED, Examined, examine
from notifications.values import login_code, values_of
from portal import failures
from portal.models import Firm
from portal.statements import update

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
SIZE = 100  # rows taken at one look
AT_ONCE = 10  # mails laid down in one transaction
NAMED = 10  # documents that one mail names
Group = list[Notification]
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
    for row in hold_back(rows, found):
        groups[recipient_of(row)].append(row)
    for some in batched([*groups.values()], AT_ONCE):
        leave_together(some, found, texts)


def hold_back(rows: Sequence[Notification], found: dict[int, Examined]) -> list[Notification]:
    """Those of `rows` that nothing holds; it is written on the others what does."""
    held = defaultdict[Hold, list[int]](list)
    for row in rows:
        held[found[row.pk].hold].append(row.pk)
    for hold, keys in held.items():
        if hold:
            Notification.objects.waiting().filter(pk__in=keys).update(hold=hold, is_released=False)
    return [row for row in rows if not found[row.pk].hold]


def with_companions(claimed: Sequence[Notification]) -> list[Notification]:
    """`claimed`, and where their firm gathers several in one mail all that is released for the same recipients."""
    mine = Q(pk__in=[row.pk for row in claimed])
    recipients = {(row.company_id, row.employee_id, row.person_id, row.address_kind) for row in claimed}
    theirs = Q(pk__in=())
    for company, employee, person, kind in recipients:
        theirs |= Q(company=company, employee=employee, person=person, address_kind=kind)
    waiting = Notification.objects.waiting().filter(is_released=True, hold=Hold.NONE)
    found = waiting.filter(mine | (theirs & Q(firm__grouping_minutes__gt=0)))
    return list(found.select_related(*NEEDED, "about_type").prefetch_related("about").order_by("pk"))


def recipient_of(row: Notification) -> Recipient:
    """Rows with the same one leave in one mail; in a firm that gathers none each has its own."""
    alone = 0 if row.firm.grouping_minutes else row.pk
    return (row.company_id, row.employee_id, row.person_id, row.address_kind, alone)


def leave_together(groups: Sequence[Group], found: dict[int, Examined], texts: "Texts") -> None:
    """A mail about those of each group that may leave, all in one transaction; the others wait, with what holds them."""
    ready = [hold_back(group, found) for group in groups]
    while ready := [group for group in ready if group]:
        written = [(group, made) for group in ready if (made := attempt(group, found, texts))]
        ready = []
        try:
            with transaction.atomic():
                ready = [still_waiting(group) for group, made in written if not lay(group, made)]
        except Exception as error:
            logger.exception("notifications were not written")
            for group, _made in written:
                give_back(group, error)


def attempt(group: Group, found: dict[int, Examined], texts: "Texts") -> "Written | None":
    """The mail about `group`; None where it cannot be written, which gives its rows back."""
    try:
        return write(group, found[group[0].pk], texts)
    except Exception as error:
        logger.exception("notifications to one recipient failed")
        give_back(group, error)
        return None


def lay(group: Group, made: "Written") -> bool:
    """Put the mail about all of `group` into the outbox; False where one of them was cancelled, or taken by another
    worker, meanwhile: then nothing is written."""
    with transaction.atomic():
        outbox.lay(made.mail)
        is_whole = all(taken(row, made) for row in group)
        if not is_whole:
            transaction.set_rollback(True)
    return is_whole


def taken(row: Notification, made: "Written") -> bool:
    """`row` is told of by this mail; what is released has none yet."""
    fields = {"mail": made.mail, "sent_to": made.mail.to_email, "is_released": False}
    text = {"template": made.template, "template_kind": made.kind}
    mine = {"pk": row.pk, "status": NotificationStatus.WAITING, "is_released": True}
    return update(Notification, mine, fields | text) == 1


def still_waiting(group: Group) -> Group:
    rows = Notification.objects.waiting().filter(pk__in=[row.pk for row in group], is_released=True)
    keys = set(rows.values_list("pk", flat=True))
    return [row for row in group if row.pk in keys]


@dataclass(frozen=True)
class Written:
    """A mail, not laid down yet, and the text it was written from."""

    mail: OutgoingMail
    template: NotificationTemplate | None
    kind: TemplateKind


def write(rows: Group, found: Examined, texts: "Texts") -> Written:
    """The mail about `rows`."""
    first = rows[0]
    kind = TemplateKind(first.template_kind) if len(rows) == 1 else TemplateKind.SEVERAL
    template, text = texts.of(first.firm, first.reader, kind)
    target = links.target_of(rows)
    link = links.url_of(first, target)
    code = login_code(first.company, first.person) if names_login(text) else ""
    values = values_of(first.company, first.employee, code) | {"document": named(rows)}
    mail = outbox.compose(
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
    return Written(mail, template, kind)


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
        (row.title, links.url_of(row, LinkTarget.DOCUMENT))
        for row in rows[:NAMED]
        if row.link_target == LinkTarget.DOCUMENT
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


def names_login(text: Text) -> bool:
    return "identifiant" in used(text.subject) | used(text.body)


def give_back(group: Group, error: Exception) -> None:
    """To be tried again after a pause; after the last attempt a failed task, and « envoi en échec »."""
    for row in group:
        if not row.is_last_attempt:
            row.later()
            continue
        title = _("Notification non envoyée : %(title)s") % {"title": row.title}
        said = str(error) or type(error).__name__
        failures.give_up(row, said, title=title, firm=row.firm, company=row.company)


def batched(groups: Sequence[Group], size: int) -> Iterator[Sequence[Group]]:
    for start in range(0, len(groups), size):
        yield groups[start : start + size]
