"""Who asks for a page: a person's browser, or a machine that opens whatever a mail holds."""

import re

from django.http import HttpRequest

SCANNERS = re.compile(
    r"\bbot\b|[a-z]bot\b|crawler|spider|barracuda|mimecast|proofpoint|scanner|headless|curl/|python-requests",
    re.IGNORECASE,
)
# What fetches the pictures and the links of a mail for a mailbox, before its owner or instead of them.
PROXIES = re.compile(
    r"GoogleImageProxy|YahooMailProxy"
    r"|Edge/12\.246 Mozilla/5\.0$"  # Gmail, before it shows a mail: https://bird.com/blog/gmail-prefetching-images
    r"|^Mozilla/5\.0$"  # Apple Mail's privacy protection says no more of itself than this
    r"|SafeLinks|Defender|BingPreview|MicrosoftPreview|SkypeUriPreview"
    r"|facebookexternalhit|WhatsApp/|forcepoint|symantec|sophos|fortimail|trend ?micro|wget/",
    re.IGNORECASE,
)
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")  # of a browser that fetches before anybody clicks


def is_scanner(user_agent: object) -> bool:
    """Does a program that names itself like this look at mails for viruses, or at pages for a search engine?"""
    return bool(SCANNERS.search(str(user_agent or "")))


def is_machine(request: HttpRequest) -> bool:
    """Did no person ask? A scanner, a mailbox's proxy, a fetch ahead, or whoever gives no name at all."""
    name = request.headers.get("User-Agent", "").strip()
    if not name or is_scanner(name) or PROXIES.search(name):
        return True
    return any(re.match("prefetch|preview", request.headers.get(header, "")) for header in AHEAD)
