"""The mails that tell the firm's people of lines: soon, or once a day where the firm wants that of a kind."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from mailing.kinds import Audience, MailKind
from mailing.models import OutgoingMail
from mailing.sending import outbox
from notifications.automatic.lines import Lines, settings_link
from notifications.models import AutomaticLine, AutomaticMail
from portal.models import Firm, User

logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=10)  # between two mails of a kind to one recipient
MORNING = 7  # the hour, in France and in Belgium, at which the mails of the day leave
LISTED, LISTED_OF_A_DAY = 20, 100
REASONS = 5
MOST = 10_000  # lines of one mail

INTROS = {
    MailKind.FAILED_TASK: gettext_lazy(
        "Le portail n’a pas pu traiter ce qui suit : quelqu’un du cabinet doit s’en occuper."
    ),
    MailKind.CLIENT_MESSAGE: gettext_lazy("Des clients ont écrit, et attendent une réponse."),
    MailKind.VAT_COMPLETE: gettext_lazy("Des clients déclarent que tous leurs documents de TVA sont là."),
    MailKind.USER_REQUEST: gettext_lazy("Des clients demandent un accès ou une modification."),
    MailKind.APPROVAL_REQUEST: gettext_lazy(
        "Pour information : ces adresses ont envoyé des documents, et la décision est demandée à d’autres."
    ),
    MailKind.RETENTION_NOTICE: gettext_lazy("Ces fichiers seront supprimés."),
    MailKind.DELIVERY_ALARM: gettext_lazy("Ces e-mails du portail ne sont pas arrivés à leur destinataire."),
}
# The screen that lists all of a kind, where this floor knows it.
SCREENS = {MailKind.FAILED_TASK: "portal:tasks", MailKind.DELIVERY_ALARM: "mailing:firm_emails"}


@dataclass(frozen=True)
class Letter:
    """One person of one firm, who is to hear of the lines of one kind."""

    firm_id: int
    kind: MailKind
    to_email: str

    @property
    def lines(self) -> QuerySet:
        return AutomaticLine.objects.filter(
            firm=self.firm_id, kind=self.kind, to_email=self.to_email, mail=None
        )


def send_soon(now: datetime) -> None:
    """Mails of the kinds that are told at once; who had one less than PAUSE ago hears of the others in the next."""
    for letter in letters(AutomaticLine.objects.all(), of_a_day=False):
        attempt(letter, letter.lines, now)


def send_of_the_day(now: datetime) -> None:
    """The mails of the day, with what happened until this morning; run again, it finds what is left."""
    morning = timezone.localtime(now).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if now >= morning:
        for letter in letters(AutomaticLine.objects.filter(created_at__lt=morning), of_a_day=True):
            attempt(letter, letter.lines.filter(created_at__lt=morning), now, day=morning)


def letters(lines: QuerySet, *, of_a_day: bool) -> list[Letter]:
    """The letters that `lines` make; a kind is told once a day, or not, as the firm wants it now."""
    daily = set(AutomaticMail.objects.filter(is_digest=True).values_list("firm", "kind"))
    keys = lines.filter(mail=None).order_by("firm", "kind", "to_email")
    return [
        Letter(firm, MailKind(kind), to_email)
        for firm, kind, to_email in keys.values_list("firm", "kind", "to_email").distinct()
        if ((firm, kind) in daily) is of_a_day
    ]


def attempt(letter: Letter, lines: QuerySet, now: datetime, *, day: datetime | None = None) -> None:
    """One letter that cannot be written never stops the others."""
    try:
        send(letter, lines, now, day=day)
    except Exception:
        logger.exception("the lines of firm %s for %s wait", letter.firm_id, letter.to_email)


@transaction.atomic
def send(letter: Letter, lines: QuerySet, now: datetime, *, day: datetime | None) -> None:
    """Write one mail of `lines`, and that they are told, in one transaction; `day` makes it the only one of that day.

    The lines are locked before anything is asked: of two at once, the second finds what the first has written.
    """
    rows = list(lines.select_for_update(of=("self",)).select_related("company")[:MOST])
    firm = Firm.objects.get(pk=letter.firm_id)
    rows = still_theirs(letter, rows, firm)
    if not rows or (day is None and has_written(letter, since=now - PAUSE)):
        return
    companies = {row.company for row in rows}
    listed = LISTED_OF_A_DAY if day else LISTED
    reasons = list(dict.fromkeys(row.why for row in rows))
    about = f"{letter.firm_id}:{letter.kind}:{day:%Y-%m-%d}:{letter.to_email}" if day else rows[0].pk
    mail = outbox.post(
        letter.kind,
        "notifications/email/lines",
        to_email=letter.to_email,
        to_name=rows[0].to_name,
        firm=firm,
        company=companies.pop() if len(companies) == 1 else None,
        once=f"lines:{about}"[:255],
        context={
            "kind": letter.kind.label,
            "intro": INTROS[letter.kind],
            "day": day,
            "lines": rows[:listed],
            "count": len(rows),
            "more": len(rows[listed:]),
            "screen": settings.SITE_URL + reverse(SCREENS[letter.kind]) if letter.kind in SCREENS else "",
            "reasons": reasons[:REASONS],
            "more_reasons": len(reasons[REASONS:]),
            "settings_link": settings_link(),
        },
    )
    if mail:
        AutomaticLine.objects.filter(pk__in=[row.pk for row in rows]).update(mail=mail)


def has_written(letter: Letter, *, since: datetime) -> bool:
    mails = OutgoingMail.objects.filter(
        firm=letter.firm_id, kind=letter.kind, to_email=letter.to_email, created_at__gt=since
    )
    return mails.filter(Exists(AutomaticLine.objects.filter(mail=OuterRef("pk")))).exists()


def still_theirs(letter: Letter, rows: list[AutomaticLine], firm: Firm) -> list[AutomaticLine]:
    """Those of `rows` that their recipient may still read: all of them, but where that account was closed meanwhile.

    Then the others go to whoever receives such a mail now and was not told of it already.
    """
    if not User.objects.filter(firm=firm, email=letter.to_email, is_active=False).exists():
        return rows
    kept, handed_on, lines = [], [], Lines()
    for row in rows:
        to = lines.receivers(letter.kind, firm, row.company) if letter.kind.audience is Audience.TEAM else ()
        if letter.to_email in {receiver.email for receiver in to}:
            kept.append(row)  # the address is the firm's too
            continue
        handed_on.append(row.pk)
        same = AutomaticLine.objects.filter(
            firm=firm, kind=letter.kind, company=row.company, text=row.text, path=row.path
        )
        told = set(same.values_list("to_email", flat=True))
        others = [receiver for receiver in to if receiver.email not in told]
        lines.add(letter.kind, firm, row.company, others, row.text, row.path)
    AutomaticLine.objects.filter(pk__in=handed_on).delete()
    lines.write()
    return kept
