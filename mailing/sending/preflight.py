"""May mail leave from an address? Asked when a mail is written: one that may not is « Erreur » at once (S1-08, D-32)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.domains import stories
from mailing.models import Answer, DomainCheck, DomainState, MailStatus, OutgoingMail, SendingDomain, Source
from mailing.tracking import events
from portal import failures, told
from portal.models import Firm


@dataclass(frozen=True)
class Verdict:
    state: DomainState
    reasons: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        return self.state is DomainState.INCOMPLETE


def judged(
    checks: Iterable[DomainCheck], *, vouched: bool, provider_vouches: bool, leaves: bool, now: datetime
) -> Verdict:
    """What a domain's last checks are worth at `now`. Pure; the reasons are in French.

    `leaves` is false where mail is written to this machine alone. Only a check that fails by answer blocks (D-32).
    """
    if not leaves:
        return Verdict(DomainState.PREPARED, (_("rien ne quitte cette machine"),))
    if vouched:
        return Verdict(DomainState.PREPARED, (_("l’administrateur du déploiement se porte garant"),))
    if provider_vouches:
        return Verdict(DomainState.PREPARED, (_("le prestataire d’envoi reconnaît le domaine"),))
    standings = [(check.get_kind_display(), *check.standing(now)) for check in checks]
    reasons = tuple(f"{kind} : {reason}" for kind, answer, reason in standings if answer is not Answer.YES)
    answers = {answer for _kind, answer, _reason in standings}
    if Answer.NO in answers:
        return Verdict(DomainState.INCOMPLETE, reasons)
    if Answer.UNKNOWN in answers:
        return Verdict(DomainState.UNKNOWN, reasons)
    if not answers:
        return Verdict(DomainState.UNKNOWN, (_("pas encore vérifié"),))
    return Verdict(DomainState.PREPARED, (_("SPF, DKIM et DMARC sont en ordre"),))


def verdict_of(domain: SendingDomain | None) -> Verdict:
    """The verdict on a row now; None is a domain that has no row yet."""
    now = timezone.now()
    return judged(
        domain.checks.all() if domain else (),
        vouched=bool(domain and domain.vouched_at),
        provider_vouches=bool(domain and domain.is_vouched_by_provider(now)),
        leaves=stories.leaves(),
        now=now,
    )


def prepared(address: str, firm: Firm) -> Verdict:
    """Is `address` of `firm` « préparée »? Reads rows alone: DNS was asked before, by the nightly check or on demand."""
    return verdict_of(row_of(address, firm) if stories.leaves() else None)


def row_of(address: str, firm: Firm) -> SendingDomain | None:
    rows = SendingDomain.objects.filter(firm=firm, domain=stories.domain_of(address))
    return rows.prefetch_related("checks").first()


def unprepared(firm: Firm) -> dict[str, str]:
    """The addresses of `firm` from which mail may not leave, each with why: for what shows the whole cascade at once."""
    if not stories.leaves():
        return {}
    rows = SendingDomain.objects.filter(firm=firm).prefetch_related("checks")
    wrong = {row.domain: verdict for row in rows if (verdict := verdict_of(row)).blocks}
    return {
        address: " ; ".join(wrong[domain].reasons)
        for domain, addresses in stories.domains_of(firm).items()
        if domain in wrong
        for address in addresses
    }


def answerable(mail: OutgoingMail) -> Firm | None:
    """The firm whose domain `mail` leaves from.

    None for the deployment's own address: `manage.py check --deploy` looks at its domain, and nothing blocks it (D-37).
    """
    return None if mail.from_email == settings.DEFAULT_FROM_EMAIL else mail.firm


def refusal(mail: OutgoingMail) -> str:
    """Why `mail` may not leave from its address, as people are told (S1-08); "" where it may."""
    firm = answerable(mail)
    return sentence(mail.from_email) if firm and prepared(mail.from_email, firm).blocks else ""


def stop_unprepared(mail: OutgoingMail) -> bool:
    """In the transaction that writes `mail`: « Erreur » where its address is not prepared; True where it was stopped.

    Whoever made the gesture is told at once. A domain that has no row yet gets one, and is checked: until then it is
    « inconnu », which does not block.
    """
    firm = answerable(mail)
    if firm is None or not stories.leaves():
        return False
    row = row_of(mail.from_email, firm)
    if row is None:
        stories.add(firm, [stories.domain_of(mail.from_email)])
    if not verdict_of(row).blocks:
        return False
    stop(mail, sentence(mail.from_email))
    return True


def stop(mail: OutgoingMail, why: str) -> None:
    """« Erreur » at once: no pause helps a sender that the firm must put right first; whoever made the gesture is told."""
    title = _("E-mail non envoyé à %(to)s") % {"to": mail.to_email}
    failures.give_up(mail, why, title=title, firm=mail.firm, company=mail.company)
    events.observe(mail, MailStatus.ERROR, source=Source.PORTAL, detail=why)
    mail.refresh_from_db(fields=["status", "last_status"])
    told.tell(why)


def sentence(address: str) -> str:
    wrong = _(
        "L’adresse %(address)s n’est pas correctement préparée pour le portail : l’e-mail n’est pas parti."
    )
    if settings.SUPPORT_EMAIL:
        help_ = _("Écrivez au support (%(support)s), qui contacte le partenaire informatique du cabinet.")
    else:
        help_ = _(
            "Un administrateur du cabinet trouve sous « Paramètres », « Domaines », la page à donner au partenaire "
            "informatique."
        )
    again = _("« Renvoyer » le fait partir une fois le domaine en ordre.")
    return f"{wrong} {help_} {again}" % {"address": address, "support": settings.SUPPORT_EMAIL}
