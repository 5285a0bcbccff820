from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import gettext_lazy as _


def user_display(user) -> str:
    return str(user)


class AccountAdapter(DefaultAccountAdapter):
    """What allauth may do here: log in and out. Nobody signs up, and every refusal reads the same (T32)."""

    REFUSED = _("Identifiant ou mot de passe incorrect.")
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": REFUSED,
        "username_password_mismatch": REFUSED,
        "invalid_login": REFUSED,
        "too_many_login_attempts": _("Trop d’essais de connexion. Réessayez dans quelques minutes."),
    }

    def is_open_for_signup(self, request):
        return False

    def reauthenticate(self, user, password):
        return user.check_password(password)

    def add_message(self, *args, **kwargs):
        """No « connecté en tant que … »: the page says it."""
