"""From a mail to the GED. The files were kept when the mail was read: filing writes rows only, so it can roll back."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Document
from mailing.models import Fate, InboundAttachment, InboundMail
from portal import history
from portal.models import User
from portal.statements import insert


def file_mail(
    mail: InboundMail,
    *,
    by: User | None = None,
    why: str = "",
    attachments: Iterable[InboundAttachment] | None = None,
) -> list[Document]:
    """A document for each file of `mail` that was not left out, in the space it was sent to.

    `attachments` are those of the mail, where whoever calls has them at hand.
    Called inside the story that moved the mail to « Classé ». A file is filed once, whoever calls twice: each
    document is bound to its attachment by a unique key. The same file twice in one mail is two documents (D-19).
    """
    space = mail.address.space
    if attachments is None:
        attachments = mail.attachments.select_related("file")
    filed = [
        insert(
            Document(
                firm=mail.address.firm,
                company=mail.company,
                owner=mail.address.owner,
                space=space,
                name=attachment.name,
                file=attachment.file,
                source=attachment,
            )
        )
        for attachment in attachments
        if attachment.file and not attachment.left_out
    ]
    text = ngettext(
        "%(count)s document reçu %(sender)s, classé dans %(space)s",
        "%(count)s documents reçus %(sender)s, classés dans %(space)s",
        len(filed),
    )
    sender = _("de %(sender)s") % {"sender": mail.sender} if mail.sender else _("d’un expéditeur inconnu")
    history.record(
        mail,
        "filed",
        text % {"count": len(filed), "sender": sender, "space": mail.address.get_space_display()},
        company=mail.company,
        firm=mail.address.firm,
        by=by,
        reason=why,
    )
    return filed


@transaction.atomic
def file_own(mail: InboundMail, *, by: User) -> bool:
    """R4: the owner says « c’est bien moi »; False when it was decided before."""
    note = _("classé par %(name)s") % {"name": by}
    if not InboundMail.objects.move(
        mail.pk, old=Fate.HELD, new=Fate.FILED, note=note, decided_at=timezone.now()
    ):
        return False
    file_mail(mail, by=by, why=note)
    return True


@transaction.atomic
def discard_own(mail: InboundMail, *, by: User) -> bool:
    """R4: the owner says « ce n’est pas moi »; the mail is rejected, its raw bytes stay as D-22 says."""
    note = _("écarté par %(name)s") % {"name": by}
    if not InboundMail.objects.move(
        mail.pk, old=Fate.HELD, new=Fate.REJECTED, note=note, decided_at=timezone.now()
    ):
        return False
    history.record(mail, "discarded", note, firm=mail.address.firm, by=by)
    return True
