"""Requests of client administrators: asked, accepted, refused, withdrawn. The first decision wins (S1-14)."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.access.stories import Access, authorise
from approvals.access.taken import is_taken, taken
from approvals.access.welcome import welcome
from approvals.directory.opening import add_contact, add_employee
from approvals.models import RequestKind, RequestStatus, UserRequest
from approvals.requests import mails
from portal import history
from portal.models import Company, Journal, User

MOST = 20  # of one person: those that wait, and those of a day


class TooMany(Exception):
    """The person has asked for enough; the sentence is French."""


class AlreadyDecided(Exception):
    """Somebody was faster; the sentence says who, in French."""


@dataclass(frozen=True)
class Wish:
    """What is asked for, or what is granted where the firm corrects it."""

    kind: RequestKind
    name: str
    email: str = ""
    matricule: str = ""
    is_admin: bool = False


@transaction.atomic
def ask(
    company: Company, wish: Wish, *, by: User, person: User | None = None, comment: str = ""
) -> UserRequest:
    """A request of `by`, who administers `company`; whom the settings name at the firm is told (D-33).

    Raises TooMany where this person has MOST that wait, or has asked MOST times within a day.
    """
    day = timezone.now() - timedelta(days=1)
    mine = UserRequest.objects.filter(by=by).filter(Q(status=RequestStatus.PENDING) | Q(created_at__gt=day))
    if mine.count() >= MOST:
        raise TooMany(
            _("Vous avez déjà %(count)s demandes en cours. Attendez la réponse du cabinet, ou appelez-le.")
            % {"count": MOST}
        )
    asked = UserRequest.objects.create(
        company=company,
        kind=wish.kind,
        name=wish.name,
        email=wish.email,
        matricule=wish.matricule,
        is_admin=wish.is_admin,
        person=person,
        comment=comment,
        by=by,
    )
    mails.tell_firm(asked)
    record(asked, "user_requested", _("%(name)s demande : %(request)s"), by)
    return asked


@transaction.atomic
def grant(asked: UserRequest, wish: Wish, *, by: User) -> str:
    """Accept `asked` as `wish` has it: the person, an access, the welcome mail, and an answer to whoever asked.

    "" or, in French, why the welcome mail is not on its way: the access stands all the same. Raises AlreadyDecided, and
    ValidationError where no access can be given (S1-09 among others); then nothing of it is done.
    """
    settle(asked, RequestStatus.ACCEPTED, by)
    if is_taken(wish.email, but_at=asked.company.firm):
        raise ValidationError({"email": taken(wish.email, asked.company.firm)})
    access = opened(asked.company, wish, by)
    record(asked, "user_request_accepted", _("%(name)s accepte la demande : %(request)s"), by)
    mails.tell_asker(asked)
    if access.is_open:
        return welcome(access, by=by)
    access.notify_wanted = True
    access.save(update_fields=["notify_wanted"])
    return _("L’accès de %(person)s est prêt : « Synchroniser » le publie, puis l’annonce.") % {
        "person": access.user
    }


def opened(company: Company, wish: Wish, by: User) -> Access:
    access: Access
    if wish.kind is RequestKind.EMPLOYEE:
        access = add_employee(company, wish.name, wish.matricule, wish.email)
    else:
        access = add_contact(company, wish.name, wish.email, is_admin=wish.is_admin)
    authorise(access, by=by)
    return access


@transaction.atomic
def settle_change(asked: UserRequest, *, by: User, note: str = "") -> None:
    """A change that was asked for is made, on the card of the person. Raises AlreadyDecided."""
    settle(asked, RequestStatus.ACCEPTED, by, note)
    record(asked, "user_request_accepted", _("%(name)s accepte la demande : %(request)s"), by, note)
    mails.tell_asker(asked)


@transaction.atomic
def refuse(asked: UserRequest, *, by: User, reason: str) -> None:
    """Refused, for the reason that whoever asked will read. Raises AlreadyDecided."""
    settle(asked, RequestStatus.REFUSED, by, reason)
    record(asked, "user_request_refused", _("%(name)s refuse la demande : %(request)s"), by, reason)
    mails.tell_asker(asked)


@transaction.atomic
def withdraw(asked: UserRequest, *, by: User) -> None:
    """Whoever asked does not want it any more. Raises AlreadyDecided."""
    settle(asked, RequestStatus.WITHDRAWN, by)
    record(asked, "user_request_withdrawn", _("%(name)s retire sa demande : %(request)s"), by)


def settle(asked: UserRequest, status: RequestStatus, by: User, reason: str = "") -> None:
    """pending → `status`, once. The row is locked by it: a second one waits, and is told who was first."""
    moved = UserRequest.objects.move_row(
        asked,
        old=RequestStatus.PENDING,
        new=status,
        decided_by=by,
        decided_at=timezone.now(),
        reason=reason,
    )
    if not moved:
        first = UserRequest.objects.select_related("decided_by").get(pk=asked.pk)
        raise AlreadyDecided(
            _("Demande déjà traitée par %(name)s : %(status)s.")
            % {"name": first.decided_by or _("le portail"), "status": first.badge.label.lower()}
        )


def record(asked: UserRequest, verb: str, text: str, by: User, reason: str = "") -> None:
    said = text % {"name": by, "request": asked}
    history.record(
        asked, verb, said, company=asked.company, by=by, reason=reason, internal=True, journal=Journal.ACCESS
    )
