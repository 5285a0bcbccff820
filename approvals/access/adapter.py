"""What allauth may do here. It stands on the top floor because its mails leave by the outbox."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models import Secret
from mailing.sending import outbox
from portal.models import User


def user_display(user) -> str:
    return str(user)


def send_password_link(user: User) -> None:
    """Send `user` a link to choose a password; nothing where the person has no address.

    The link is not written here: delivery derives it from the person, and no screen shows it (D-30b).
    """
    if user.email:
        outbox.post(
            MailKind.PASSWORD_RESET,
            "approvals/email/password_reset",
            to_email=user.email,
            to_name=user.name,
            firm=user.firm,
            person=user,
            secret=Secret.PASSWORD_RESET,
            context={"user": user},
        )


class AccountAdapter(DefaultAccountAdapter):
    """Log in, log out, set a new password. Nobody signs up, and every refusal reads the same (T32)."""

    REFUSED = _("Identifiant ou mot de passe incorrect.")
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": REFUSED,
        "username_password_mismatch": REFUSED,
        "invalid_login": REFUSED,
        "too_many_login_attempts": _("Trop d’essais de connexion. Réessayez dans quelques minutes."),
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
        "invalid_password_reset": _("Ce lien n’est plus valable. Demandez-en un autre."),
    }

    def is_open_for_signup(self, request):
        return False

    def reauthenticate(self, user, password):
        return user.check_password(password)

    def set_password(self, user, password):
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])

    def add_message(self, *args, **kwargs):
        """No « connecté en tant que … »: the page says it."""

    def send_password_reset_mail(self, user, email, context):
        send_password_link(user)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Whoever changes a password, its owner hears of it."""
        if (
            template_prefix in ("account/email/password_reset", "account/email/password_changed")
            and user.email
        ):
            outbox.post(
                MailKind.PASSWORD_CHANGED,
                "approvals/email/password_changed",
                to_email=user.email,
                to_name=user.name,
                firm=user.firm,
                context={"user": user},
            )
