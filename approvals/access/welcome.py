"""The mail that announces an access: the first with a link to choose a password, the later ones without (S1-01, S3-32)."""

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.access.stories import Access, record
from approvals.access.taken import is_taken, taken
from mailing.kinds import MailKind
from mailing.models import OutboxStatus, OutgoingMail, Secret
from mailing.models.outgoing import new_mark
from mailing.sending import outbox, preflight
from mailing.sending.cascade import standard
from mailing.sending.facts import facts_of_company
from mailing.tracking import suppressions
from notifications import around
from notifications.defaults import text_of
from notifications.merging import merge
from notifications.models import Reader, TemplateKind
from notifications.queue.asking import note
from notifications.values import login_code, values_of
from portal import told
from portal.models import Employee, PasswordOrigin, User

TEMPLATE = "notifications/email/merged"


@transaction.atomic
def welcome(access: Access, *, by: User) -> str:
    """Announce `access` to its person, by the firm's text; why that did not leave, in French, "" where it is on its way.

    Whoever has never logged in gets a personal link to choose a password, single use, good for seven days; whoever has,
    the login page: a mailbox that others read too gives no account away. The sending address gets a copy without the
    link (D-07). Only what is on its way fills « Email envoyé à » and unticks « Notifier par email » (D-44). A mail that
    is stopped at once (S1-08) is kept, is told, and can be sent again from its page once the domain is in order.
    """
    if why := why_not(access):
        return why
    kind = TemplateKind.ACCESS if has_come(access.user) else TemplateKind.WELCOME
    mail = write(access, kind)
    note(
        mail,
        about=access,
        person=access.user,
        employee=access if isinstance(access, Employee) else None,
        title=_("Accès au portail de %(person)s") % {"person": access.user},
        kind=kind,
    )
    follow_up(access, kind, mail)
    why = stopped(mail)
    if not why:
        access.told_by(mail)
    text = (
        _("%(name)s envoie à %(person)s l’e-mail de bienvenue")
        if kind is TemplateKind.WELCOME
        else _("%(name)s annonce son accès à %(person)s par e-mail")
    )
    record(access, "welcome_stopped" if why else "welcomed", text, by, reason=why)
    return why


def has_come(user: User) -> bool:
    """Has this person been here, or chosen a password?"""
    return bool(user.last_login) or user.password_origin == PasswordOrigin.OWN


def why_not(access: Access) -> str:
    """What keeps `access` from being announced by e-mail, in French with the way out; "" where nothing does."""
    user, firm = access.user, access.company.firm
    words = {"person": user, "address": user.email}
    if not user.email:
        return (
            _(
                "%(person)s n’a pas d’adresse e-mail : complétez sa fiche, ou remettez-lui ses accès par une lettre "
                "(« Mdp aléatoire »)."
            )
            % words
        )
    if not user.is_active and is_taken(user.email):
        return taken(user.email, firm)
    if not access.is_open or not user.is_active:
        return (
            _(
                "L’accès de %(person)s n’est pas ouvert : cochez « Accès autorisé », puis « Synchroniser » si le "
                "cabinet ne publie pas de lui-même."
            )
            % words
        )
    kind = MailKind.ACCESS if has_come(user) else MailKind.WELCOME
    if found := suppressions.stopping(OutgoingMail(firm=firm, kind=kind, to_email=user.email)):
        return _(
            "Le cabinet n’écrit plus à %(address)s (%(reason)s). Donnez une autre adresse, ou un administrateur du "
            "cabinet reprend les envois sous « Suppressions »."
        ) % (words | {"reason": found.badge.label})
    return ""


def held_back(access: Access) -> str:
    """Why a mail about `access` would be stopped at once by its sender (S1-08), in French, before it is written."""
    firm = access.company.firm
    sender = outbox.sender_of(MailKind.WELCOME, firm, access.company)
    if sender.error:
        return sender.error
    return preflight.sentence(sender.address) if preflight.prepared(sender.address, firm).blocks else ""


def stopped(mail: OutgoingMail) -> str:
    """Why `mail` was stopped when it was written; "" where it is on its way."""
    if mail.status != OutboxStatus.ERROR:
        return ""
    return mail.choice.get("error") or preflight.sentence(mail.from_email)


def write(access: Access, kind: TemplateKind) -> OutgoingMail:
    """The mail to the person itself."""
    user, company = access.user, access.company
    is_first = kind is TemplateKind.WELCOME
    mark = new_mark()
    link = mark if is_first else around.login_page(company.firm)
    mail = outbox.post(
        MailKind(kind.value),
        TEMPLATE,
        to_email=user.email,
        to_name=user.name,
        firm=company.firm,
        company=company,
        about=access,
        person=user,
        secret=Secret.WELCOME if is_first else None,
        mark=mark,
        context={
            "merged": merge(text_for(access, kind), said_of(access), link=link),
            "link": link,
            "label": around.label_of(kind),
            "note": around.note_of(company.firm, kind),
        },
    )
    assert mail is not None  # only what is said `once` may give None
    return mail


def follow_up(access: Access, kind: TemplateKind, mail: OutgoingMail) -> None:
    """The copy « pour le suivi » (S1-02), a mail of its own, without the link (D-07).

    It goes to the first address of the cascade that somebody reads (D-33); where there is none, that is told.
    """
    company = access.company
    received = standard(facts_of_company(company, company.firm))
    if received.error:
        told.tell(_("Aucune copie pour le suivi : personne ne lit les adresses du cabinet."))
    instead = _("(lien personnel, envoyé à %(person)s seulement)") % {"person": access.user}
    merged = merge(text_for(access, kind), said_of(access), link=instead, is_followable=False)
    words = {"person": access.user, "address": mail.to_email}
    for reader in received.people:
        if reader.email == mail.to_email:
            continue
        outbox.post(
            MailKind(kind.value),
            "approvals/email/welcome_copy",
            to_email=reader.email,
            to_name=reader.name,
            firm=company.firm,
            company=company,
            about=access,
            context={
                "merged": merged,
                "note": _("Copie pour le suivi de l’e-mail à %(person)s (%(address)s).") % words,
            },
        )


def text_for(access: Access, kind: TemplateKind):
    reader = Reader.EMPLOYEE if isinstance(access, Employee) else Reader.CLIENT
    return text_of(access.company.firm, reader, kind)


def said_of(access: Access) -> dict[str, str]:
    """What the fields of D-45 stand for in a mail about `access`."""
    employee = access if isinstance(access, Employee) else None
    return values_of(access.company, employee, login_code(access.company, access.user))
