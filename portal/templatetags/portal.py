"""Small words of the pages: badges, dates and sizes as people say them, icons of files."""

import re
from datetime import datetime, timedelta
from functools import cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from heroicons.templatetags import heroicons

from portal.undo import Undo, offered

register = template.Library()

NO_BREAK = "\xa0"


@cache
def icon(style: str, name: str, size: int, **attributes: str) -> SafeString:
    """A heroicon. A page has fifty of the same few: each is written out once, where the library would each time."""
    return getattr(heroicons, f"heroicon_{style}")(name, size=size, **attributes)


@register.simple_tag
def heroicon_mini(name: str, *, size: int = 20, **attributes: str) -> SafeString:
    return icon("mini", name, size, **attributes)


@register.simple_tag
def heroicon_outline(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    return icon("outline", name, size, **attributes)


@register.simple_tag
def badge(status) -> SafeString:
    """A status as a word, a tone and an icon: colour is never the only sign."""
    return format_html(
        '<span class="badge {}">{}<span>{}</span></span>',
        status.tone,
        icon("mini", status.icon, 14),
        status.label,
    )


@register.simple_tag
def when(moment: datetime | None, words: bool = True, precise: bool = False) -> str:
    """A date as people say it, the full instant on hover: « 14:32 » today, « hier », « 8 mars 2019 ».

    `words=False` leaves « hier » out, as in the list of e-mails (S2-04). `precise` adds the time of day, with its
    seconds today, as in the steps of an e-mail.
    """
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        _("%(day)s à %(time)s") % {"day": date_format(local, "j F Y"), "time": date_format(local, "H:i:s")},
        spoken(local, timezone.localtime(), words=words, precise=precise),
    )


def spoken(local: datetime, now: datetime, *, words: bool, precise: bool) -> str:
    """The words for `local` at `now`, both in the reader's time zone."""
    if local.date() == now.date():
        return date_format(local, "H:i:s" if precise else "H:i")
    if words and local.date() == now.date() - timedelta(days=1):
        day = _("hier")
    else:
        day = date_format(local, "j N" if local.year == now.year else "j N Y")
    day = day.replace(" ", NO_BREAK)
    return f"{day} {date_format(local, 'H:i')}" if precise else day


@register.filter
def filesize(size: int) -> str:
    """Octets in the units that French readers know, 1 Ko being 1024 octets: « 84 Ko », « 1,2 Mo »."""
    if size < 1024:
        return f"{size}{NO_BREAK}o"
    kilo, mega = size / 1024, size / 1024**2
    if round(kilo) < 1024:
        return f"{round(kilo)}{NO_BREAK}Ko"
    if round(mega) < 1024:
        return f"{_short(mega)}{NO_BREAK}Mo"
    return f"{_short(mega / 1024)}{NO_BREAK}Go"


def _short(number: float) -> str:
    """One decimal below ten, none when it is a zero: 1,2 but 3 and 48."""
    decimals = 1 if round(number, 1) < 10 and round(number, 1) % 1 else 0
    return number_format(round(number, decimals), decimals)


@register.simple_tag(takes_context=True)
def active(context, *names: str) -> SafeString:
    """`aria-current="page"` when the page shown has one of these URL names."""
    match = getattr(context.get("request"), "resolver_match", None)
    return mark_safe('aria-current="page"' if match and match.view_name in names else "")


@register.simple_tag(takes_context=True)
def in_menu(context, entry: str) -> int:
    """How much work waits under an entry of the menu of the company shown (`portal.waiting`)."""
    return context["in_menus"].get((context["company"].pk, entry), 0)


@register.filter
def initials(name) -> str:
    """« Claire Dupont » is CD: what the round of the account shows."""
    words = [word for word in str(name).replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def monogram(name) -> str:
    """« Cabinet Martin » is M: the last word's initial, the first being what all firms share."""
    return initials(name)[-1:]


@register.filter
def files(mails) -> list:
    """The files kept of several mails, in order, those left out not counted."""
    return [attachment for mail in mails for attachment in mail.files if not attachment.left_out]


@register.filter
def undo(message) -> Undo | None:
    """The form that takes back what a message tells of, where one is offered."""
    return offered(message.extra_tags or "")


@register.filter
def turned(page: int | None, state: str) -> str:
    """« ?page=2&q=bois »: a page of a document, and the state of the list from which one came."""
    parts = [f"page={page}"] if page else []
    query = "&".join([*parts, state] if state else parts)
    return f"?{query}" if query else ""


@register.filter
def first_sentence(text: str) -> str:
    """What a narrow column has room for; the whole is said where there is more."""
    return str(text).split(". ")[0].rstrip(".")


@register.filter
def spaced(text) -> str:
    """The spaces that French puts beside « : », « ? » and quotes, made such that no line breaks there."""
    return re.sub(r" (?=[:;?!»])|(?<=«) ", NO_BREAK, str(text))


TILES = {
    "pdf": ("pdf",),
    "picture": ("jpg", "jpeg", "png", "gif", "tif", "tiff", "webp", "heic", "bmp"),
    "sheet": ("xls", "xlsx", "ods", "csv"),
    "text": ("doc", "docx", "odt", "rtf", "txt"),
}


@register.simple_tag
def filetile(name: str) -> SafeString:
    """A small sheet of paper with the file's extension on it; screen readers have the name beside it."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    kind = next((kind for kind, extensions in TILES.items() if extension in extensions), "other")
    return format_html(
        '<span class="tile {}" aria-hidden="true">{}</span>', kind, extension[:4].upper() or "…"
    )
