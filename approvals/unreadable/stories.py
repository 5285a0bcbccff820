"""What a person does about a mail that could not be read: read it again, file it by hand, put it aside (R0b, D-22).

Each is a compare-and-swap from « Non traitable »: of two persons the first wins, the other is told. The sender stays
unknown whatever is done, and nobody is answered.
"""

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.senders.intake import record_attachment
from documents.filing import filing
from documents.models import Document
from mailing.models import Fate, InboundMail
from mailing.receiving import parsing
from mailing.receiving.parsing import Part, ReadMail
from portal import failures, history
from portal.files.checks import clean_name
from portal.files.keep import Kept, discard, keep_all, open_kept
from portal.models import User
from portal.models.failed_task import TaskStatus

WHOLE_TYPE = "message/rfc822"


@transaction.atomic
def read_again(mail: InboundMail, *, by: User) -> bool:
    """« Réessayer » : the mail waits like a new one; False where there is nothing to retry (any more).

    In: what could not be read, by rule or after five attempts, and what a person put aside, as long as its bytes are
    there.
    """
    InboundMail.objects.put_aside().move(
        mail.pk, old=Fate.REJECTED, new=Fate.UNREADABLE, discarded_at=None, note=""
    )
    if not failures.retry(mail, by=by):
        return False
    record(mail, "read_again", _("%(name)s fait relire le mail"), by)
    return True


@transaction.atomic
def put_aside(mail: InboundMail, *, by: User, reason: str = "") -> bool:
    """« Écarter » : rejected, its bytes kept for 30 days more (D-22), until when `read_again` takes it back.

    False where somebody else was faster.
    """
    note = _("écarté par %(name)s") % {"name": by}
    now = timezone.now()
    if not InboundMail.objects.move(
        mail.pk,
        old=Fate.UNREADABLE,
        new=Fate.REJECTED,
        note=(f"{note} : {reason}" if reason else note)[:500],
        decided_at=now,
        discarded_at=now,
    ):
        return False
    failures.close(failures.open_tasks(mail), TaskStatus.DONE, by)
    record(mail, "put_aside", _("%(name)s écarte le mail"), by, reason)
    return True


def read_for_hand(mail: InboundMail) -> ReadMail:
    """The mail as it can be read, its attachments followed by the whole mail as a file of its own.

    File work, to be done outside a transaction. Never raises for what the mail holds: where it cannot be parsed at
    all, the whole is the only file there is.
    """
    with open_kept(mail.raw.key) as stream:
        raw = stream.read()
    read = parsing.read(raw)
    whole = Part(
        index=len(read.attachments),
        name=f"{clean_name(read.subject or 'message')[:80]}.eml",
        type=WHOLE_TYPE,
        detected=WHOLE_TYPE,
        size=mail.raw.size,
        sha256=mail.raw.sha256,
        left_out=None,
        inside=None,
        content=raw,
    )
    return replace(read, attachments=(*read.attachments, whole))


def file_by_hand(
    mail: InboundMail, read: ReadMail, chosen: Collection[int], *, by: User, reason: str = ""
) -> list[Document]:
    """File the files of `read` (by `read_for_hand`) whose indexes are `chosen`, in the space the mail was sent to.

    They are kept on the disk first, then one transaction writes everything. Out: the documents, none where somebody
    else was faster. What a rule leaves out (D-20) is filed by nobody. Errors: OSError of the disk, DatabaseError;
    nothing is filed then, and the sweep removes what was kept.
    """
    wanted = [part for part in read.attachments if part.index in chosen and not part.left_out]
    kept = dict(
        zip((part.index for part in wanted), keep_all([part.content for part in wanted]), strict=True)
    )
    filed = settle(mail, read, kept, by=by, reason=reason)
    if not filed:
        for file in kept.values():
            discard(file.key)
    return filed


@transaction.atomic
def settle(
    mail: InboundMail, read: ReadMail, kept: dict[int, Kept], *, by: User, reason: str
) -> list[Document]:
    note = _("classé à la main par %(name)s") % {"name": by}
    moved = kept and InboundMail.objects.move(
        mail.pk,
        old=Fate.UNREADABLE,
        new=Fate.FILED,
        note=(f"{note} : {reason}" if reason else note)[:500],
        subject=read.subject[:500],
        text=read.text,
        has_html=bool(read.html),
        decided_at=timezone.now(),
    )
    if not moved:
        return []
    mail.refresh_from_db()
    mail.attachments.all().delete()
    for part in read.attachments:
        if (
            part.index in kept or part is not read.attachments[-1]
        ):  # the whole mail is a file where it is chosen
            not_chosen = "" if part.index in kept else _("pas choisi par %(name)s") % {"name": by}
            record_attachment(mail, replace(part, left_out=part.left_out or not_chosen), kept.get(part.index))
    failures.close(failures.open_tasks(mail), TaskStatus.DONE, by)
    return filing.file_mail(mail, by=by, why=reason or note)


def record(mail: InboundMail, verb: str, text: str, by: User, reason: str = "") -> None:
    history.record(
        mail,
        verb,
        text % {"name": by},
        company=mail.company,
        firm=mail.address.firm,
        by=by,
        reason=reason,
        internal=True,
    )
