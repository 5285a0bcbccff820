"""« Portail client »: staff look at the portal as one of the company's people, and can do nothing there (D-08, S3-41).

The session stays the staff member's and says whom they look at; each GET of a page of the client's portal is answered as
if that person had asked, for this one company. All else is refused until they leave: a gesture, what is the person's own
(Mes documents, the account), the firm's own pages. Each request asks again whether they may; GET writes nothing, so what
has ended shows a page that says so, until it is left by a POST.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import history
from portal.login.whence import Whence
from portal.models import ClientMember, Company, Employee, Journal, User

Access = ClientMember | Employee
LASTS = timedelta(minutes=30)
KEY = "viewing"  # in the session
MODELS: dict[str, type[Access]] = {"contact": ClientMember, "salarie": Employee}
SAFE = ("GET", "HEAD")
LOGOUT = "account_logout"
LEAVING = ("approvals:leave_viewing", LOGOUT)
# What the person's portal is made of. All other addresses are refused, those of tomorrow too.
SHOWN = re.compile(
    r"/|/portefeuille/|/approbations/|/espace/.*|/espace-salarie/.*|/entreprises/.*|/documents/.*"
    r"|/emails/\d+/|/activite/\d+/(?:brut/|html/)?"
)


@dataclass(frozen=True)
class Viewing:
    """Who looks as whom, since when; `over` says in French why no longer, "" as long as they may."""

    access: Access | None
    by: User
    since: datetime
    over: str = ""

    @property
    def person(self) -> User | None:
        return self.access.user if self.access else None

    @property
    def until(self) -> datetime:
        return self.since + LASTS


def viewable(model: type[Access], company: Company) -> QuerySet:
    """The accesses of `company` that staff may look through: open ones, never those of the firm's own people."""
    return (
        model.objects.open()
        .filter(company=company, user__is_active=True, user__is_superuser=False, user__staff_member=None)
        .select_related("user__firm", "company__firm")
    )


@transaction.atomic
def start(access: Access, *, by: User, ip: str | None) -> dict:
    """Write down that `by` looks at the portal as the person of `access`; what the session keeps of it."""
    now = timezone.now()
    record(access, "viewing_started", _("%(name)s ouvre le portail de %(person)s, en lecture seule"), by, ip)
    kind = "salarie" if isinstance(access, Employee) else "contact"
    return {"kind": kind, "access": access.pk, "by": by.pk, "since": now.isoformat()}


@transaction.atomic
def stop(viewing: Viewing, *, ip: str | None) -> None:
    """Write down that it has ended; nothing where the access itself is gone."""
    if viewing.access:
        text = _("%(name)s quitte le portail de %(person)s")
        record(viewing.access, "viewing_ended", text, viewing.by, ip, reason=viewing.over)


def record(access: Access, verb: str, text: str, by: User, ip: str | None, reason: str = "") -> None:
    history.record(
        access,
        verb,
        text % {"name": by, "person": access.user},
        company=access.company,
        by=by,
        reason=reason,
        internal=True,
        journal=Journal.ACCESS,
        ip=ip,
    )


def kept_in(session, by: User) -> Viewing | None:
    """What the session of `by` says, held against what is true now; None where they look as nobody."""
    kept = session.get(KEY)
    if not kept or kept["by"] != by.pk:
        return None
    since = datetime.fromisoformat(kept["since"])
    everyone = MODELS[kept["kind"]].objects.select_related("user__firm", "company__firm")
    access = everyone.filter(pk=kept["access"]).first()
    if access is None or not Company.objects.staffed_by(by).filter(pk=access.company_id).exists():
        return Viewing(access, by, since, over=_("Vous ne travaillez plus sur cette entreprise."))
    if not viewable(type(access), access.company).filter(pk=access.pk).exists():
        return Viewing(access, by, since, over=_("L’accès de cette personne n’est plus ouvert."))
    if timezone.now() > since + LASTS:
        return Viewing(access, by, since, over=_("Une visite dure trente minutes au plus."))
    return Viewing(access, by, since)


def as_seen(access: Access) -> User:
    """The person of `access` as pages know whoever asks: with this one access, in this one company."""
    person = access.user
    person.viewed_in = access.company_id
    person.open_memberships = [access] if isinstance(access, ClientMember) else []
    person.open_employments = [access] if isinstance(access, Employee) else []
    return person


class ViewingMiddleware:
    """Swaps the person for the pages of the client's portal, and refuses all else, while the session looks as somebody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated:
            return None
        request.viewing = viewing = kept_in(request.session, request.user)
        if viewing is None:
            return None
        if request.resolver_match.view_name in LEAVING and request.method == "POST":
            if request.resolver_match.view_name == LOGOUT:
                stop(viewing, ip=Whence.of(request).ip)
            return None
        if viewing.over:
            return page(request, viewing, _("La visite est terminée"), viewing.over)
        if request.method not in SAFE:
            says = _("Dans « Portail client » on regarde sans rien changer : rien n’a été fait.")
            return page(request, viewing, _("Lecture seule"), says)
        if not getattr(view, "login_required", True):
            return None
        if not SHOWN.fullmatch(request.path):
            says = _(
                "« Portail client » ne montre ni les documents personnels et le compte de la personne, ni les pages "
                "du cabinet."
            )
            return page(request, viewing, _("Cette page n’est pas montrée"), says)
        request.user = as_seen(viewing.access)
        return None


def page(request: HttpRequest, viewing: Viewing, title: str, says: str) -> HttpResponse:
    """Why there is nothing to see or to do here, and how to leave; 403."""
    context = {"visit": viewing, "title": title, "says": says}
    return render(request, "approvals/viewing.html", context, status=403)
