"""« Paramètres de l’e-mail »: who of the firm receives the automatic mails (S1-11 to S1-18, D-33)."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mailing.domains.stories import keep_in_step
from mailing.kinds import AUTOMATIC, MailKind
from mailing.sending.cascade import Person, Recipients, recipients
from mailing.sending.facts import facts_of_company, person
from notifications.models import AutomaticMail
from portal import history
from portal.firm_settings import stories
from portal.models import Company, Firm, StaffMember, User


@dataclass(frozen=True)
class Setting:
    """One row: « Standard », or « Personnalisé » with the collaborateurs chosen, by key."""

    is_custom: bool = False
    staff: frozenset[int] = frozenset()


Settings = dict[MailKind, Setting]
Team = dict[int, StaffMember]


def settings_of(firm: Firm) -> Settings:
    """The setting of each automatic kind; one query."""
    custom: dict[str, bool] = {}
    chosen: defaultdict[str, set[int]] = defaultdict(set)
    rows = AutomaticMail.objects.filter(firm=firm).values_list("kind", "is_custom", "recipients")
    for kind, is_custom, staff in rows:
        custom[kind] = is_custom
        chosen[kind] |= {staff} - {None}
    return {kind: Setting(custom.get(kind, False), frozenset(chosen[kind])) for kind in AUTOMATIC}


def team_of(firm: Firm) -> Team:
    """The collaborateurs of `firm` by key, in the order of their names; one query."""
    members = StaffMember.objects.filter(user__firm=firm).select_related("user").order_by("user__name", "pk")
    return {member.pk: member for member in members}


def chosen_by(setting: Setting, team: Team) -> tuple[Person, ...] | None:
    """What the cascade knows of a setting: None for « Standard », else the persons, in the order of their names."""
    if not setting.is_custom:
        return None
    return tuple(person(member.user) for key, member in team.items() if key in setting.staff)


def receivers(company: Company, kind: MailKind) -> Recipients:
    """Who of the firm receives an automatic mail of `kind` about `company`: « Standard », or whom the settings name."""
    firm = company.firm
    chosen = chosen_by(settings_of(firm)[kind], team_of(firm))
    return recipients(facts_of_company(company, firm), chosen)


def readers(firm: Firm, kind: MailKind) -> list[User]:
    """Who reads along what goes to the approvers, without becoming one (D-33); one query."""
    if kind not in AUTOMATIC:
        return []
    rows = AutomaticMail.recipients.through.objects.filter(
        automaticmail__firm=firm, automaticmail__kind=kind, automaticmail__is_custom=True
    )
    people = User.objects.filter(staff_member__in=rows.values("staffmember"), is_active=True)
    return list(people.exclude(email="").order_by("name", "pk"))


@transaction.atomic
def change(firm: Firm, changed: list[str], settings: Settings, *, by: User) -> None:
    """Save the fields `changed` of `firm` and who receives the automatic mails, and write down what changed."""
    stories.change(firm, changed, by=by)
    if changed:
        keep_in_step(firm)  # a new address may bring a new domain: it is checked at once (D-32)
    before, team = settings_of(firm), team_of(firm)
    for kind, setting in settings.items():
        if setting != before[kind]:
            configure(firm, kind, setting, team, by=by)


def configure(firm: Firm, kind: MailKind, setting: Setting, team: Team, *, by: User) -> None:
    row, _created = AutomaticMail.objects.update_or_create(
        firm=firm, kind=kind, defaults={"is_custom": setting.is_custom}
    )
    row.recipients.set(setting.staff & set(team))
    names = ", ".join(str(member) for key, member in team.items() if key in setting.staff)
    words = {"name": by, "kind": kind.label, "staff": names or _("personne")}
    said = (
        _("%(name)s change les destinataires de « %(kind)s » – Personnalisé : %(staff)s")
        if setting.is_custom
        else _("%(name)s change les destinataires de « %(kind)s » – Standard")
    )
    history.record(firm, "changed", said % words, firm=firm, by=by, internal=True)
