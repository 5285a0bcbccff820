"""What lies encrypted at rest: a key for each purpose, and for each row that has a salt, from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(content: bytes, purpose: str, salt: bytes | memoryview = b"") -> bytes:
    return box(purpose, salt).encrypt(content)


def unseal(token: bytes, purpose: str, salt: bytes | memoryview = b"") -> bytes:
    """Raises `cryptography.fernet.InvalidToken` where neither SECRET_KEY nor one of its fallbacks sealed it."""
    return box(purpose, salt).decrypt(token)


def box(purpose: str, salt: bytes | memoryview) -> MultiFernet:
    """Seals by SECRET_KEY; what one of SECRET_KEY_FALLBACKS sealed opens too."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(derived(secret, purpose, salt)) for secret in secrets])


def derived(secret: str, purpose: str, salt: bytes | memoryview) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=bytes(salt), info=purpose.encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
