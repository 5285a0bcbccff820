"""Who a mail says it is from: one address that can be trusted to be what the mail says, or none.

A sender decides what is filed, so a doubt is answered by « inconnu » and a reason, never by a guess. The raw
From field is read here by a grammar that knows one form only, then compared with what an independent parser
understands (quality.md, fact 1; T02 to T09). Reply-To, Sender and Resent-From are never looked at (T05).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna
from fast_mail_parser import ParseError, parse_email

from .headers import decode_words, end_of_headers, fields, one_line

MAX_FROM = 2000
MAX_HEADERS = 256 * 1024
MAX_ADDRESS = 254
LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}

ATOM = r"[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"\s]"
LOCAL = rf'(?:{ATOM}+|"[^"\\\x00-\x1f\x7f]+")'
ADDRESS = re.compile(rf"({LOCAL})@({ATOM}+)")
COMMENT = r"(?:\s*\([^()\\]*\))?"
BARE = re.compile(rf"\s*({LOCAL}@{ATOM}+){COMMENT}\s*")
ANGLED = re.compile(rf"\s*<\s*({LOCAL}@{ATOM}+)\s*>{COMMENT}\s*")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
ASCII_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)

# Letters of other scripts that look like ASCII ones: enough to warn a person, never to compare.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏвкмнтгпьԛԝοανιρτυκχεµıɡɑℓ",
    "aeopcyxijsdhlbkmhtrnbqwoavlptukxeuigal",
)


@dataclass(frozen=True)
class Sender:
    """The sender of a mail. `address` is "" where none can be trusted; `reason` says why, in French."""

    address: str
    display_name: str
    as_received: str
    reason: str


def clean_address(text: str) -> str | None:
    """One strict addr-spec in the form that addresses are compared in (T06, D-02), or None.

    ASCII letters are lower-cased, the domain is given in its IDNA form (RFC 5891). Nothing else is changed:
    a look-alike letter of another script stays what it is and is never equal to an ASCII one (T07).
    """
    if not isinstance(text, str) or not 3 <= len(text) <= MAX_ADDRESS:
        return None
    match = ADDRESS.fullmatch(text)
    if match is None:
        return None
    domain = _domain(match[2])
    return f"{in_lower_case(match[1])}@{domain}" if domain else None


def in_lower_case(address: str) -> str:
    """An address as received with its ASCII letters in lower case, for showing."""
    return address.translate(LOWER)


def _domain(text: str) -> str | None:
    if text.isascii():
        domain = text.lower()
    else:
        # A form that only compatibility rules make equal to another name is a disguise (full-width, Kelvin).
        if unicodedata.normalize("NFKC", text) != text:
            return None
        try:
            domain = idna.encode(text.translate(LOWER).lower(), strict=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    return domain if ASCII_DOMAIN.fullmatch(domain) else None


def looks_like(address: str) -> str:
    """The ASCII address that a person could take this one for, "" where there is no such risk (T07)."""
    local, _, domain = address.rpartition("@")
    try:
        domain = idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return ""
    shown = f"{local}@{domain}"
    folded = unicodedata.normalize("NFKC", shown).translate(LOWER).translate(LOOKALIKES)
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return bare if not shown.isascii() and bare.isascii() else ""


def identify(raw_header_block: bytes) -> Sender:
    """The sender of a mail from its raw headers (the whole mail may be given; the body is not read).

    Never raises, and takes well under a second whatever it is given (T09).
    """
    block = raw_header_block[
        : end_of_headers(raw_header_block, 0, min(len(raw_header_block), MAX_HEADERS))[0]
    ]
    found = [(name, value) for name, value in fields(block) if name.strip().lower() == "from"]
    if len(found) != 1:
        shown = one_line(", ".join(_text(value)[:200] for _, value in found[:3]))
        return _unknown(shown, "aucun champ From" if not found else "plusieurs champs From")
    name, value = found[0]
    if len(value) > MAX_FROM:
        return _unknown(one_line(_text(value[:200])), "champ From démesuré")
    display, spec, doubt = _read(_text(value))
    doubt = doubt or _doubt_about_block(name, block)
    if doubt:
        return _unknown(one_line(_text(value)), doubt)
    return _compared(block, display, spec)


def _unknown(received: str, reason: str, display: str = "") -> Sender:
    return Sender("", display, received, f"Expéditeur non reconnu : {reason}.")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _doubt_about_block(name: str, block: bytes) -> str:
    if name != name.strip():
        return "espace avant les deux-points de From"
    if re.search(rb"\r(?!\n|\Z)", block):
        return "retour chariot isolé dans les en-têtes"
    return ""


def _read(text: str) -> tuple[str, str, str]:
    """One From value as (display name, addr-spec, "") or ("", "", the French reason why it is in doubt)."""
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        return "", "", "caractère de contrôle dans From"
    if bare := BARE.fullmatch(text):
        comment = re.search(r"\(([^()]*)\)\s*$", text)
        return (comment[1] if comment else ""), bare[1], _doubt_about_spec(bare[1])
    # What quotes and encoded words hold is a name, whatever it looks like.
    plain = WORD.sub(lambda word: "w" * len(word[0]), QUOTED.sub(lambda q: "q" * len(q[0]), text))
    place = plain.find("<")
    if place < 0 or plain.count("<") > 1:
        return "", "", _shape(plain)
    if not (angled := ANGLED.fullmatch(text, place)) or re.search(r"[,;:>\[\]\"\\]", plain[:place]):
        return "", "", _shape(plain)
    return text[:place], angled[1], _doubt_about_spec(angled[1])


def _shape(plain: str) -> str:
    """What is wrong with a From that does not have the one form."""
    if re.search(r"<\s*@[^>]*:", plain):
        return "adresse avec route (source route)"
    if "," in plain or plain.count("@") > 1 and (plain.count("<") > 1 or "<" not in plain):
        return "plusieurs adresses dans From"
    if ":" in plain or ";" in plain:
        return "syntaxe de groupe dans From"
    if "@" not in plain:
        return "aucune adresse dans From"
    return "champ From mal formé"


def _doubt_about_spec(spec: str) -> str:
    if "=?" in spec:
        return "adresse codée dans From"
    return "" if clean_address(spec) else "adresse invalide dans From"


def _compared(block: bytes, display: str, spec: str) -> Sender:
    """The sender where a second, independent parser reads the same address; unknown where it does not."""
    name = _shown(display)
    try:
        # Its decoding of encoded words is quadratic, and no address holds one.
        mail = parse_email(block.replace(b"=?", b"~~") + b"\r\n\r\n", mode="metadata")
        theirs = mail.from_.address if mail.from_ else ""
    except (ParseError, ValueError):
        return _unknown(one_line(spec), "un second lecteur refuse ces en-têtes", name)
    address = clean_address(spec)
    if address is None or clean_address(theirs) != address:
        return _unknown(one_line(spec), "deux lecteurs y lisent des adresses différentes", name)
    return Sender(address, name, spec, "Une seule adresse, lue de même par deux lecteurs.")


def _shown(display: str) -> str:
    """A display name for people: decoded, without quotes, controls, or characters that hide or turn text."""
    text = decode_words(re.sub(r"\\(.)", r"\1", display.strip().removeprefix('"').removesuffix('"')))
    return one_line("".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co")))[:200]
