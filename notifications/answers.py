"""What the portal answers to a mail, within D-17: it never adds to anyone's spam."""

from datetime import timedelta

from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import InboundMail, OutgoingMail
from mailing.sending import outbox

DAILY_ANSWERS = 4  # automatic answers to one address a day, over the whole portal


def answer(mail: InboundMail, kind: MailKind, template: str, **context) -> OutgoingMail | None:
    """Answer the sender of `mail` with `kind`; None where D-17 forbids it.

    Only where auth is yes. A kind that no person decided goes at most once per (sender, company) and day, and four
    a day to one address; the unique `once` key holds that under races too.
    """
    if not mail.is_authenticated or not mail.sender:
        return None
    once = None
    if kind.is_capped:
        about = f"company {mail.company_id}" if mail.company_id else f"owner {mail.address.owner_id}"
        once = f"{kind}:{timezone.localdate()}:{about}:{mail.sender}"[:255]
        if answered_today(mail.sender) >= DAILY_ANSWERS:
            return None
    return outbox.post(
        kind,
        template,
        to_email=mail.sender,
        to_name=mail.sender_name,
        firm=mail.address.firm,
        company=mail.company,
        about=mail,
        once=once,
        context={"mail": mail, "attachments": list(mail.attachments.all()), **context},
    )


def answered_today(address: str) -> int:
    since = timezone.now() - timedelta(days=1)
    capped = [kind for kind in MailKind if kind.is_capped]
    return OutgoingMail.objects.filter(to_email=address, kind__in=capped, created_at__gt=since).count()
