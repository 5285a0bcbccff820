"""What a screen says of a notification: to which address it goes and why, and what it waits for as things are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mailing.models import MailStatus, OutboxStatus
from notifications.models import Hold, Notification, NotificationStatus, Reader, TemplateKind
from notifications.queue.examining import NEEDED, address_of, examine
from portal.models import AddressKind

PIECE = 500
SAID = (OutboxStatus.QUEUED, OutboxStatus.SENDING, OutboxStatus.SENT, OutboxStatus.CANCELLED, MailStatus.SENT)


@dataclass(frozen=True)
class Shown:
    """`hold` is what keeps `row` from leaving now; `waits` what one that waits waits for, in words, "" for the others."""

    row: Notification
    hold: Hold
    waits: str

    @property
    def status(self) -> NotificationStatus:
        return self.row.badge

    @property
    def address(self) -> str:
        """Where it went, or would go now."""
        return self.row.sent_to or address_of(self.row)

    @property
    def why_address(self) -> str:
        return why_address(self.row)

    @property
    def at(self) -> datetime:
        return self.row.sent_at or self.row.created_at

    @property
    def followed(self) -> MailStatus | OutboxStatus | None:
        """What became of its mail, where that is more than its own state says."""
        mail = self.row.mail
        return None if mail is None or mail.shown_status in SAID else mail.shown_status

    @property
    def is_by_hand(self) -> bool:
        return self.row.asked_by_id is not None or self.row.is_forced

    @property
    def text(self) -> str:
        """Which text it was, or would be, written from: « Facture, version 3 »."""
        template = self.row.template
        if template is not None:
            words = {"kind": TemplateKind(template.kind).label, "version": template.version}
            return _("%(kind)s, version %(version)s") % words
        kind = TemplateKind(self.row.template_kind).label
        return _("%(kind)s, texte du portail") % {"kind": kind} if self.row.mail_id else str(kind)


def with_all(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    """`rows` with what `shown` asks of them."""
    return rows.select_related(*NEEDED, "about_type", "mail", "template", "asked_by")


def shown(rows: Sequence[Notification]) -> list[Shown]:
    """Of each of `rows`, which came by `with_all`; a few queries for all of them."""
    holds = holds_of(rows)
    return [told(row, holds) for row in rows]


def told(row: Notification, holds: dict[int, Hold]) -> Shown:
    hold = holds.get(row.pk, Hold.NONE)
    return Shown(row, hold, waits_for(row, hold) if row.status == NotificationStatus.WAITING else "")


def holds_of(rows: Sequence[Notification]) -> dict[int, Hold]:
    """What keeps those of `rows` that wait from leaving. Where a mail is written, or sending failed, that was written down;
    of the others it is asked now."""
    waiting = [row for row in rows if row.status == NotificationStatus.WAITING]
    known = [row for row in waiting if row.mail_id or row.hold == Hold.FAILED]
    others = [row for row in waiting if not row.mail_id and row.hold != Hold.FAILED]
    found = {row.pk: Hold(row.hold) for row in known}
    if others:
        found |= {row.pk: one.hold for row, one in zip(others, examine(others), strict=True)}
    return found


def holds_of_all(rows: QuerySet[Notification]) -> dict[int, Hold]:
    """The same of all of `rows` that wait, a piece at a time, for a file that tells of them."""
    waiting = with_all(rows).filter(status=NotificationStatus.WAITING).order_by("pk")
    found, last = {}, 0
    while piece := list(waiting.filter(pk__gt=last)[:PIECE]):
        found |= holds_of(piece)
        last = piece[-1].pk
    return found


def waits_for(row: Notification, hold: Hold) -> str:
    if hold:
        return str(hold.label)
    if row.mail_id:
        return _("en cours d’envoi")
    if row.hold or not row.is_released:
        return _("part à la prochaine synchronisation")
    if row.next_attempt_at <= timezone.now():
        return _("en cours d’envoi")
    at = timezone.localtime(row.next_attempt_at)
    time = date_format(at, "H:i")
    if at.date() == timezone.localdate():
        return _("part à %(time)s") % {"time": time}
    return _("part le %(day)s à %(time)s") % {"day": date_format(at, "j F"), "time": time}


def why_address(row: Notification) -> str:
    """Whose address it is: « Email facturation de la fiche », « Adresse du salarié »."""
    if row.address_kind == AddressKind.MAIN:
        return _("Email de la fiche")
    if row.address_kind:
        return _("%(kind)s de la fiche") % {"kind": AddressKind(row.address_kind).label}
    return _("Adresse du salarié") if row.reader is Reader.EMPLOYEE else _("Adresse du contact")
