"""The story of one inbound mail: read, decided, filed or held, its sender answered, whoever decides asked.

File work (reading the raw mail, keeping its files) stays outside the transaction; decision, documents and outbox
rows commit together.
"""

import logging
from dataclasses import replace

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import AddressStatus, Chased, SenderAddress
from approvals.senders import contents, deciders, mails
from approvals.senders.facts import facts_about, known_address
from approvals.senders.rules import KEEPS_FILES, Decision, decide
from documents.filing import filing
from mailing.models import Auth, Fate, InboundAttachment, InboundMail, Space
from mailing.receiving import authentication, parsing
from mailing.receiving.parsing import Part, ReadMail
from mailing.receiving.sender import looks_like
from mailing.tracking import reports, returned
from portal import failures, history
from portal.faults import fault
from portal.files import soundness
from portal.files.keep import Kept, discard, keep_all, open_kept
from portal.files.scanning import ScannerDown
from portal.models import Company
from portal.statements import insert

logger = logging.getLogger(__name__)


def process(mail: InboundMail) -> None:
    """Take one received mail to its fate. Whatever fails is tried again; the fifth failure parks it, visibly.

    A parked mail is « Non traitable » with its reason, keeps its raw bytes, and can be retried by a person.
    """
    try:
        read, report = contents.read_mail(mail), None
        if mail.address.space == Space.REPORTS:
            with open_kept(mail.raw.key) as stream:
                report = reports.read(stream.read())
        wanted = [part for part in read.attachments if not part.left_out]
        kept = dict(
            zip((part.index for part in wanted), keep_all([part.content for part in wanted]), strict=True)
        )
        used = settle(mail, read, kept, report)
    except Exception as error:
        # The files kept stay for the sweep: a COMMIT whose answer was lost may well have happened.
        if mail.is_last_attempt:
            park(
                mail, str(error) if isinstance(error, ScannerDown) else _("cinq essais de lecture ont échoué")
            )
        else:
            mail.later()
        raise
    for index in kept.keys() - used:
        discard(kept[index].key)


@transaction.atomic
def settle(
    mail: InboundMail, read: ReadMail, kept: dict[int, Kept], report: reports.Report | None = None
) -> set[int]:
    """Decide `mail` by T1 and carry the decision out, in one transaction; the indexes of the files now in use.

    The company is locked first: a person's decision on the same address comes wholly before or wholly after (T16).
    """
    if mail.company:
        lock(mail.company)
        assert mail.address.firm is not None  # an address of a company is one of its firm
        mail.company.firm = mail.address.firm  # loaded already
    was_read_before = mail.decided_at is not None
    auth, auth_reason = authentication.verdict(mail, read)
    known = known_address(mail, read.sender.address)
    decision = decide(facts_about(mail, read, known, authenticated=auth == Auth.YES))
    if report:  # about a mail that the portal sent: what it says is a step of that mail (D-35)
        decision = replace(decision, note=returned.take(mail, report) or decision.note)
    if not move(mail, read, decision, auth, auth_reason):
        return set()  # another worker was faster
    if was_read_before:
        mail.attachments.all().delete()
    keeps = decision.fate in KEEPS_FILES
    attachments = [
        record_attachment(mail, part, kept.get(part.index) if keeps else None) for part in read.attachments
    ]
    address = note_sender(mail, decision, known)
    if decision.fate == Fate.FILED:
        fault("in_filing")
        filing.file_mail(mail, why=decision.note, attachments=attachments)
    elif decision.asks and address:
        ask(mail, address)
    answer(mail, read, decision)
    return set(kept) if keeps else set()


def lock(company: Company) -> None:
    """Decisions about a company's senders, by rule or by person, come one after the other."""
    if connection.features.has_select_for_update:  # on SQLite whoever writes is alone
        Company.objects.select_for_update(no_key=True).values_list("pk").get(pk=company.pk)


def move(mail: InboundMail, read: ReadMail, decision: Decision, auth: Auth, auth_reason: str) -> bool:
    reasons = [
        {
            "rule": "",
            "question": _("L’expéditeur est-il prouvé ?"),
            "matched": auth == Auth.YES,
            "text": auth_reason,
        }
    ]
    if imitated := looks_like(read.sender.address):
        question, text = (
            _("L’adresse imite-t-elle une autre ?"),
            _("ressemble à %(address)s, et n’est pas elle"),
        )
        reasons.append(
            {"rule": "", "question": question, "matched": True, "text": text % {"address": imitated}}
        )
    return InboundMail.objects.move_row(
        mail,
        old=Fate.RECEIVED,
        new=decision.fate,
        sender=read.sender.address,
        sender_name=read.sender.display_name[:200],
        from_line=read.sender.as_received[:500],
        subject=read.subject[:500],
        text=read.text,
        has_html=bool(read.html),
        auth=auth,
        rule=decision.rule,
        reasons=[*reasons, *decision.reasons],
        facts=list(decision.facts),
        note=decision.note[:500],
        decided_at=timezone.now(),
    )


def record_attachment(mail: InboundMail, part: Part, kept: Kept | None) -> InboundAttachment:
    file = None
    if kept:
        firm = mail.address.firm
        assert firm is not None  # what belongs to no firm is neither filed nor held
        flaw = soundness.first_look(part.content, part.detected)
        file = soundness.store(firm, kept, part.detected, flaw)
    attachment = InboundAttachment(
        mail=mail,
        part_no=part.index,
        name=part.display_name[:255],
        type=part.detected[:127],
        size=part.size,
        sha256=part.sha256,
        file=file,
        left_out=(part.left_out or "")[:300],
    )
    return insert(attachment)


def note_sender(mail: InboundMail, decision: Decision, known: SenderAddress | None) -> SenderAddress | None:
    """Keep the address in « Accès email » with what this mail says of it (S0-14); None where it is not listed.

    An address that only its role lets in shows « Autorisée » without a decision: it is asked about again once the
    role is gone. A mail without proof changes nothing of an address that is known.
    """
    if (
        mail.company is None
        or not mail.sender
        or decision.fate in (Fate.NOTHING_TO_FILE, Fate.IGNORED, Fate.UNROUTABLE)
    ):
        return None
    is_filed = decision.fate == Fate.FILED
    address = known or SenderAddress(
        company=mail.company,
        address=mail.sender,
        status=AddressStatus.AUTHORISED if is_filed else AddressStatus.PENDING,
        reason=decision.note if is_filed else "",
    )
    address.last_mail_at = mail.received_at
    address.name = mail.sender_name
    if decision.asks and not (known and others_wait(mail)):
        address.requested_at, address.chased = timezone.now(), Chased.NO
    if decision.asks and (known is None or mail.is_authenticated):
        address.status = AddressStatus.PENDING
        address.route = decision.route or address.route
        address.decided_at = address.decided_by = None
        address.reason = ""
    if known:
        known.save()
        return known
    return insert(address)


def others_wait(mail: InboundMail) -> bool:
    """Does another mail of this sender wait for a decision here? Then the request is as old as that one (D-13)."""
    others = InboundMail.objects.waiting().filter(company=mail.company, sender=mail.sender)
    return others.exclude(pk=mail.pk).exists()


def ask(mail: InboundMail, address: SenderAddress) -> None:
    asked = deciders.asked_about(address)
    mails.ask_approvers(address, mail, asked)
    history.record(
        address,
        "asked",
        _("%(address)s demande à déposer des documents ; décision demandée à %(who)s")
        % {"address": address.address, "who": ", ".join(str(user) for user in asked) or _("personne")},
        company=address.company,
        reason=mail.note,
        internal=True,
    )


def answer(mail: InboundMail, read: ReadMail, decision: Decision) -> None:
    if not read.marks.may_be_answered:
        return  # a list, a scanner, a newsletter: filed like any other mail, never answered (D-17, T23)
    mails.ANSWERS[decision.answer](mail)


def park(mail: InboundMail, note: str) -> None:
    """Stop trying: the mail is « Non traitable », with its reason, and nothing of it is lost."""
    seen = glance(mail)
    failures.give_up(
        mail,
        note,
        title=_("Mail reçu non traité"),
        firm=mail.address.firm,
        company=mail.company,
        note=note,
        decided_at=timezone.now(),
        **seen,
    )


def glance(mail: InboundMail) -> dict[str, str]:
    """What a list of unread mails tells them apart by: who it says it is from, and its subject.

    The headers alone are read; nothing is told where even that fails, which may be the very trouble.
    """
    try:
        with open_kept(mail.raw.key) as stream:
            top = parsing.read_top(stream.read(parsing.MAX_HEADER_BYTES))
    except Exception:
        logger.exception("not even the headers of mail %s could be read", mail.pk)
        return {}
    return {"from_line": top.sender.as_received[:500], "subject": top.subject[:500]}
