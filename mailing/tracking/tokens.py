"""Addresses that only the portal can have made, derived from a mail's key and kept nowhere (D-30b, D-35, T18).

    rebond+<token>@         the return path of a mail sent by SMTP: whoever holds it speaks of this mail
    /desabonnement/<token>  the one click of RFC 8058
    /m/<token>.gif          the picture that tells that the mail was opened
    /m/<token>              one of its links

A token is the mail's key, for a link its number too, and 128 bits of the HMAC of that for one purpose, in letters that
survive a server which lower-cases.
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
OPENED, CLICKED = "mailing.tracking.opened", "mailing.tracking.clicked"
KEY_BYTES = SIGNATURE_BYTES = (
    16  # 26 letters each: the local part stays below 64 characters (RFC 5321, 4.5.3.1.1)
)
NUMBER_BYTES = 2


def return_path(mail: OutgoingMail) -> str:
    """Where reports about `mail` go: its own address at the firm's deposit domain.

    A report may return the mail, and its personal link with it: nobody of the firm is to read those of security mails.
    """
    of_firm = mail.firm is not None and mail.kind_of.chain is not Chain.DEPLOYMENT
    domain = mail.firm.deposit_domain if mail.firm and of_firm else settings.DEPOSIT_DOMAIN
    return f"{RETURN_PATH}{_token(mail.key.bytes, RETURNED)}@{domain}"


def key_of_return_path(address: str) -> uuid.UUID | None:
    """The key of the mail whose return path `address` is; None for one that the portal did not make."""
    local = address.rpartition("@")[0].lower()
    return _key(local.removeprefix(RETURN_PATH), RETURNED) if local.startswith(RETURN_PATH) else None


def unsubscribe_url(mail: OutgoingMail) -> str:
    """Where the recipient of `mail` says that no optional notice is wanted any more."""
    return settings.SITE_URL + reverse("mailing:unsubscribe", args=[_token(mail.key.bytes, UNSUBSCRIBE)])


def key_to_unsubscribe(token: str) -> uuid.UUID | None:
    """The key of the mail in which `token` was given; None for one that the portal did not make."""
    return _key(token, UNSUBSCRIBE)


def picture_url(mail: OutgoingMail) -> str:
    """Of the picture that tells that `mail` was opened."""
    return settings.SITE_URL + reverse("mailing:opened", args=[_token(mail.key.bytes, OPENED)])


def key_of_picture(token: str) -> uuid.UUID | None:
    """The key of the mail that holds the picture; None for one that the portal did not make."""
    return _key(token, OPENED)


def link_url(mail: OutgoingMail, number: int) -> str:
    """What stands in `mail` in place of its link `number`, below 65,536."""
    content = mail.key.bytes + number.to_bytes(NUMBER_BYTES, "big")
    return settings.SITE_URL + reverse("mailing:clicked", args=[_token(content, CLICKED)])


def key_and_number_of_link(token: str) -> tuple[uuid.UUID, int] | None:
    """The key of the mail that holds the link, and which one it is; None for one that the portal did not make."""
    content = _content(token, CLICKED, KEY_BYTES + NUMBER_BYTES)
    if content is None:
        return None
    return uuid.UUID(bytes=content[:KEY_BYTES]), int.from_bytes(content[KEY_BYTES:], "big")


def _token(content: bytes, purpose: str, secret: str | None = None) -> str:
    signature = salted_hmac(purpose, content, secret=secret, algorithm="sha256").digest()[:SIGNATURE_BYTES]
    return _letters(content) + _letters(signature)


def _letters(content: bytes) -> str:
    return b32encode(content).decode().rstrip("=").lower()


def _key(token: str, purpose: str) -> uuid.UUID | None:
    content = _content(token, purpose, KEY_BYTES)
    return uuid.UUID(bytes=content) if content else None


def _content(token: str, purpose: str, size: int) -> bytes | None:
    """The `size` bytes that `token` signs for `purpose`, under the secret of today or a former one; else None."""
    letters = len(_letters(bytes(size)))
    if len(token) != letters + len(_letters(bytes(SIGNATURE_BYTES))) or not token.isascii():
        return None
    try:
        content = b32decode(token[:letters].upper() + "=" * (-letters % 8))
    except (binascii.Error, ValueError):
        return None
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    fits = [constant_time_compare(token, _token(content, purpose, secret)) for secret in secrets]
    return content if any(fits) else None
