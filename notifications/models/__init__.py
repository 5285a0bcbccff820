from notifications.models.automatic import AutomaticMail
from notifications.models.notification import Hold, Notification, NotificationStatus
from notifications.models.template import NotificationTemplate, Reader, TemplateKind

__all__ = [
    "AutomaticMail",
    "Hold",
    "Notification",
    "NotificationStatus",
    "NotificationTemplate",
    "Reader",
    "TemplateKind",
]
