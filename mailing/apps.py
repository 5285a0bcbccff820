from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "mailing"

    def ready(self):
        from mailing import checks  # noqa: F401  (registers the deployment checks)
