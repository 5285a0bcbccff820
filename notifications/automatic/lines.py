"""Who of the firm is told of an event, and why: at once by a mail, or by a line that waits for the next one."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailing.kinds import MailKind
from mailing.receiving.headers import one_line
from mailing.sending.cascade import Branch, Recipients, recipients
from mailing.sending.facts import facts_of, facts_of_company
from notifications.automatic.settings import chosen_by, chosen_by_whom, settings_of, team_of
from notifications.models import AutomaticLine
from portal import history
from portal.bell import ring
from portal.models import Company, Firm, User

LENGTH = 300  # of a line's text, its path and its reason


@dataclass(frozen=True)
class Receiver:
    """Somebody of the firm who receives an automatic mail, and why, as the foot of the mail says it."""

    name: str
    email: str
    why: str


class Desk:
    """Who of `firm` is told what: its settings and its team are read once, for one event or for hundreds."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.chooser = cache(self._chooser)

    @cached_property
    def settings(self):
        return settings_of(self.firm)

    @cached_property
    def team(self):
        return team_of(self.firm)

    def _chooser(self, kind: MailKind) -> str:
        by = chosen_by_whom(self.firm, kind)
        return str(by) if by else ""

    def receivers(self, kind: MailKind, company: Company | None) -> tuple[Receiver, ...]:
        """Who receives `kind` about `company`, by the cascade or as chosen (D-33); nobody where no address is read.

        What is about no company begins at the third branch (D-31).
        """
        setting = self.settings[kind]
        facts = facts_of_company(company, self.firm) if company else facts_of(self.firm)
        found = recipients(facts, chosen_by(setting, self.team))
        chooser = self.chooser(kind) if found.branch is Branch.CHOSEN else ""
        reason = why(found, company, is_custom=setting.is_custom, chooser=chooser)
        return tuple(Receiver(person.name, person.email, reason) for person in found.people)

    def readers(self, kind: MailKind) -> list[tuple[User, Receiver]]:
        """Who reads along what goes to others, without deciding (D-33); nobody where it is « Standard »."""
        setting = self.settings[kind]
        if not setting.is_custom:
            return []
        people = [member.user for key, member in self.team.items() if key in setting.staff]
        people = [user for user in people if user.is_active and user.email]
        return [(user, Receiver(user.name, user.email, why_chosen(self.chooser(kind)))) for user in people]


def why(found: Recipients, company: Company | None, *, is_custom: bool, chooser: str) -> str:
    """Why somebody of `found` receives a mail about `company`, in one or two sentences; "" where nobody does. Pure.

    `chooser`: the name of whoever chose, "" where it is not known.
    """
    code = company.code if company else ""
    group = company.group.name if company and company.group else ""
    match found.branch:
        case None:
            return ""
        case Branch.CHOSEN:
            return why_chosen(chooser)
        case Branch.MANAGER:
            reason = _("Vous êtes le gestionnaire de l’entreprise %(code)s.") % {"code": code}
        case Branch.GROUP:
            words = {"group": group, "code": code}
            reason = _("Adresse du groupe « %(group)s », où se trouve l’entreprise %(code)s.") % words
        case Branch.FUNCTIONAL:
            reason = _("Adresse fonctionnelle du cabinet.")
        case _communication:
            reason = _("Adresse de communication du cabinet.")
    if is_custom:
        reason += " " + _("« Personnalisé » n’y nomme personne que ce mail atteigne : il suit « Standard ».")
    return reason


def why_chosen(chooser: str) -> str:
    if chooser:
        return _("Adresse choisie dans « Paramètres de l’e-mail » par %(name)s.") % {"name": chooser}
    return _("Adresse choisie dans « Paramètres de l’e-mail ».")


def settings_link() -> str:
    """Where the firm's administrators change who receives what, for the foot of each automatic mail."""
    return settings.SITE_URL + reverse("notifications:communication")


class Lines:
    """Lines gathered about any number of events, and written at once by `write`."""

    def __init__(self) -> None:
        self.desks: dict[int, Desk] = {}
        self.rows: list[AutomaticLine] = []
        self.untold: Counter[tuple[int, MailKind]] = Counter()

    def desk(self, firm: Firm) -> Desk:
        return self.desks.setdefault(firm.pk, Desk(firm))

    def receivers(self, kind: MailKind, firm: Firm, company: Company | None) -> tuple[Receiver, ...]:
        """As the desk of `firm`; an event that reaches nobody is counted, and `write` says so."""
        found = self.desk(firm).receivers(kind, company)
        if not found:
            self.untold[firm.pk, kind] += 1
        return found

    def add(
        self,
        kind: MailKind,
        firm: Firm,
        company: Company | None,
        to: Collection[Receiver],
        text: str,
        path: str = "",
    ) -> None:
        self.rows += [
            AutomaticLine(
                firm=firm,
                company=company,
                kind=kind,
                to_email=receiver.email,
                to_name=one_line(receiver.name)[:200],
                why=receiver.why[:LENGTH],
                text=one_line(text)[:LENGTH],
                path=path[:LENGTH],
            )
            for receiver in to
        ]

    def add_once(self, kind: MailKind, firm: Firm, company: Company, receiver: Receiver, text: str) -> None:
        """As `add`, but where such a line waits for that person already."""
        waiting = AutomaticLine.objects.filter(firm=firm, kind=kind, to_email=receiver.email, mail=None)
        if not waiting.filter(company=company, text=one_line(text)[:LENGTH]).exists():
            self.add(kind, firm, company, [receiver], text)

    def write(self) -> None:
        """In the caller's transaction. What nobody was told is written down: nothing is dropped in silence (D-33)."""
        AutomaticLine.objects.bulk_create(self.rows)
        for (firm_id, kind), count in self.untold.items():
            firm = self.desks[firm_id].firm
            said = ngettext(
                "« %(kind)s » : %(count)s mail automatique n’a pas de destinataire, aucune adresse n’est lue",
                "« %(kind)s » : %(count)s mails automatiques n’ont pas de destinataire, aucune adresse n’est lue",
                count,
            )
            text = said % {"kind": kind.label, "count": count}
            history.record(firm, "untold", text, firm=firm, internal=True)
        if self.rows:
            ring("events", task="announcements")
        self.rows, self.untold = [], Counter()


@transaction.atomic
def tell(
    kind: MailKind,
    firm: Firm,
    company: Company | None = None,
    *,
    text: str,
    path: str = "",
    write: Callable[[Receiver], object] | None = None,
) -> None:
    """Tell the firm of one event of `kind`: `text` in one line, `path` where it is dealt with.

    Who hears of it, and when, is for the settings to say. `write` posts the kind's own mail to one receiver, where it
    has one and the firm wants it at once; else the event is a line of the next mail of lines.
    """
    lines = Lines()
    to = lines.receivers(kind, firm, company)
    if write and not lines.desk(firm).settings[kind].is_digest:
        for receiver in to:
            write(receiver)
    else:
        lines.add(kind, firm, company, to, text, path)
    lines.write()
