"""The HTML of a mail made fit to be looked at: T45. What it would run, load, submit or hide is gone, links lead nowhere.

nh3 has the last word on what is clean, but it needs minutes for what is nested deeply enough (1 MB of `<div>`: 177 s).
So the markup is first written anew in one linear pass, whose output holds nothing but known tags with quoted attributes
and text. Of that, and not of what the mail holds, the depth can be counted, and what would cost too much is refused.
"""

import re
from collections import Counter
from html import unescape

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mailing.receiving.bodies import HIDDEN

MAX_LENGTH = 512 * 1024  # characters
MAX_DEPTH = 200  # of elements that nothing but their end tag closes
MAX_NODES = 200_000

# Content-Security-Policy of what is shown: an origin of its own, no script, no request (T45).
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATTING = _words("b big code em font i s small strike strong tt u")
# The next one of its kind, or the end of what is around it, closes these too: they do not pile up by themselves.
CLOSED_BY_OTHERS = _words("dd dt li p tbody td tfoot th thead tr")
EMPTY = _words("br hr")
OTHERS = _words(
    "abbr blockquote caption center cite del div dl h1 h2 h3 h4 h5 h6 ins kbd ol pre q span sub sup table ul"
)
TAGS = FORMATTING | CLOSED_BY_OTHERS | EMPTY | OTHERS
ATTRIBUTES = _words(
    "align bgcolor border cellpadding cellspacing color colspan dir height lang rowspan size start style title "
    "valign width"
)
# No property that takes a URL, and none that lays one thing over another.
STYLES = _words(
    "background-color border-collapse color font-family font-size font-style font-weight line-height margin-left "
    "padding text-align text-decoration vertical-align white-space"
)

TAG = re.compile(
    r"""<(?:(/?)([a-zA-Z][\w:.-]{0,30})(?=[\s/>])((?:"[^"<]*+"|'[^'<]*+'|[^"'<>])*+)|[!?][^<>]*+)>""",
    re.ASCII,
)
ATTRIBUTE = re.compile(r"""([a-zA-Z][a-zA-Z-]{0,30})\s{0,20}=\s{0,20}("[^"]*"|'[^']*'|[^\s"'`=<>]+)""")

BODY = "margin:14px;font:14.5px/1.45 'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere;background:#fff;color:#17202b"


class TooMuch(Exception):
    """The markup is too long, or nested too deeply, to be cleaned in reasonable time."""


def cleaned(markup: str) -> SafeString:
    """The HTML of a mail as a fragment that can be shown in a sandbox; TooMuch where it has to be told from its text.

    Pictures, scripts, styles, forms, frames and what stands in their place are gone; a link is its words, with its
    target as their title.
    """
    if len(markup) > MAX_LENGTH:
        raise TooMuch
    fragment = nh3.clean(
        rewritten(markup),
        tags=set(TAGS),
        attributes={"*": set(ATTRIBUTES)},
        filter_style_properties=set(STYLES),
        url_schemes=set(),
        link_rel=None,
    )
    return mark_safe(fragment)


def rewritten(markup: str) -> str:
    """`markup` with known tags alone, its attributes quoted, everything else that looks like a tag gone or text.

    Raises TooMuch. Every `<` of the result begins a tag that was counted, so that no parser can see more of them.
    """
    pieces: list[str] = []
    opened: Counter[str] = Counter()
    text = HIDDEN.sub(" ", markup.replace("\0", ""))
    end = depth = formats = nodes = 0
    for tag in TAG.finditer(text):
        pieces.append(escaped(text[end : tag.start()]))
        end = tag.end()
        name, is_end = (tag[2] or "").lower(), bool(tag[1])
        name = "span" if name == "a" else name
        if name not in TAGS or (is_end and not opened[name]):
            continue
        step = 0 if name in EMPTY else -1 if is_end else 1
        opened[name] += step
        depth += 0 if name in CLOSED_BY_OTHERS else step
        formats += step if name in FORMATTING else 0
        nodes += (
            1 + formats
        )  # a parser opens again, in each new paragraph, what was not closed in the last one
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise TooMuch
        pieces.append(f"</{name}>" if is_end else f"<{name}{attributes_of(tag)}>")
    return "".join([*pieces, escaped(text[end:])])


def escaped(text: str) -> str:
    """Text between tags: what is left of broken ones is text, entities stay what they are."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def attributes_of(tag: re.Match[str]) -> str:
    found = {name.lower(): value for name, value in ATTRIBUTE.findall(tag[3])}
    if tag[2].lower() == "a":
        found = {"title": found["href"]} if "href" in found else {}
    if re.search(r"\\|url\s*\(", unescape(found.get("style", "")), re.IGNORECASE):
        del found["style"]  # no property that is left would load it, but it is none of a letter's business
    kept = ((name, value) for name, value in found.items() if name in ATTRIBUTES)
    return "".join(f' {name}="{unquoted(value)}"' for name, value in kept)


def unquoted(value: str) -> str:
    return (value[1:-1] if value[0] in "\"'" else value).replace('"', "&quot;")


def document(title: str, *, fragment: str = "", text: str = "", says: str = "") -> SafeString:
    """A whole page for the sandbox: a sentence, then the cleaned fragment or a text."""
    sentence = format_html("<p><em>{}</em></p>", says) if says else ""
    body = format_html('<pre style="white-space:pre-wrap;font:inherit">{}</pre>', text) if text else fragment
    return format_html(
        '<!doctype html>\n<html lang="{}"><head><title>{}</title></head><body style="{}">{}{}</body></html>',
        get_language(),
        title or _("(sans objet)"),
        BODY,
        sentence,
        body,
    )


def page_of(subject: str, markup: str, text: str) -> SafeString:
    """What the frame shows of a mail: its HTML, or where that is too heavy or empty its text and a sentence."""
    if not markup:
        return document(
            subject, text=text, says=_("Ce mail n’a pas de version mise en forme ; voici son texte.")
        )
    try:
        return document(subject, fragment=cleaned(markup))
    except TooMuch:
        says = _(
            "La mise en forme de ce mail est trop lourde pour être montrée sans risque ; voici son texte."
        )
        return document(subject, text=text, says=says)
