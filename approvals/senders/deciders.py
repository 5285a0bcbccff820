"""Who is asked about a sender, and who may decide (D-12, D-13). The two differ: several may, few are asked."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Deciders:
    """The people of some companies by role, loaded with the same few queries for one company or for all."""

    client_admins: dict[int, People]
    attached: dict[int, People]
    firm_admins: dict[int, People]

    @classmethod
    def of(cls, companies: Collection[Company]) -> "Deciders":
        """The active people with an address of `companies`, who can be asked by mail."""
        ids = [company.pk for company in companies]
        reachable = {"user__is_active": True}
        members = ClientMember.objects.open().filter(company__in=ids, is_admin=True, **reachable)
        attachments = Attachment.objects.filter(company__in=ids, staff__user__is_active=True)
        admins = StaffMember.objects.filter(
            user__firm__in={company.firm_id for company in companies}, role=StaffRole.ADMIN, **reachable
        )
        return cls(
            client_admins=grouped(
                (m.company_id, m.user) for m in members.select_related("user").order_by("pk")
            ),
            attached=grouped(
                (a.company_id, a.staff.user) for a in attachments.select_related("staff__user").order_by("pk")
            ),
            firm_admins=grouped(
                (s.user.firm_id, s.user) for s in admins.select_related("user").order_by("pk")
            ),
        )

    def asked(self, address: SenderAddress) -> People:
        """The first step of D-13's ladder on which somebody other than the sender stands.

        E2: the other attached staff, the gestionnaire, the firm administrators; if nobody is left, the sender
        confirms after login. E3: the client administrators, the gestionnaire, the attached staff, the
        administrators.
        """
        company = address.company
        attached, admins = self.attached[company.pk], self.firm_admins[company.firm_id]
        ladder = {
            Route.STAFF: (attached, manager(company), admins),
            Route.CLIENT_ADMIN: (self.client_admins[company.pk], manager(company), attached, admins),
        }[Route(address.route)]
        for step in ladder:
            if others := [user for user in step if user.email != address.address]:
                return others
        return [user for user in attached + admins if user.email == address.address][:1]

    def text(self, address: SenderAddress) -> str:
        """Who was asked and who may decide, for the screen."""
        asked = ", ".join(str(user) for user in self.asked(address)) or _("personne : aucune adresse connue")
        return _(
            "Demandé à %(asked)s. Un administrateur client, un collaborateur du dossier ou un administrateur du "
            "cabinet peut décider ; l’expéditeur, jamais."
        ) % {"asked": asked}


def grouped(pairs) -> dict[int, People]:
    people = defaultdict(list)
    for key, user in pairs:
        if user.email:
            people[key].append(user)
    return people


def manager(company: Company) -> People:
    user = company.manager.user if company.manager else None
    return [user] if user and user.is_active and user.email else []
