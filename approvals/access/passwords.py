"""Initial passwords (D-06): drawn by the portal, kept as a hash, read by people in a letter alone."""

import secrets

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher

# Without look-alikes (0 O o, 1 I l i): people copy these by hand. 55 signs, 12 of them: 69 bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
LENGTH, GROUP = 12, 4
# Nobody guesses 69 bits, however quick the hash: 2,000 are hashed in seconds. At the first login Django hashes anew with
# the full count, and at a wrong password it makes up the difference, so that the time tells nothing (T32).
ITERATIONS = 10_000


def random_password() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def groups(password: str) -> list[str]:
    """As a letter shows it: in groups that the eye can hold."""
    return [password[start : start + GROUP] for start in range(0, len(password), GROUP)]


def quick_hash(password: str) -> str:
    """The hash of a password of `random_password`, never of one that a person chose."""
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), iterations=min(ITERATIONS, hasher.iterations))
    return hasher.encode(password, hasher.salt())
