"""Personal links, derived when they are needed and stored nowhere (D-30b, T18)."""

import re
from datetime import datetime, timedelta

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import base36_to_int

from portal.models import User

WELCOME_LASTS = timedelta(days=7)  # D-06


class OneUseTokens(PasswordResetTokenGenerator):
    """Django's tokens: single use (the password is part of them), bound to the address."""

    def made_at(self, user: User, at: datetime) -> str:
        """The token of a link that was asked for at `at` (aware): the same each time it is derived."""
        naive = datetime.fromtimestamp(at.timestamp())  # what the generator's own clock gives
        return self._make_token_with_timestamp(user, self._num_seconds(naive), self.secret)


class WelcomeTokens(OneUseTokens):
    """Of the link in a welcome mail: valid for seven days, and until the person has once logged in (D-06)."""

    key_salt = "portal.login.links.WelcomeTokens"

    def check_token(self, user: User | None, token: str | None) -> bool:
        """As Django's, whose one limit for all tokens is an hour here."""
        if not user or not token or not re.fullmatch(r"[0-9a-z]{1,8}-[0-9a-f]+", token):
            return False
        made = base36_to_int(token.partition("-")[0])
        age = timedelta(seconds=self._num_seconds(self._now()) - made)
        secrets = [self.secret, *self.secret_fallbacks]
        proofs = (self._make_token_with_timestamp(user, made, secret) for secret in secrets)
        return age <= WELCOME_LASTS and any(constant_time_compare(proof, token) for proof in proofs)


class ResetTokens(OneUseTokens):
    """What allauth asks: a link that was asked for, valid for PASSWORD_RESET_TIMEOUT, or a welcome's."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        return super().check_token(user, token) or WelcomeTokens().check_token(user, token)


PERSONAL = re.compile(r"(/connexion/nouveau/)[^\s\"'\\<>]+")


def without_links(text: str) -> str:
    """`text` from elsewhere with the key of a personal link left out: what was clicked is told to us in full (D-30b)."""
    return PERSONAL.sub(r"\1…", text)


def password_reset_link(user: User, at: datetime) -> str:
    """The address at which `user` sets a new password, for a mail written at `at`."""
    return link_with(user, ResetTokens().made_at(user, at))


def welcome_link(user: User, at: datetime) -> str:
    """The address at which `user` sets a first password, for a welcome mail written at `at`."""
    return link_with(user, WelcomeTokens().made_at(user, at))


def link_with(user: User, key: str) -> str:
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return settings.SITE_URL + path
