"""Questions to DNS. An answer « there is none » is an answer; silence, SERVFAIL and refusals are not (D-32)."""

from collections.abc import Sequence
from time import monotonic
from typing import Protocol

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings
from django.utils.module_loading import import_string

QUESTION_SECONDS = 4.0
ALL_SECONDS = 25.0  # for one domain: what is not answered then is not known
MOST_RECORDS, LONGEST_RECORD = 50, 4096

MALFORMED = (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError)


class Silence(Exception):
    """DNS did not answer."""


class Resolver(Protocol):
    """What a check asks. Both raise Silence where DNS did not answer."""

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records at `name`, aliases followed; () where there is none."""

    def alias(self, name: str) -> str:
        """Where the CNAME at `name` leads, in lower case without the final dot; "" where there is none."""


class SystemResolver:
    """The machine's own name servers, or `nameservers` at `port`. One instance serves one check of one domain."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53, seconds: float = ALL_SECONDS):
        self.nameservers, self.port = list(nameservers), port
        self.until = monotonic() + seconds

    def txt(self, name: str) -> tuple[str, ...]:
        found = self._ask(name, "TXT")
        joined = (b"".join(record.strings).replace(b"\0", b"?") for record in found)  # PostgreSQL refuses NUL
        texts = (text.decode("utf-8", "replace") for text in joined)
        return tuple(text[:LONGEST_RECORD] for text in texts)

    def alias(self, name: str) -> str:
        found = self._ask(name, "CNAME")
        return str(found[0].target).rstrip(".").lower() if found else ""

    def _ask(self, name: str, kind: str) -> list:
        left = self.until - monotonic()
        if left <= 0:
            raise Silence(name)
        try:
            answer = self._resolver().resolve(name, kind, search=False, lifetime=min(QUESTION_SECONDS, left))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, *MALFORMED):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Silence(name) from error
        return list(answer)[:MOST_RECORDS]

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.nameservers)
        if self.nameservers:
            resolver.nameservers, resolver.port = self.nameservers, self.port
        resolver.timeout = QUESTION_SECONDS / 2  # a lost packet is asked once more
        return resolver


def resolver() -> Resolver:
    """The resolver that `settings.DNS_RESOLVER` names, made anew."""
    return import_string(settings.DNS_RESOLVER)()


class Looked:
    """What was asked through a resolver, each question once; None where there was no answer."""

    def __init__(self, resolver: Resolver):
        self.resolver = resolver
        self.texts: dict[str, tuple[str, ...] | None] = {}
        self.aliases: dict[str, str | None] = {}

    def txt(self, name: str) -> tuple[str, ...] | None:
        if name not in self.texts:
            try:
                self.texts[name] = self.resolver.txt(name)
            except Silence:
                self.texts[name] = None
        return self.texts[name]

    def alias(self, name: str) -> str | None:
        if name not in self.aliases:
            try:
                self.aliases[name] = self.resolver.alias(name)
            except Silence:
                self.aliases[name] = None
        return self.aliases[name]
