from mailing.models.inbound import (
    COMPANY_SPACES,
    DOCUMENT_SPACES,
    RETURN_SPACES,
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
from mailing.models.suppression import Suppression, SuppressionReason
from mailing.models.tracking import Cause, MailEvent, MailStatus, Nature, Source, WebhookPost

__all__ = [
    "COMPANY_SPACES",
    "DOCUMENT_SPACES",
    "RETURN_SPACES",
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
    "Suppression",
    "SuppressionReason",
    "WebhookPost",
]
