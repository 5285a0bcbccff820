"""Personal links, derived when they are needed and stored nowhere (D-30b, T18)."""

import re
from datetime import datetime

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from portal.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Django's tokens: single use (the password is part of them), bound to the address, valid for PASSWORD_RESET_TIMEOUT."""

    def made_at(self, user: User, at: datetime) -> str:
        """The token of a link that was asked for at `at` (aware): the same each time it is derived."""
        naive = datetime.fromtimestamp(at.timestamp())  # what the generator's own clock gives
        return self._make_token_with_timestamp(user, self._num_seconds(naive), self.secret)


PERSONAL = re.compile(r"(/connexion/nouveau/)[^\s\"'\\<>]+")


def without_links(text: str) -> str:
    """`text` from elsewhere with the key of a personal link left out: what was clicked is told to us in full (D-30b)."""
    return PERSONAL.sub(r"\1…", text)


def password_reset_link(user: User, at: datetime) -> str:
    """The address at which `user` sets a new password, for a mail written at `at`."""
    key = ResetTokens().made_at(user, at)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return settings.SITE_URL + path
