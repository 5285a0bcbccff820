"""Where a request comes from, as a person would say it: the address, and the browser in plain words."""

import re
from dataclasses import dataclass

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.translation import gettext as _

# The first that fits: browsers name those that they descend from as well.
BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "Mac"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """« Firefox sur Windows »; what is not known is said so, never shown as it was sent."""
    browser, system = (
        next((name for pattern, name in names if re.search(pattern, user_agent)), "")
        for names in (BROWSERS, SYSTEMS)
    )
    if browser and system:
        return _("%(browser)s sur %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("navigateur inconnu")


@dataclass(frozen=True)
class Whence:
    """What the journal keeps of a request: `ip` is None where it is not known."""

    ip: str | None = None
    browser: str = ""

    @classmethod
    def of(cls, request: HttpRequest | None) -> "Whence":
        """X-Forwarded-For counts only as far as ALLAUTH_TRUSTED_PROXY_COUNT says, which settings give behind HTTPS alone."""
        if request is None:
            return cls()
        try:
            ip = get_client_ip(request)
        except ImproperlyConfigured:  # fewer proxies than the settings promise
            ip = None
        return cls(ip, browser_of(request.headers.get("User-Agent", "")))
