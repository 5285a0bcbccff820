"""Words found whatever their case and accents, alike on SQLite and on PostgreSQL.

Nothing is stored or installed for it: no folded column, no function of ours in the database, no extension. It is the
typed word that is spread out, into a pattern whose letters stand for all their forms (« e » is `[eEéÉèÈ…]`), and both
databases know patterns. Folding every row instead costs fifteen times more on PostgreSQL, three times on SQLite.

What it does not do: no index helps, so each row in scope is read until the page is full (100,000 rows of two columns in
0.3 s on PostgreSQL, 1.3 s on SQLite). That suits the lists of a company and of a firm; `documents/search/` is for more.
It knows the Latin letters; other alphabets are found by case only. « œ » is found by « oe » as a whole, not by its « o ».
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from portal.listing.orders import fields_of

LONGEST = 100  # characters of a query, and words: what a person types, and a bound on what it costs
MOST_WORDS = 8

LATIN = (*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00))
STROKES = {"o": "øØ", "l": "łŁ", "d": "đĐ"}  # letters that Unicode does not take apart
LIGATURES = {"oe": "œŒ", "ae": "æÆ", "ss": "ßẞ"}
MARKS = "[\u0300-\u036f]*"  # an accent may also stand after its letter, as in names of files from a Mac
SIGNS = {"'": "'’‘ʼ", "-": "-‐‑–—"}


def _forms() -> dict[str, str]:
    forms: defaultdict[str, str] = defaultdict(str)
    for code in LATIN:
        letter = unicodedata.normalize("NFD", chr(code))[0].lower()
        if letter.isascii():
            forms[letter] += chr(code)
    for letter, others in STROKES.items():
        forms[letter] += others
    return dict(forms)


FORMS = _forms()
PLAIN = str.maketrans(
    {form: plain for plain, forms in (*LIGATURES.items(), *STROKES.items(), *SIGNS.items()) for form in forms}
)


def fold(text: str) -> str:
    """`text` in small letters without accents: « L’ÉNERGIE » is « l'energie », « Œuvre » is « oeuvre »."""
    decomposed = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def pattern(word: str) -> str:
    """A regular expression, understood by Python and by PostgreSQL, for `word` in any case and with any accents.

    All that is no letter stands for itself: `%`, `_`, `.`, `*` and `\\` are what people typed.
    """
    return "".join(_piece(part) for part in re.findall("oe|ae|ss|.", fold(word), re.DOTALL))


def _piece(part: str) -> str:
    if part in LIGATURES:
        return f"(?:{_piece(part[0])}{_piece(part[1])}|[{LIGATURES[part]}])"
    if part in FORMS:
        return f"[{FORMS[part]}]{MARKS}"
    if part in SIGNS:
        return f"[{SIGNS[part]}]"
    if part.isalnum():
        return f"[{part}{part.upper()}]" if len(part.upper()) == 1 else part
    return f"\\{part}" if part.isascii() and part != "_" else part


def typed(text: str) -> str:
    """What a person typed, made fit for a database (PostgreSQL refuses NUL), and not longer than a query should be."""
    return text.replace("\0", "").strip()[:LONGEST]


def matching(query: str, paths: Iterable[str], queryset: QuerySet) -> Q:
    """Rows of `queryset` of which each word of `query` stands in one of `paths`, whole or as part of a word.

    A path leads to a text of the row, of what it points to, or of any of several rows that point to it (the names of a
    mail's files); none of them shows a row twice.
    """
    found = Q()
    for form in filter(None, map(pattern, query.split()[:MOST_WORDS])):
        found &= Q(*(_holding(form, path, queryset) for path in paths), _connector=Q.OR)
    return found


def _holding(form: str, path: str, queryset: QuerySet) -> Q:
    condition = Q((f"{path}__regex", form))
    if any(field.one_to_many or field.many_to_many for field in fields_of(queryset, path)):
        return Q(pk__in=queryset.filter(condition).order_by().values("pk"))
    return condition
