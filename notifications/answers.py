"""What the portal answers to a mail, within D-17: it never adds to anyone's spam."""

from datetime import timedelta

from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import InboundMail, OutgoingMail
from mailing.sending import outbox

DAILY_ANSWERS = 4  # automatic answers to one address a day, over the whole portal
DAILY_ANSWERS_OF_A_FIRM = (
    500  # ten thousand senders in a day are an attack, and most of them are forged (T19)
)


def answer(mail: InboundMail, kind: MailKind, template: str, **context) -> OutgoingMail | None:
    """Answer the sender of `mail` with `kind`; None where D-17 forbids it.

    Only where auth is yes. A kind that no person decided goes at most once per (sender, company) and day, which the
    unique `once` key holds under races too; four a day to one address, and so many a day for one firm.
    """
    if not mail.is_authenticated or not mail.sender:
        return None
    once = None
    if kind.is_capped:
        about = f"company {mail.company_id}" if mail.company_id else f"owner {mail.address.owner_id}"
        once = f"{kind}:{timezone.localdate()}:{about}:{mail.sender}"[:255]
        today = automatic_answers_today()
        if today.filter(to_email=mail.sender).count() >= DAILY_ANSWERS:
            return None
        if (
            today.filter(firm=mail.address.firm_id)[:DAILY_ANSWERS_OF_A_FIRM].count()
            >= DAILY_ANSWERS_OF_A_FIRM
        ):
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


def automatic_answers_today():
    since = timezone.now() - timedelta(days=1)
    capped = [kind for kind in MailKind if kind.is_capped]
    return OutgoingMail.objects.filter(kind__in=capped, created_at__gt=since).order_by()
