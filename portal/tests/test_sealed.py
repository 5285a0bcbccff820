"""What is encrypted opens for its purpose, its row and this deployment alone."""

import pytest
from cryptography.fernet import InvalidToken

from portal.sealed import seal, unseal


def test_the_key_is_the_purpose_s_the_row_s_and_the_deployment_s(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "avant", []
    token = seal(b"lettre", "lettres", b"sel")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "après", ["avant"]
    assert unseal(token, "lettres", b"sel") == b"lettre"
    for purpose, salt in (("lettres", b"autre"), ("autre", b"sel"), ("lettres", b"")):
        with pytest.raises(InvalidToken):
            unseal(token, purpose, salt)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        unseal(token, "lettres", b"sel")
