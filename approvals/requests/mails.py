"""The mails about requests: to whom the settings name at the firm, and the answer to whoever asked."""

from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from approvals.models import RequestStatus, UserRequest
from mailing.kinds import MailKind
from mailing.sending import outbox
from notifications.automatic.lines import Receiver, settings_link, tell
from portal.models import Company


def tell_firm(asked: UserRequest) -> None:
    """« Demandes des utilisateurs » (S1-14): the cascade as recipient, or the collaborateurs chosen (D-33)."""
    text = _("%(by)s demande : %(request)s") % {"by": asked.by, "request": asked}
    tell(
        MailKind.USER_REQUEST,
        asked.company.firm,
        asked.company,
        text=text,
        path=asked.get_absolute_url(),
        write=partial(write_to_firm, asked),
    )


def write_to_firm(asked: UserRequest, receiver: Receiver) -> None:
    outbox.post(
        MailKind.USER_REQUEST,
        "approvals/email/user_request",
        to_email=receiver.email,
        to_name=receiver.name,
        firm=asked.company.firm,
        company=asked.company,
        about=asked,
        context={
            "asked": asked,
            "link": link_to(asked),
            "reasons": [receiver.why],
            "settings_link": settings_link(),
        },
    )


def tell_asker(asked: UserRequest) -> None:
    """What became of it; nothing to whoever administers the company no more."""
    user = asked.by
    if user is None or not user.email or not user.is_active:
        return
    if not Company.objects.administered_by(user).filter(pk=asked.company_id).exists():
        return
    outbox.post(
        MailKind.REQUEST_ANSWER,
        "approvals/email/request_answer",
        to_email=user.email,
        to_name=user.name,
        firm=asked.company.firm,
        company=asked.company,
        about=asked,
        context={
            "asked": asked,
            "is_accepted": asked.badge is RequestStatus.ACCEPTED,
            "link": link_to(asked),
        },
    )


def link_to(asked: UserRequest) -> str:
    return settings.SITE_URL + asked.get_absolute_url()
