"""Addresses that only the portal can have made, derived from a mail's key and kept nowhere (D-30b, D-35, T18).

    rebond+<token>@         the return path of a mail sent by SMTP: whoever holds it speaks of this mail
    /desabonnement/<token>  the one click of RFC 8058

A token is the mail's key and 128 bits of its HMAC for one purpose, in letters that survive a server which lower-cases.
"""

import binascii
import uuid
from base64 import b32decode, b32encode

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from mailing.kinds import Chain
from mailing.models import OutgoingMail

RETURN_PATH = "rebond+"
RETURNED, UNSUBSCRIBE = "mailing.tracking.returned", "mailing.tracking.unsubscribe"
KEY_LETTERS = SIGNATURE_LETTERS = (
    26  # 16 bytes each: the local part stays below 64 characters (RFC 5321, 4.5.3.1.1)
)


def return_path(mail: OutgoingMail) -> str:
    """Where reports about `mail` go: its own address at the firm's deposit domain.

    A report may return the mail, and its personal link with it: nobody of the firm is to read those of security mails.
    """
    of_firm = mail.firm is not None and mail.kind_of.chain is not Chain.DEPLOYMENT
    domain = mail.firm.deposit_domain if mail.firm and of_firm else settings.DEPOSIT_DOMAIN
    return f"{RETURN_PATH}{_token(mail.key, RETURNED)}@{domain}"


def key_of_return_path(address: str) -> uuid.UUID | None:
    """The key of the mail whose return path `address` is; None for one that the portal did not make."""
    local = address.rpartition("@")[0].lower()
    return _key(local.removeprefix(RETURN_PATH), RETURNED) if local.startswith(RETURN_PATH) else None


def unsubscribe_url(mail: OutgoingMail) -> str:
    """Where the recipient of `mail` says that no optional notice is wanted any more."""
    return settings.SITE_URL + reverse("mailing:unsubscribe", args=[_token(mail.key, UNSUBSCRIBE)])


def key_to_unsubscribe(token: str) -> uuid.UUID | None:
    """The key of the mail in which `token` was given; None for one that the portal did not make."""
    return _key(token, UNSUBSCRIBE)


def _token(key: uuid.UUID, purpose: str, secret: str | None = None) -> str:
    signature = salted_hmac(purpose, key.bytes, secret=secret, algorithm="sha256").digest()[:16]
    return _letters(key.bytes) + _letters(signature)


def _letters(content: bytes) -> str:
    return b32encode(content).decode().rstrip("=").lower()


def _key(token: str, purpose: str) -> uuid.UUID | None:
    if len(token) != KEY_LETTERS + SIGNATURE_LETTERS or not token.isascii():
        return None
    try:
        key = uuid.UUID(bytes=b32decode(token[:KEY_LETTERS].upper() + "======"))
    except (binascii.Error, ValueError):
        return None
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    fits = [constant_time_compare(token, _token(key, purpose, secret)) for secret in secrets]
    return key if any(fits) else None
