from notifications.models.automatic import AutomaticMail
from notifications.models.template import NotificationTemplate, Reader, TemplateKind

__all__ = ["AutomaticMail", "NotificationTemplate", "Reader", "TemplateKind"]
