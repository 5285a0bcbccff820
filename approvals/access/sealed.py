"""What lies encrypted at rest: a key of its own for each row, derived from the deployment's secret and the row's salt."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"approvals.access.letters"


def seal(content: bytes, salt: bytes | memoryview) -> bytes:
    return box(salt).encrypt(content)


def unseal(token: bytes, salt: bytes | memoryview) -> bytes:
    """Raises `cryptography.fernet.InvalidToken` where neither SECRET_KEY nor one of its fallbacks sealed it."""
    return box(salt).decrypt(token)


def box(salt: bytes | memoryview) -> MultiFernet:
    """Seals by SECRET_KEY; what one of SECRET_KEY_FALLBACKS sealed opens too."""
    return MultiFernet(
        [Fernet(derived(secret, salt)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def derived(secret: str, salt: bytes | memoryview) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=bytes(salt), info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
