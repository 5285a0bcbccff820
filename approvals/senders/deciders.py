"""Who is asked about a sender, and who may decide (D-12, D-13). The two differ: several may, few are asked."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Value
from django.utils.translation import gettext as _

from approvals.models import Route, SenderAddress
from portal.models import Attachment, ClientMember, Company, StaffMember, StaffRole, User

People = list[User]


def asked_about(address: SenderAddress) -> People:
    """The persons to ask about `address` now."""
    return Deciders.of([address.company]).asked(address)


def may_decide(user: User, address: SenderAddress) -> bool:
    """Any client administrator of the company, attached staff or firm administrator, never the sender (D-12).

    Read anew, so that an approver who left the company meanwhile is refused (T17). The sender confirms its own
    address only where D-13 leaves nobody else.
    """
    if not Company.objects.administered_by(user).filter(pk=address.company_id).exists():
        return False
    return user.email != address.address or user in asked_about(address)


def waiting_for(user: User):
    """The addresses that wait for the decision of `user`; the own one only where D-13 leaves nobody else."""
    waiting = SenderAddress.objects.visible_to(user).waiting()
    own = list(waiting.filter(address=user.email).select_related("company__manager__user"))
    people = Deciders.of({address.company for address in own})
    return waiting.exclude(pk__in=[address.pk for address in own if user not in people.asked(address)])


@dataclass(frozen=True)
class Deciders:
    """The people of some companies by role, loaded with the same few queries for one company or for all."""

    client_admins: dict[int, People]
    attached: dict[int, People]
    firm_admins: dict[int, People]

    @classmethod
    def of(cls, companies: Collection[Company]) -> "Deciders":
        """The active people with an address of `companies`, who can be asked by mail; two queries, however many."""
        ids, firms = [c.pk for c in companies], {c.firm_id for c in companies}
        members = ClientMember.objects.open().filter(company__in=ids, is_admin=True)
        attachments = Attachment.objects.filter(company__in=ids)
        admins = StaffMember.objects.filter(user__firm__in=firms, role=StaffRole.ADMIN)
        rows = members.values_list(Value("client_admins"), "company_id", "user_id").union(
            attachments.values_list(Value("attached"), "company_id", "staff__user_id"),
            admins.values_list(Value("firm_admins"), "user__firm_id", "user_id"),
        )
        rows = list(rows)
        reachable = (
            User.objects.filter(is_active=True).exclude(email="").in_bulk({user for _, _, user in rows})
        )
        roles = ("client_admins", "attached", "firm_admins")
        found: dict[str, dict[int, People]] = {role: defaultdict(list) for role in roles}
        for role, of, user_id in sorted(rows):
            if user_id in reachable:
                found[role][of].append(reachable[user_id])
        return cls(**found)

    def asked(self, address: SenderAddress) -> People:
        """The first step of D-13's ladder on which somebody other than the sender stands.

        E2: the other attached staff, the gestionnaire, the firm administrators; if nobody is left, the sender
        confirms after login. E3: the client administrators, the gestionnaire, the attached staff, the
        administrators.
        """
        for step in self._ladder(address):
            if others := [user for user in step if user.email != address.address]:
                return others
        company = address.company
        alone = self.attached[company.pk] + self.firm_admins[company.firm_id]
        return [user for user in alone if user.email == address.address][:1]

    def above(self, address: SenderAddress) -> People:
        """The firm's administrators, who decide where the others do not answer; never the sender (D-13)."""
        admins = self.firm_admins[address.company.firm_id]
        return [user for user in admins if user.email != address.address]

    def _ladder(self, address: SenderAddress) -> Iterator[People]:
        """Step by step, for the gestionnaire has to be looked up, and few are asked that far."""
        company = address.company
        if Route(address.route) == Route.STAFF:
            yield self.attached[company.pk]
            yield manager(company)
        else:
            yield self.client_admins[company.pk]
            yield manager(company)
            yield self.attached[company.pk]
        yield self.firm_admins[company.firm_id]

    def text(self, address: SenderAddress) -> str:
        """Who was asked and who may decide, for the screen."""
        asked = ", ".join(str(user) for user in self.asked(address)) or _("personne : aucune adresse connue")
        return _(
            "Demandé à %(asked)s. Un administrateur client, un collaborateur du dossier ou un administrateur du "
            "cabinet peut décider ; l’expéditeur, jamais."
        ) % {"asked": asked}


def manager(company: Company) -> People:
    user = company.manager.user if company.manager else None
    return [user] if user and user.is_active and user.email else []
