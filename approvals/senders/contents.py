"""What a mail brings, before anything is decided about it: its files read, looked at by the scanner, its text as a PDF.

File and network work, for a worker outside any transaction.
"""

from dataclasses import replace
from hashlib import sha256

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from approvals.senders.facts import facts_about, known_address
from approvals.senders.rules import KEEPS_FILES, decide
from mailing.models import InboundMail
from mailing.receiving import parsing
from mailing.receiving.parsing import Part, ReadMail
from portal.files import pdf
from portal.files.checks import MAIL_TYPES, clean_name
from portal.files.child import Failure
from portal.files.keep import open_kept
from portal.files.scanning import Scanner, forbidden


def read_mail(mail: InboundMail) -> ReadMail:
    """`mail` as the intake decides about it. Errors: OSError where its bytes are gone; ScannerDown, and it waits (T41)."""
    with open_kept(mail.raw.key) as stream:
        read = parsing.read(stream.read(), types_for(mail))
    if mail.address.files_text and read.is_text_alone and may_be_kept(mail, read):
        return replace(read, attachments=(*read.attachments, text_of(mail, read)))
    return scanned(read)


def types_for(mail: InboundMail) -> frozenset[str]:
    """What may come in by this mail: the types of D-20, lengthened by the firm where there is one."""
    return mail.address.firm.accepted_types if mail.address.firm else MAIL_TYPES


def scanned(read: ReadMail) -> ReadMail:
    """The same mail, a file in which something was found left out by itself, the others going on (T41)."""
    scanner, parts = Scanner(), []
    for part in read.attachments:
        found = "" if part.left_out else scanner.signature_in(part.content)
        parts.append(replace(part, left_out=forbidden(found)) if found else part)
    return replace(read, attachments=tuple(parts))


def may_be_kept(mail: InboundMail, read: ReadMail) -> bool:
    """Would a file of this mail be kept, were its sender proved? Writing a PDF takes longer than all the rest."""
    known = known_address(mail, read.sender.address)
    facts = facts_about(mail, read, known, authenticated=True)
    return decide(replace(facts, files=1)).fate in KEEPS_FILES


def text_of(mail: InboundMail, read: ReadMail) -> Part:
    """The text of a mail as its one file (D-20): a PDF named after the subject, or plain text where none can be written."""
    lines = [
        (_("De"), read.sender.address),
        (_("À"), mail.envelope_to),
        (_("Reçu"), date_format(localtime(mail.received_at), "j F Y, H:i")),
    ]
    subject = read.subject or _("Message")
    text = read.text
    if len(text) > pdf.MAX_WRITTEN:
        cut = _("[Texte coupé ici : le mail entier se lit dans « Activité ».]")
        text = f"{text[: pdf.MAX_WRITTEN - 200]}\n\n{cut}"
    written = pdf.from_text(subject, lines, text)
    if isinstance(written, Failure):
        ending, type, content = "txt", "text/plain", read.text.encode("utf-8", "replace")
    else:
        ending, type, content = "pdf", pdf.PDF, written
    return Part(
        index=len(read.attachments),
        name=clean_name(subject.replace("/", "-").replace("\\", "-") + f".{ending}"),
        type=type,
        detected=type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        left_out=None,
        inside=None,
        content=content,
    )
