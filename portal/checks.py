"""What `manage.py check --deploy` asks of a production beside Django's own checks."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def local_submission_is_off(app_configs, **kwargs):
    """D-16: mail from the machine itself is believed only in a demonstration."""
    if not settings.LOCAL_SUBMISSION_TRUSTED:
        return []
    return [Error("LOCAL_SUBMISSION_TRUSTED=True : à laisser à False en production.", id="portal.E001")]
