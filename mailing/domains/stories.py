"""The domains of a firm follow its addresses; each is checked each night and on demand, and may be vouched for."""

from collections.abc import Iterable
from dataclasses import asdict

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailing.domains import provider
from mailing.domains.expected import Expected, Record, expected_of
from mailing.domains.judging import Finding, judge
from mailing.domains.resolving import Looked, resolver
from mailing.models import Answer, DomainCheck, DomainTurn, SendingDomain
from mailing.receiving.sender import clean_address
from portal import failures, history
from portal.bell import ring
from portal.models import ClientGroup, Firm, StaffMember, User

FOUND_KEPT = 20


def domain_of(address: str) -> str:
    """The domain of an address in its ASCII form; "" where the address is none."""
    return (clean_address(address) or "").rpartition("@")[2]


def addresses_of(firm: Firm) -> list[str]:
    """Whatever the cascade may choose as a sender of `firm`; the adresse de réponse sends nothing (S3-04)."""
    own = (firm.communication_email, firm.functional_email, firm.notification_from)
    groups = ClientGroup.objects.filter(firm=firm).order_by("email").values_list("email", flat=True)
    staff = StaffMember.objects.filter(user__firm=firm, user__is_active=True)
    people = staff.order_by("user__email").values_list("user__email", flat=True)
    return [address for address in dict.fromkeys((*own, *groups, *people)) if address]


def domains_of(firm: Firm) -> dict[str, list[str]]:
    """Each domain of `firm`, with its addresses; that of the adresse de communication first."""
    found: dict[str, list[str]] = {}
    for address in addresses_of(firm):
        if domain := domain_of(address):
            found.setdefault(domain, []).append(address)
    return found


@transaction.atomic
def keep_in_step(firm: Firm) -> None:
    """A row for each domain of `firm`; one that no address has any more goes, unless it is vouched for."""
    wanted = domains_of(firm)
    rows = SendingDomain.objects.filter(firm=firm)
    rows.exclude(domain__in=wanted).filter(vouched_at=None).delete()
    known = set(rows.values_list("domain", flat=True))
    add(firm, [domain for domain in wanted if domain not in known])


def add(firm: Firm, domains: Iterable[str]) -> None:
    """New rows, to be checked at once where mail leaves this machine; two that add the same make one."""
    turn = DomainTurn.WAITING if leaves() else DomainTurn.CHECKED
    new = [SendingDomain(firm=firm, domain=domain, status=turn) for domain in domains]
    if new:
        SendingDomain.objects.bulk_create(new, ignore_conflicts=True)
        ring(SendingDomain.QUEUE)


def leaves() -> bool:
    """Does mail leave this machine? Where it is written as `.eml`, no domain needs to be prepared."""
    return settings.MAIL_OUT != "eml"


# Checks


def nightly() -> None:
    """Every firm's rows in step with its addresses, and all to be checked."""
    for firm in Firm.objects.all():
        keep_in_step(firm)
    if leaves():
        ask_again(SendingDomain.objects.filter(status=DomainTurn.CHECKED))


def check_now(firm: Firm, *, by: User) -> int:
    """A person asks for the checks of all domains of `firm`; how many will be made."""
    keep_in_step(firm)
    for broken in SendingDomain.objects.filter(firm=firm, status=DomainTurn.FAILED):
        failures.retry(broken, by=by)
    ask_again(SendingDomain.objects.filter(firm=firm, status=DomainTurn.CHECKED))
    return SendingDomain.objects.filter(firm=firm, status=DomainTurn.WAITING).count()


def ask_again(domains) -> None:
    for pk in domains.values_list("pk", flat=True):
        SendingDomain.objects.move(
            pk, old=DomainTurn.CHECKED, new=DomainTurn.WAITING, attempts=0, next_attempt_at=timezone.now()
        )
    ring(SendingDomain.QUEUE)


def check(domain: SendingDomain) -> None:
    """Ask the provider and DNS about a claimed row, then write down what they said; the network is asked outside of
    any transaction."""
    try:
        word = provider.ask(domain.domain)
        records = word.records if word else records_of(domain)
        findings = judge(expected_for(domain, records), Looked(resolver()))
        keep(domain, findings, word)
    except Exception as error:
        give_back(domain, error)
        raise


def expected_for(domain: SendingDomain, provider_records: Iterable[Record] | None = None) -> Expected:
    """The records that `domain` needs in this deployment."""
    records = records_of(domain) if provider_records is None else provider_records
    return expected_of(
        domain.domain,
        out=settings.MAIL_OUT,
        selector=domain.dkim_selector,
        mailgun_domain=settings.ANYMAIL["MAILGUN_SENDER_DOMAIN"],
        smtp_host=settings.EMAIL_HOST if settings.MAIL_OUT == "smtp" else "",
        provider_records=tuple(records),
    )


def records_of(domain: SendingDomain) -> tuple[Record, ...]:
    """What the provider asked for when it was last heard."""
    return tuple(Record(**record) for record in domain.provider_records)


@transaction.atomic
def keep(domain: SendingDomain, findings: Iterable[Finding], word: provider.Word | None) -> bool:
    """waiting → checked, with the verdicts; False where another worker was faster. An answer settles, silence does not."""
    now = timezone.now()
    said: dict[str, object] = {"status": DomainTurn.CHECKED, "attempts": 0, "checked_at": now}
    if word:
        said |= {
            "provider_vouches": word.vouches,
            "provider_heard_at": now,
            "provider_records": [asdict(record) for record in word.records],
        }
    mine = domain.mine().filter(status=DomainTurn.WAITING)
    if not mine.update(**said):
        return False
    for finding in findings:
        values: dict[str, object] = {
            "answer": finding.answer,
            "reason": finding.reason[:500],
            "found": [
                {"type": kind, "name": name, "value": value}
                for kind, name, value in finding.found[:FOUND_KEPT]
            ],
        }
        if finding.answer is not Answer.UNKNOWN:
            values |= {"settled": finding.answer, "settled_reason": finding.reason[:500], "settled_at": now}
        else:
            del values["found"]  # what was found last is still the best that is known
        if finding.answer is Answer.YES:
            values["good_at"] = now
        DomainCheck.objects.update_or_create(domain=domain, kind=finding.kind, defaults=values)
    return True


def give_back(domain: SendingDomain, error: Exception) -> None:
    """A check that fails of itself is made again with a pause; after five times a person sees it."""
    if not domain.is_last_attempt:
        domain.later()
        return
    title = _("Domaine non vérifié : %(domain)s") % {"domain": domain}
    failures.give_up(domain, str(error) or type(error).__name__, title=title, firm=domain.firm)


# Gestures


@transaction.atomic
def vouch(firm: Firm, domain: str, *, withdraw: bool = False) -> bool:
    """The administrator of the deployment answers for `domain` of `firm`, or no longer does; False where nothing changes."""
    if not withdraw:
        add(firm, [domain])
    rows = SendingDomain.objects.filter(firm=firm, domain=domain, vouched_at__isnull=not withdraw)
    if not rows.update(vouched_at=None if withdraw else timezone.now(), status=DomainTurn.CHECKED):
        return False  # what DNS says of a domain that is vouched for can wait for the night
    if withdraw:
        text, verb = _("L’administrateur du déploiement ne se porte plus garant de %(domain)s"), "unvouched"
    else:
        text, verb = _("L’administrateur du déploiement se porte garant de %(domain)s"), "vouched"
    history.record(firm, verb, text % {"domain": domain}, firm=firm, internal=True)
    return True


@transaction.atomic
def choose_selector(domain: SendingDomain, selector: str, *, by: User) -> None:
    """The DKIM selector that the server signs with for `domain`, "" for the usual ones; checked where mail leaves."""
    SendingDomain.objects.filter(pk=domain.pk).update(dkim_selector=selector)
    text = _("%(name)s change le sélecteur DKIM de %(domain)s : %(selector)s")
    said = text % {"name": by, "domain": domain, "selector": selector or "—"}
    history.record(domain.firm, "changed", said, firm=domain.firm, by=by, internal=True)
    if leaves():
        ask_again(SendingDomain.objects.filter(pk=domain.pk, status=DomainTurn.CHECKED))


@transaction.atomic
def new_link(domain: SendingDomain, *, by: User) -> None:
    """The IT partner's page gets another address; the former one leads nowhere."""
    SendingDomain.objects.filter(pk=domain.pk).update(page_made_at=timezone.now())
    text = _("%(name)s fait un nouveau lien pour le partenaire informatique : %(domain)s")
    history.record(
        domain.firm, "changed", text % {"name": by, "domain": domain}, firm=domain.firm, by=by, internal=True
    )
