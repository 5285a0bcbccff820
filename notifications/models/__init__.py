from notifications.models.automatic import AutomaticLine, AutomaticMail
from notifications.models.notification import Hold, LinkTarget, Notification, NotificationStatus
from notifications.models.template import NotificationTemplate, Reader, TemplateKind

__all__ = [
    "AutomaticLine",
    "AutomaticMail",
    "Hold",
    "LinkTarget",
    "Notification",
    "NotificationStatus",
    "NotificationTemplate",
    "Reader",
    "TemplateKind",
]
