from mailing.models.inbound import (
    Auth,
    Channel,
    Fate,
    InboundAddress,
    InboundAttachment,
    InboundMail,
    RawMail,
    Space,
)
from mailing.models.outgoing import OutboxStatus, OutgoingMail, Secret
from mailing.models.tracking import Cause, MailEvent, MailStatus, Nature, Source, WebhookPost

__all__ = [
    "Auth",
    "Cause",
    "Channel",
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
    "Secret",
    "Source",
    "Space",
    "WebhookPost",
]
