"""The facts of the cascade: of one company for a mail, or of all companies of a firm with one query."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Count, QuerySet

from mailing.kinds import Chain, MailKind
from mailing.sending.cascade import Branch, Facts, Person
from portal.models import ClientGroup, Company, Firm, User
from portal.models.firm import looks_unread

PEOPLE = (
    "manager_id",
    "group_id",
    "manager__user__name",
    "manager__user__email",
    "manager__user__is_active",
    "group__name",
    "group__email",
    "group__email_is_unread",
)


def facts_about(kind: MailKind, firm: Firm | None, company: Company | None) -> Facts:
    """What the cascade asks about a mail of `kind`: about the company only where its chain looks at it."""
    if company is None or kind.chain not in (Chain.CASCADE, Chain.NOTIFICATION):
        return replace(facts_of(firm), has_company=company is not None)
    return facts_of_company(company, firm)


def facts_of_company(company: Company, firm: Firm | None) -> Facts:
    """What `company` and its firm bring: also who of the firm receives a mail about it (D-33).

    A query only where `company` came without its gestionnaire and its groupe; they stay with it then, so that many
    mails of one batch share it.
    """
    if any(name not in company._state.fields_cache for name in ("manager", "group")):
        whole = Company.objects.select_related("manager__user", "group").get(pk=company.pk)
        company.manager, company.group = whole.manager, whole.group
    manager = company.manager.user if company.manager else None
    return with_people(facts_of(firm), person(manager) if manager else Person(), company.group)


def facts_of(firm: Firm | None) -> Facts:
    """What the firm itself brings; a mail without a company is decided on this alone (D-31)."""
    if firm is None:
        return Facts(has_company=False, deployment_email=settings.DEFAULT_FROM_EMAIL)
    unread = {
        Branch.FUNCTIONAL: firm.functional_is_unread,
        Branch.COMMUNICATION: firm.communication_is_unread,
    }
    return Facts(
        firm=firm.name,
        has_company=False,
        functional_email=firm.functional_email,
        communication_email=firm.communication_email,
        notification_from=firm.notification_from,
        reply_to=firm.reply_to,
        deployment_email=settings.DEFAULT_FROM_EMAIL,
        unread=frozenset(branch for branch, is_unread in unread.items() if is_unread),
    )


def person(user: User) -> Person:
    return Person(str(user), user.email, user.is_active)


def with_people(facts: Facts, manager: Person, group: ClientGroup | None) -> Facts:
    """`facts` of a firm, for a company with this gestionnaire and this groupe.

    A gestionnaire has no tick « adresse non lue »: the name of the address says it.
    """
    unread = {
        Branch.MANAGER: looks_unread(manager.email),
        Branch.GROUP: group is not None and group.email_is_unread,
    }
    return replace(
        facts,
        has_company=True,
        manager=manager,
        group=group.name if group else "",
        group_email=group.email if group else "",
        unread=facts.unread | {branch for branch, is_unread in unread.items() if is_unread},
    )


@dataclass(frozen=True)
class Pair:
    """A gestionnaire and a groupe that companies have together: the cascade asks a company for nothing else."""

    manager_id: int | None
    group_id: int | None
    manager: Person
    group: ClientGroup | None
    companies: int

    def facts(self, firm: Facts) -> Facts:
        return with_people(firm, self.manager, self.group)


def pairs_of(companies: QuerySet) -> Iterator[Pair]:
    """The pairs of `companies`, with how many have each; one query, whose rows are few however many companies."""
    rows = companies.order_by().values_list(*PEOPLE).annotate(Count("pk"))
    for manager_id, group_id, name, email, is_active, group, group_email, is_unread, count in rows:
        manager = Person(name or email, email, is_active) if manager_id else Person()
        found = (
            ClientGroup(pk=group_id, name=group, email=group_email, email_is_unread=is_unread)
            if group_id
            else None
        )
        yield Pair(manager_id, group_id, manager, found, count)
