"""Which DNS records a domain needs so that mail may leave from it, for each way out (`MAIL_OUT`): data and no network.

Brevo: https://help.brevo.com/hc/en-us/articles/17286219877778, https://developers.brevo.com/docs/domain-authentication-and-verification
Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify
Postmark: https://postmarkapp.com/blog/introducing-full-dmarc-support-with-custom
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mailing.models import CheckKind


@dataclass(frozen=True)
class Record:
    """A record to add. Where `is_exact` is false, `value` says where its value is to be read."""

    kind: str
    type: str
    name: str
    value: str
    is_exact: bool = True

    @property
    def is_named(self) -> bool:
        """Is its name known? Not where a person has to give the selector."""
        return not self.name.startswith("[")


@dataclass(frozen=True)
class Expected:
    """What the checks of `domain` look for.

    `spf_includes`: one of them, at any depth; () where any SPF record will do. `spf_alias`: a CNAME (name, target)
    that does instead. `dkim`: groups of names; all names of one group must hold a key.
    """

    domain: str
    spf_name: str
    spf_includes: tuple[str, ...]
    spf_alias: tuple[str, str] | None
    dkim: tuple[tuple[str, ...], ...]
    records: tuple[Record, ...]


BREVO_SPF = ("spf.brevo.com", "spf.sendinblue.com", "sendinblue.com")
MAILGUN_SPF = ("mailgun.org", "eu.mailgun.org")
POSTMARK_SPF = ("spf.mtasv.net",)
DMARC = "v=DMARC1; p=none"


def expected_of(
    domain: str,
    *,
    out: str,
    selector: str = "",
    mailgun_domain: str = "",
    smtp_host: str = "",
    provider_records: Sequence[Record] = (),
) -> Expected:
    """What `domain` needs where mail leaves by `out`.

    `selector` is the DKIM selector that a person gave; `provider_records` what the provider itself asks for, which
    goes before what is known here. `mailgun_domain` is MAILGUN_SENDER_DOMAIN, `smtp_host` the host of SMTP_URL.
    """
    given = ((f"{selector}._domainkey.{domain}",),) if selector else ()
    match out:
        case "brevo":
            expected = _brevo(domain, given)
        case "mailgun":
            inside = mailgun_domain == domain or mailgun_domain.endswith(f".{domain}")
            sending = mailgun_domain if inside else domain
            given = ((f"{selector}._domainkey.{sending}",),) if selector else ()
            expected = _mailgun(domain, sending, given)
        case "postmark":
            expected = _postmark(domain, given)
        case _:
            expected = _own_server(domain, given, smtp_host)
    return _with(expected, provider_records) if provider_records else expected


def _brevo(domain: str, given: tuple) -> Expected:
    dashed = domain.replace(".", "-")
    pair = tuple(f"brevo{number}._domainkey.{domain}" for number in (1, 2))
    keys = [
        Record(CheckKind.DKIM, "CNAME", name, f"b{number}.{dashed}.dkim.brevo.com")
        for number, name in enumerate(pair, 1)
    ]
    code = Record(
        CheckKind.DKIM,
        "TXT",
        domain,
        _("brevo-code:… – à lire chez Brevo, « Expéditeurs et domaines »"),
        False,
    )
    return Expected(
        domain,
        domain,
        BREVO_SPF,
        None,
        given or (pair, (f"mail._domainkey.{domain}",)),
        (
            _spf(domain, f"include:{BREVO_SPF[0]}"),
            *(_key(given, "Brevo") if given else keys),
            code,
            _dmarc(domain, f"{DMARC}; rua=mailto:rua@dmarc.brevo.com"),
        ),
    )


def _mailgun(domain: str, sending: str, given: tuple) -> Expected:
    pair = tuple(f"pdk{number}._domainkey.{sending}" for number in (1, 2))
    keys = [
        Record(CheckKind.DKIM, "CNAME", name, _("à lire chez Mailgun, « DNS records » du domaine"), False)
        for name in pair
    ]
    return Expected(
        domain,
        sending,
        MAILGUN_SPF,
        None,
        given or (pair,),
        (
            _spf(sending, f"include:{MAILGUN_SPF[0]}"),
            *(_key(given, "Mailgun") if given else keys),
            _dmarc(domain),
        ),
    )


def _postmark(domain: str, given: tuple) -> Expected:
    """The return path is a CNAME to Postmark's own, whose SPF passes; the selector is a date, so it must be given."""
    alias = (f"pm-bounces.{domain}", "pm.mtasv.net")
    key = _key(given or ((f"[date]pm._domainkey.{domain}",),), "Postmark")
    return Expected(
        domain,
        domain,
        POSTMARK_SPF,
        alias,
        given,
        (Record(CheckKind.SPF, "CNAME", *alias), *key, _dmarc(domain)),
    )


def _own_server(domain: str, given: tuple, smtp_host: str) -> Expected:
    server = f"a:{smtp_host}" if "." in smtp_host else "mx"
    key = _key(given or ((f"[sélecteur]._domainkey.{domain}",),), _("le serveur d’envoi"))
    return Expected(domain, domain, (), None, given, (_spf(domain, server), *key, _dmarc(domain)))


def _spf(name: str, term: str) -> Record:
    return Record(CheckKind.SPF, "TXT", name, f"v=spf1 {term} ~all")


def _key(groups: tuple, giver: str) -> list[Record]:
    value = _("v=DKIM1; k=rsa; p=… – la clé que donne %(giver)s") % {"giver": giver}
    return [Record(CheckKind.DKIM, "TXT", name, value, False) for group in groups for name in group]


def _dmarc(domain: str, value: str = DMARC) -> Record:
    return Record(CheckKind.DMARC, "TXT", f"_dmarc.{domain}", value)


def _with(expected: Expected, records: Sequence[Record]) -> Expected:
    """The same, with the provider's own records in the place of those of their kind."""
    kinds = {record.kind for record in records}
    keys = tuple(record.name for record in records if "._domainkey." in record.name)
    return Expected(
        expected.domain,
        expected.spf_name,
        expected.spf_includes,
        expected.spf_alias,
        (keys, *expected.dkim) if keys else expected.dkim,
        tuple(
            sorted(
                (*records, *(r for r in expected.records if r.kind not in kinds)),
                key=lambda record: CheckKind.values.index(record.kind),
            )
        ),
    )


def merged_spf(found: str, wanted: str) -> str:
    """The SPF record to publish where `found` is there already: one record, with the terms of `wanted` before its end.

    A domain may have one SPF record alone (RFC 7208, 3.2), so what is missing is added to it.
    """
    terms = found.split()
    missing = [term for term in wanted.split()[1:-1] if term.lower() not in map(str.lower, terms)]
    ends = [
        number
        for number, term in enumerate(terms)
        if term.lower().lstrip("+-~?") == "all" or term.lower().startswith("redirect=")
    ]
    at = ends[0] if ends else len(terms)
    return " ".join((*terms[:at], *missing, *terms[at:]))
