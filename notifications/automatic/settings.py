"""« Paramètres de l’e-mail »: who of the firm receives the automatic mails, and when (S1-11 to S1-18, D-33)."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mailing.domains.stories import keep_in_step
from mailing.kinds import AUTOMATIC, MailKind
from mailing.sending.cascade import Person
from mailing.sending.facts import person
from notifications.models import AutomaticMail
from portal import history
from portal.firm_settings import stories
from portal.models import Firm, HistoryEntry, StaffMember, User

# Kinds that can be set already, and that nothing provokes yet: their rooms are not built.
WITHOUT_EVENT = (MailKind.CLIENT_MESSAGE, MailKind.VAT_COMPLETE, MailKind.RETENTION_NOTICE)


@dataclass(frozen=True)
class Setting:
    """One row: « Standard », or « Personnalisé » with the collaborateurs chosen, by key; at once, or once a day."""

    is_custom: bool = False
    staff: frozenset[int] = frozenset()
    is_digest: bool = False


Settings = dict[MailKind, Setting]
Team = dict[int, StaffMember]


def settings_of(firm: Firm) -> Settings:
    """The setting of each automatic kind; one query."""
    said: dict[str, tuple[bool, bool]] = {}
    chosen: defaultdict[str, set[int]] = defaultdict(set)
    rows = AutomaticMail.objects.filter(firm=firm).values_list("kind", "is_custom", "is_digest", "recipients")
    for kind, is_custom, is_digest, staff in rows:
        said[kind] = is_custom, is_digest
        chosen[kind] |= {staff} - {None}
    settings = {}
    for kind in AUTOMATIC:
        is_custom, is_digest = said.get(kind, (False, False))
        settings[kind] = Setting(is_custom, frozenset(chosen[kind]), is_digest)
    return settings


def team_of(firm: Firm) -> Team:
    """The collaborateurs of `firm` by key, in the order of their names; one query."""
    members = StaffMember.objects.filter(user__firm=firm).select_related("user").order_by("user__name", "pk")
    return {member.pk: member for member in members}


def chosen_by(setting: Setting, team: Team) -> tuple[Person, ...] | None:
    """What the cascade knows of a setting: None for « Standard », else the persons, in the order of their names."""
    if not setting.is_custom:
        return None
    return tuple(person(member.user) for key, member in team.items() if key in setting.staff)


def chosen_by_whom(firm: Firm, kind: MailKind) -> User | None:
    """Who last said who receives `kind`, as the history tells; None where nobody did, or nobody knows any more."""
    entries = HistoryEntry.objects.of(firm).filter(verb=verb_of(kind)).select_related("by")
    last = entries.first()
    return last.by if last else None


def verb_of(kind: MailKind) -> str:
    return f"recipients:{kind.value}"


@transaction.atomic
def change(firm: Firm, changed: list[str], settings: Settings, *, by: User) -> None:
    """Save the fields `changed` of `firm` and who receives the automatic mails, and write down what changed."""
    stories.change(firm, changed, by=by)
    if changed:
        keep_in_step(firm)  # a new address may bring a new domain: it is checked at once (D-32)
    before, team = settings_of(firm), team_of(firm)
    for kind, setting in settings.items():
        if setting != before[kind]:
            configure(firm, kind, before[kind], setting, team, by=by)


def configure(firm: Firm, kind: MailKind, before: Setting, setting: Setting, team: Team, *, by: User) -> None:
    row, _created = AutomaticMail.objects.update_or_create(
        firm=firm, kind=kind, defaults={"is_custom": setting.is_custom, "is_digest": setting.is_digest}
    )
    row.recipients.set(setting.staff & set(team))
    words = {"name": by, "kind": kind.label}
    if (before.is_custom, before.staff) != (setting.is_custom, setting.staff):
        names = ", ".join(str(member) for key, member in team.items() if key in setting.staff)
        said = (
            _("%(name)s change les destinataires de « %(kind)s » – Personnalisé : %(staff)s")
            if setting.is_custom
            else _("%(name)s change les destinataires de « %(kind)s » – Standard")
        )
        text = said % {**words, "staff": names or _("personne")}
        history.record(firm, verb_of(kind), text, firm=firm, by=by, internal=True)
    if before.is_digest != setting.is_digest:
        said = (
            _("%(name)s change l’envoi de « %(kind)s » – une fois par jour")
            if setting.is_digest
            else _("%(name)s change l’envoi de « %(kind)s » – aussitôt")
        )
        history.record(firm, "changed", said % words, firm=firm, by=by, internal=True)
