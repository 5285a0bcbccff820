"""From DNS records to verdicts, each with its reason in French: no network, no clock.

`Records` is what DNS answered. Wrong or missing is « non »; « inconnu » is only where DNS was silent (D-32).
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext as _

from mailing.domains.expected import Expected
from mailing.models import Answer, CheckKind

MAX_LOOKUPS = 10  # RFC 7208, 4.6.4
LOOKED_UP = ("include", "a", "mx", "ptr", "exists", "redirect")
SHORTEST_RSA = 128  # bytes of a public key; one of 1024 bits has 162
POLICIES = ("none", "quarantine", "reject")


class Records(Protocol):
    """The answers of DNS, None where there was none: `resolving.Looked`, or a test's table."""

    def txt(self, name: str) -> tuple[str, ...] | None: ...
    def alias(self, name: str) -> str | None: ...


@dataclass(frozen=True)
class Finding:
    """The verdict of one check: what was found is a list of (type, name, value)."""

    kind: CheckKind
    answer: Answer
    reason: str
    found: tuple[tuple[str, str, str], ...] = ()


def judge(expected: Expected, records: Records) -> tuple[Finding, Finding, Finding]:
    """SPF, DKIM and DMARC of `expected.domain`, as DNS has them."""
    return judge_spf(expected, records), judge_dkim(expected, records), judge_dmarc(expected, records)


# SPF (RFC 7208)


@dataclass
class Walk:
    """What reading a record and those that it includes has met."""

    lookups: int = 0
    names: set[str] = field(default_factory=set)
    empty: list[str] = field(default_factory=list)
    silent: bool = False


def spf_records(texts: tuple[str, ...]) -> list[str]:
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def terms_of(record: str) -> Iterator[tuple[str, str]]:
    """(name, argument) of each term: `include:x` is ("include", "x"), `redirect=x` ("redirect", "x")."""
    for term in record.split()[1:]:
        bare = term.lower().lstrip("+-~?")
        for mark in ("=", ":", "/"):
            if mark in bare:
                name, _mark, argument = bare.partition(mark)
                if name.isalpha():
                    yield name, argument.rstrip(".")
                    break
        else:
            yield bare, ""


def walk_spf(name: str, records: Records, walk: Walk) -> None:
    """Read the SPF record of `name` and of what it includes; stop where the ten lookups are used up."""
    texts = records.txt(name)
    if texts is None:
        walk.silent = True
        return
    found = spf_records(texts)
    if len(found) != 1:
        walk.empty.append(name)
        return
    for term, argument in terms_of(found[0]):
        if term in LOOKED_UP:
            walk.lookups += 1
        if walk.lookups > MAX_LOOKUPS:
            return
        if term in ("include", "redirect") and argument and "%" not in argument:
            walk.names.add(argument)
            walk_spf(argument, records, walk)


def judge_spf(expected: Expected, records: Records) -> Finding:
    """One record, readable within ten lookups, that names whoever sends; or the alias that does instead."""
    alias_silent = False
    if expected.spf_alias:
        host, target = expected.spf_alias
        leads_to = records.alias(host)
        alias_silent = leads_to is None
        if leads_to == target:
            return _spf(Answer.YES, _("le chemin de retour mène au prestataire"), [("CNAME", host, target)])
    texts = records.txt(expected.spf_name)
    if texts is None:
        return _spf(Answer.UNKNOWN, _("le DNS n’a pas répondu"))
    own = spf_records(texts)
    found = [("TXT", expected.spf_name, record) for record in own]
    answer, reason = _spf_verdict(expected, records, own)
    if answer is Answer.NO and alias_silent:
        answer, reason = Answer.UNKNOWN, _("le DNS n’a pas répondu")
    return _spf(answer, reason, found)


def _spf(answer: Answer, reason: str, found: list | tuple = ()) -> Finding:
    return Finding(CheckKind.SPF, answer, reason, tuple(found))


def _spf_verdict(expected: Expected, records: Records, own: list[str]) -> tuple[Answer, str]:
    if not own:
        return Answer.NO, _("aucun enregistrement SPF")
    if len(own) > 1:
        return Answer.NO, _("plusieurs enregistrements SPF : un seul est permis, il faut les réunir")
    walk = Walk()
    walk_spf(expected.spf_name, records, walk)
    if walk.lookups > MAX_LOOKUPS:
        return Answer.NO, _("plus de dix recherches DNS : les destinataires cessent de lire l’enregistrement")
    if walk.empty:
        return Answer.NO, _("« %(name)s » est inclus, mais n’a pas d’enregistrement SPF lisible") % {
            "name": walk.empty[0][:100]
        }
    wanted = expected.spf_includes
    if wanted and not walk.names.intersection(wanted) and not walk.silent:
        return Answer.NO, _("« include:%(name)s » manque") % {"name": wanted[0]}
    if walk.silent:
        return Answer.UNKNOWN, _("le DNS n’a pas répondu pour tous les enregistrements inclus")
    return Answer.YES, _("l’enregistrement est en ordre")


# DKIM (RFC 6376)


def tags_of(record: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record, spaces taken out of the values."""
    pairs = (tag.partition("=") for tag in record.split(";") if "=" in tag)
    return {name.strip().lower(): "".join(value.split()) for name, _mark, value in reversed(list(pairs))}


def key_problem(texts: tuple[str, ...]) -> str:
    """What is wrong with the key at a selector; "" where it is in order."""
    keys = [tags for tags in map(tags_of, texts) if "p" in tags]
    if not keys:
        return _("aucune clé")
    if len(keys) > 1:
        return _("plusieurs clés au même nom")
    tags = keys[0]
    if tags.get("v", "DKIM1") != "DKIM1":
        return _("la clé n’est pas une clé DKIM")
    if not tags["p"]:
        return _("la clé est révoquée")
    try:
        key = base64.b64decode(tags["p"], validate=True)
    except (binascii.Error, ValueError):
        return _("la clé est illisible, sans doute coupée")
    if tags.get("k", "rsa").lower() == "rsa" and len(key) < SHORTEST_RSA:
        return _("la clé est trop courte, ou coupée")
    return ""


def judge_dkim(expected: Expected, records: Records) -> Finding:
    """A group of names all of which hold a key; the first group's trouble is what is told."""
    if not expected.dkim:
        return Finding(CheckKind.DKIM, Answer.NO, _("le sélecteur DKIM n’est pas indiqué"))
    found, told, is_open = [], "", False
    for group in expected.dkim:
        problems = {}
        for name in group:
            texts = records.txt(name)
            if alias := records.alias(name):
                found.append(("CNAME", name, alias))
            found += [("TXT", name, text) for text in texts or () if "p" in tags_of(text)]
            problems[name] = None if texts is None else key_problem(texts)
        if not any(problem != "" for problem in problems.values()):
            return Finding(CheckKind.DKIM, Answer.YES, _("la clé est en place"), tuple(found))
        wrong = {name: problem for name, problem in problems.items() if problem}
        is_open = is_open or not wrong
        told = told or "; ".join(f"{name} : {problem}" for name, problem in wrong.items())
    if is_open:
        return Finding(CheckKind.DKIM, Answer.UNKNOWN, _("le DNS n’a pas répondu"), tuple(found))
    return Finding(CheckKind.DKIM, Answer.NO, told, tuple(found))


# DMARC (RFC 7489)


def policy_places(domain: str) -> list[str]:
    """Where the policy of `domain` may stand: at the domain, then at those that it is part of."""
    labels = domain.split(".")
    return [f"_dmarc.{'.'.join(labels[start:])}" for start in range(max(len(labels) - 1, 1))]


def judge_dmarc(expected: Expected, records: Records) -> Finding:
    for name in policy_places(expected.domain):
        texts = records.txt(name)
        if texts is None:
            return Finding(CheckKind.DMARC, Answer.UNKNOWN, _("le DNS n’a pas répondu"))
        own = [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]
        found = tuple(("TXT", name, text) for text in own)
        if len(own) > 1:
            reason = _("plusieurs enregistrements DMARC : un seul est permis")
            return Finding(CheckKind.DMARC, Answer.NO, reason, found)
        if own:
            tags = tags_of(own[0])
            if tags.get("p", "none" if "rua" in tags else "").lower() not in POLICIES:
                return Finding(CheckKind.DMARC, Answer.NO, _("la politique « p= » est illisible"), found)
            return Finding(CheckKind.DMARC, Answer.YES, _("la politique est en place"), found)
    return Finding(CheckKind.DMARC, Answer.NO, _("aucun enregistrement DMARC"))
