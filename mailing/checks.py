"""What `manage.py check --deploy` asks of a production's own address."""

from django.conf import settings
from django.core.checks import Tags, Warning, register

from mailing.domains import stories
from mailing.domains.expected import expected_of
from mailing.domains.judging import judge
from mailing.domains.resolving import Looked, resolver
from mailing.models import Answer

NOBODY_S = ("localhost", "example", "test", "invalid")  # RFC 2606, RFC 6761


@register(Tags.security, deploy=True)
def own_domain_is_prepared(app_configs, **kwargs):
    """Login, reset and security mails leave from DEFAULT_FROM_EMAIL (D-37): no firm's page shows its domain."""
    domain = stories.domain_of(settings.DEFAULT_FROM_EMAIL)
    if not stories.leaves() or not domain or domain.rpartition(".")[2] in NOBODY_S:
        return []
    expected = expected_of(
        domain, out=settings.MAIL_OUT, mailgun_domain=settings.ANYMAIL["MAILGUN_SENDER_DOMAIN"]
    )
    return [
        Warning(f"DEFAULT_FROM_EMAIL, {domain}, {found.kind.label} : {found.reason}.", id="mailing.W001")
        for found in judge(expected, Looked(resolver()))
        if found.answer is Answer.NO
    ]
