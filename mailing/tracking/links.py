"""The links of a measured mail, and the picture that tells that it was opened (D-35): derived from the row, kept nowhere.

What a link leads to is read from the row's own HTML: nobody can make it lead elsewhere (T28).
"""

import re
from html import unescape
from itertools import count, islice

from mailing.models import OutgoingMail
from mailing.tracking import tokens

# The templates write them: attributes in double quotes, what people wrote escaped. Django redirects no further than this.
LINK = re.compile(r'(<a\s[^<>]*?\bhref=")(https?://[^"\s<>]{1,2000})(?=")', re.IGNORECASE)
MOST = 200
PICTURE = '<img src="{url}" width="1" height="1" alt="">'
END = "</body>"


def measured(mail: OutgoingMail) -> str:
    """The HTML of `mail` with its links through the portal, and the picture at its end; the same at each attempt."""
    numbers = count()

    def through_the_portal(link: re.Match) -> str:
        return link[1] + tokens.link_url(mail, next(numbers))

    html = LINK.sub(through_the_portal, mail.html, count=MOST)
    picture = PICTURE.format(url=tokens.picture_url(mail))
    before, end, after = html.rpartition(END)
    return before + picture + end + after if end else html + picture


def targets_of(mail: OutgoingMail) -> list[str]:
    """Where the links of `mail` lead, by their numbers."""
    return [unescape(link[2]) for link in islice(LINK.finditer(mail.html), MOST)]
