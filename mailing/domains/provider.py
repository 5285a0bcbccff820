"""What the provider itself says of a domain: is it authenticated there, and which records does it ask for (D-32)?

Brevo and Mailgun answer with the key that sends; Postmark only with a key of the account, which the portal has not.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import requests
from django.conf import settings

from mailing.domains.expected import Record
from mailing.models import CheckKind

logger = logging.getLogger(__name__)

SECONDS = (4, 8)  # to connect, to answer
LONGEST_VALUE, MOST_RECORDS = 1000, 12


@dataclass(frozen=True)
class Word:
    vouches: bool
    records: tuple[Record, ...]


UNHEARD_OF = Word(False, ())  # the provider does not know the domain


def ask(domain: str) -> Word | None:
    """The provider's word on `domain`; None where it was not heard, or is not one that can be asked."""
    asked = {"brevo": ask_brevo, "mailgun": ask_mailgun}.get(settings.MAIL_OUT)
    try:
        return asked(domain) if asked else None
    except Exception as error:  # a provider that is down or talks nonsense has said nothing
        logger.warning("%s was not heard about %s: %s", settings.MAIL_OUT, domain, type(error).__name__)
        return None


def ask_brevo(domain: str) -> Word | None:
    """https://developers.brevo.com/reference/get-domain-configuration"""
    base = settings.ANYMAIL.get("BREVO_API_URL", "https://api.brevo.com/v3/").rstrip("/")
    said = get(
        f"{base}/senders/domains/{quote(domain, safe='')}", {"api-key": settings.ANYMAIL["BREVO_API_KEY"]}
    )
    if said is None:
        return UNHEARD_OF
    records = said.get("dns_records") or {}
    kinds = {"dkim": CheckKind.DKIM, "brevo": CheckKind.DKIM, "dmarc": CheckKind.DMARC}
    return Word(
        said["authenticated"] is True,
        tuple(
            Record(kind, row["type"], whole_name(row["host_name"], domain), row["value"])
            for key, row in sorted(records.items())
            if (kind := next((kinds[start] for start in kinds if key.startswith(start)), None))
            if is_record(row, "host_name", "type")
        )[:MOST_RECORDS],
    )


def ask_mailgun(domain: str) -> Word | None:
    """https://documentation.mailgun.com/docs/mailgun/api-reference/openapi-final/tag/Domains/"""
    base = settings.ANYMAIL.get("MAILGUN_API_URL", "https://api.mailgun.net/v3").rstrip("/")
    base = base.removesuffix("/v3") + "/v4"
    sending = settings.ANYMAIL["MAILGUN_SENDER_DOMAIN"] or domain
    if sending != domain and not sending.endswith(f".{domain}"):
        return None
    said = get(
        f"{base}/domains/{quote(sending, safe='')}", None, ("api", settings.ANYMAIL["MAILGUN_API_KEY"])
    )
    if said is None:
        return UNHEARD_OF
    rows = [row for row in said["sending_dns_records"] if is_record(row, "name", "record_type")]
    return Word(said["domain"]["state"] == "active", tuple(of_mailgun(rows, sending))[:MOST_RECORDS])


def of_mailgun(rows: list[dict], sending: str) -> Iterator[Record]:
    for row in rows:
        if "._domainkey." in row["name"]:
            yield Record(CheckKind.DKIM, row["record_type"], row["name"].rstrip("."), row["value"])
        elif row["value"].startswith("v=spf1"):
            yield Record(CheckKind.SPF, "TXT", sending, row["value"])


def get(url: str, headers: dict | None, auth: tuple[str, str] | None = None) -> dict | None:
    """The JSON object at `url`; None where the provider does not know it. Errors: requests' own, ValueError."""
    answer = requests.get(url, headers=headers, auth=auth, timeout=SECONDS, allow_redirects=False)
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    said = answer.json()
    if answer.status_code != 200 or not isinstance(said, dict):
        raise ValueError("no object")
    return said


def is_record(row: object, name: str, kind: str) -> bool:
    return (
        isinstance(row, dict)
        and row.get(kind) in ("TXT", "CNAME")
        and all(isinstance(row.get(key), str) for key in (name, "value"))
        and 0 < len(row["value"]) <= LONGEST_VALUE
        and "\0" not in row["value"] + row[name]
    )


def whole_name(host: str, domain: str) -> str:
    """`@`, `mail._domainkey` or `mail._domainkey.` of a domain, as the name that is asked for."""
    host = host.rstrip(".").removesuffix(domain).rstrip(".")
    return domain if host in ("@", "") else f"{host}.{domain}"
