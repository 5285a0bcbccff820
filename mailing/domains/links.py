"""The address of the page that the IT partner opens without login: derived, stored nowhere (T18).

A token names one domain of one firm, is 256 bits of HMAC, and is good for ninety days, or until a new link is made.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from mailing.models import SendingDomain

GOOD_FOR = timedelta(days=90)
SALT = "mailing.domains.links"


def token_of(domain: SendingDomain, key: str | None = None) -> str:
    """`<pk>-<mac>`; `key` is the secret to derive it from, the present one where None."""
    made = f"{domain.pk} {domain.page_made_at.timestamp():.6f}"
    return f"{domain.pk}-{salted_hmac(SALT, made, secret=key, algorithm='sha256').hexdigest()}"


def link_of(domain: SendingDomain) -> str:
    return settings.SITE_URL + reverse("mailing:dns", args=[token_of(domain)])


def good_until(domain: SendingDomain) -> datetime:
    return domain.page_made_at + GOOD_FOR


def domain_of_token(token: str) -> SendingDomain | None:
    """The domain whose page `token` opens; None where it is wrong, too old, or was replaced."""
    number = token.partition("-")[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    domain = SendingDomain.objects.select_related("firm").filter(pk=int(number)).first()
    if domain is None or timezone.now() > good_until(domain):
        return None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    right = [constant_time_compare(token, token_of(domain, key)) for key in keys]
    return domain if any(right) else None
