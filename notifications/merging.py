"""A firm's own texts with their fields: `#société#` and the like, a closed list (D-45). Pure: no query, no clock.

A text of a user is never a template of Django (T52). Fields are replaced in one pass over the text, so that a value
which itself looks like a field, a link or HTML stays what it is: characters.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from mailing.receiving.headers import one_line
from notifications.models.template import Reader, TemplateKind

LINK = "lien"
DOCUMENT = "document"
COMMON = (LINK, "société", "domaine", "dossier", "date", "cabinet", "gestionnaire", "identifiant")
OF_EMPLOYEES = ("nom", "prénom", "matricule", "email", "adresse")
ABOUT_DOCUMENTS = (
    TemplateKind.DOCUMENT,
    TemplateKind.TO_SIGN,
    TemplateKind.QUOTE,
    TemplateKind.INVOICE,
    TemplateKind.PAYSLIP,
    TemplateKind.SEVERAL,
    TemplateKind.DUNNING,
)
MEANINGS = {
    DOCUMENT: _l("le nom du document, ou les noms de plusieurs"),
    LINK: _l("le lien par lequel la personne entre ; seul sur sa ligne, il devient un bouton"),
    "société": _l("le nom de l’entreprise"),
    "domaine": _l("l’adresse du portail"),
    "dossier": _l("le code de l’entreprise"),
    "date": _l("la date du jour"),
    "cabinet": _l("le nom du cabinet"),
    "gestionnaire": _l("le gestionnaire de l’entreprise, sinon le cabinet"),
    "identifiant": _l("l’identifiant de la personne sur le portail"),
    "nom": _l("le nom du salarié"),
    "prénom": _l("le prénom du salarié"),
    "matricule": _l("le matricule du salarié"),
    "email": _l("l’adresse e-mail de la fiche du salarié"),
    "adresse": _l("l’adresse postale du salarié"),
}
FIELD = re.compile(r"#([^\W\d_]{1,30})#")
LOOSE = re.compile(r"#[ \t]*([^\W\d_]{1,30})|([^\W\d_]{1,30})[ \t]*#")
MOST_NAMED = 5  # mistakes said at once


@dataclass(frozen=True)
class Text:
    """A subject and a body with fields: a firm's, or the portal's."""

    subject: str
    body: str


@dataclass(frozen=True)
class Block:
    """A paragraph as safe HTML; `is_link` where it holds the link alone, which is shown as a button."""

    html: SafeString
    is_link: bool = False


@dataclass(frozen=True)
class Merged:
    """What a mail is written from: one line, plain text, and HTML by paragraphs."""

    subject: str
    text: str
    blocks: tuple[Block, ...]


def key_of(name: str) -> str:
    """How a field is recognised: `#Société#` and `#societe#` are the same one."""
    bare = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def fields_of(reader: Reader, kind: TemplateKind) -> tuple[str, ...]:
    """The names of the fields that a text of `kind` for `reader` may use, in the order in which they are offered."""
    about = (DOCUMENT,) if kind in ABOUT_DOCUMENTS else ()
    return (*about, *COMMON, *(OF_EMPLOYEES if reader is Reader.EMPLOYEE else ()))


def check(subject: str, body: str, reader: Reader, kind: TemplateKind) -> None:
    """Refuse a text whose fields are unknown, malformed or misplaced (D-45).

    Raises ValidationError, in French, with the mistakes of `subject` and of `body` under these names.
    """
    known = fields_of(reader, kind)
    wrong = {"subject": [*mistakes(subject, known)], "body": [*mistakes(body, known)]}
    if key_of(LINK) in used(subject):
        wrong["subject"].append(_("#lien# a sa place dans le texte, pas dans l’objet."))
    if key_of(LINK) not in used(body):
        wrong["body"].append(_("Le texte a besoin de #lien#, par lequel la personne entre."))
    if found := {name: said[:MOST_NAMED] for name, said in wrong.items() if said}:
        raise ValidationError(found)


def used(text: str) -> set[str]:
    """The keys of the fields in `text`."""
    return {key_of(name) for name in FIELD.findall(unicodedata.normalize("NFC", text))}


def mistakes(text: str, known: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the fields of `text`, in French; a « # » that is near no field's name is only a sign."""
    text = unicodedata.normalize("NFC", text)
    keys = {key_of(name) for name in known}
    offered = ", ".join(f"#{name}#" for name in known)
    for name in dict.fromkeys(FIELD.findall(text)):
        if key_of(name) not in keys:
            yield _("#%(name)s# n’est pas un champ de ce modèle. Champs possibles : %(fields)s.") % {
                "name": name,
                "fields": offered,
            }
    for before, after in dict.fromkeys(LOOSE.findall(FIELD.sub("\n", text))):
        if key_of(before or after) in keys:
            yield _("Le champ « %(name)s » s’écrit entre deux dièses, sans espace : #%(name)s#.") % {
                "name": before or after
            }


def merge(text: Text, values: Mapping[str, str], *, link: str, is_followable: bool = True) -> Merged:
    """`text` with `values`, by field name, and with `link` where it says `#lien#`.

    A value is one line of characters: escaped in the HTML, looked at once. The subject is one line and never holds the
    link; a field without a value leaves nothing behind. Where the link is not `is_followable` it is words: what a copy
    says in its place (D-07).
    """
    keyed = {key_of(name): one_line(value) for name, value in values.items() if key_of(name) != LINK}
    plain = {**keyed, LINK: link}
    body = tidy(text.body)
    return Merged(
        subject=one_line("".join(replaced(text.subject, keyed))),
        text="".join(replaced(body, plain)),
        blocks=tuple(blocks_of(body, keyed, link, is_followable)),
    )


def tidy(body: str) -> str:
    """Its lines as the portal counts them: NFC, without NUL and other controls, whatever ended a line before."""
    lines = unicodedata.normalize("NFC", body).splitlines()
    return "\n".join(one_line(line) for line in lines).strip()


def replaced(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """The pieces of `text` in one pass, each field's value in its place."""
    for number, piece in enumerate(FIELD.split(unicodedata.normalize("NFC", text))):
        yield values.get(key_of(piece), "") if number % 2 else piece


def blocks_of(body: str, values: Mapping[str, str], link: str, is_followable: bool) -> Iterator[Block]:
    """The paragraphs of `body` as HTML, in which only the portal's own markup is markup."""
    html: dict[str, str] = {key: escape(value) for key, value in values.items()}
    html[LINK] = format_html('<a href="{}">{}</a>', link, link) if is_followable else escape(link)
    for paragraph in re.split(r"\n{2,}", body):
        alone = FIELD.fullmatch(paragraph)
        if alone and key_of(alone[1]) == LINK:
            yield Block(mark_safe(html[LINK]), is_link=is_followable)
            continue
        pieces = FIELD.split(paragraph)
        joined = "".join(
            html.get(key_of(piece), "") if number % 2 else escape(piece)
            for number, piece in enumerate(pieces)
        )
        if joined.strip():
            yield Block(mark_safe(joined.replace("\n", "<br>\n")))
