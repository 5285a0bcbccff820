from notifications.models.automatic import AutomaticMail

__all__ = ["AutomaticMail"]
