"""What tests of the second factor need: codes as an application shows them, and people who have a factor."""

import struct
import time
from base64 import b32decode
from hashlib import sha1, sha256
from hmac import digest
from secrets import token_bytes

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str) -> str:
    """The code that an application shows now for `secret` (RFC 6238)."""
    counter = int(time.time()) // 30
    hashed = digest(b32decode(secret), struct.pack(">Q", counter), sha1)
    start = hashed[-1] & 15
    return f"{(struct.unpack('>I', hashed[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def with_application(user):
    """`user`, with an application of codes whose secret is `SECRET`, and codes of rescue."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def rescue_codes(user) -> list[str]:
    return (
        Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    )


def with_key(user, name="Ma clé"):
    """A key as a browser's answer leaves it; nobody has its private half."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    own = AttestedCredentialData.create(Aaguid.NONE, token_bytes(16), public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(sha256(b"localhost").digest(), flags, 0, own)
    client = CollectedClientData.create(CollectedClientData.TYPE.CREATE, b"x" * 16, "http://localhost")
    answer = {
        "id": websafe_encode(own.credential_id),
        "rawId": websafe_encode(own.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": answer}
    )
