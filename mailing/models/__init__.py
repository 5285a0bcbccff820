from mailing.models.inbound import Fate, InboundAddress, InboundAttachment, InboundMail, RawMail, Space
from mailing.models.outgoing import OutboxStatus, OutgoingMail
from mailing.models.tracking import Cause, MailEvent, MailStatus, Nature, Source, WebhookPost

__all__ = [
    "Cause",
    "Fate",
    "InboundAddress",
    "InboundAttachment",
    "InboundMail",
    "MailEvent",
    "MailStatus",
    "Nature",
    "OutboxStatus",
    "OutgoingMail",
    "RawMail",
    "Source",
    "Space",
    "WebhookPost",
]
