"""What allauth may do here. It stands on the top floor because its mails leave by the outbox."""

from typing import NamedTuple

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models import Secret
from mailing.sending import outbox
from portal.login import events, journal, locks, passwords
from portal.login.backend import person_and_firm, typed_in
from portal.login.forms import firm_of_path
from portal.login.whence import Whence
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


def invite(user: User) -> None:
    """Send `user`, who never chose a password, a link to choose the first: valid for seven days (D-06)."""
    outbox.post(
        MailKind.PASSWORD_RESET,
        "approvals/email/invitation",
        to_email=user.email,
        to_name=user.name,
        firm=user.firm,
        person=user,
        secret=Secret.WELCOME,
        context={"user": user},
    )


class Change(NamedTuple):
    """A change of the second factor: its event, what the journal says, and what the person is told."""

    verb: str
    text: Promise
    told: Promise


CHANGES = {  # by the name of the mail that allauth would send
    "mfa/email/totp_activated": Change(
        events.FACTOR_ADDED,
        _("%(name)s ajoute une application de codes"),
        _("Une application de codes est désormais demandée pour vous connecter."),
    ),
    "mfa/email/totp_deactivated": Change(
        events.FACTOR_REMOVED,
        _("%(name)s retire son application de codes"),
        _("L’application de codes de votre compte est retirée."),
    ),
    "mfa/email/webauthn_added": Change(
        events.FACTOR_ADDED,
        _("%(name)s ajoute une clé d’accès"),
        _("Une clé d’accès est ajoutée à votre compte."),
    ),
    "mfa/email/webauthn_removed": Change(
        events.FACTOR_REMOVED,
        _("%(name)s retire une clé d’accès"),
        _("Une clé d’accès de votre compte est retirée."),
    ),
    "mfa/email/recovery_codes_generated": Change(
        events.CODES_MADE,
        _("%(name)s fait de nouveaux codes de secours"),
        _("De nouveaux codes de secours sont faits pour votre compte ; les anciens ne valent plus."),
    ),
}


class AccountAdapter(DefaultAccountAdapter):
    """Log in, log out, set a new password. Nobody signs up, and every refusal reads the same (T32)."""

    REFUSED = _("Identifiant ou mot de passe incorrect.")
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": REFUSED,
        "username_password_mismatch": REFUSED,
        "invalid_login": REFUSED,
        "too_many_login_attempts": _("Trop d’essais de connexion. Réessayez dans quelques minutes."),
        "rate_limited": _("Trop d’essais. Réessayez dans quelques minutes."),
        "incorrect_password": _("Ce n’est pas votre mot de passe actuel."),
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
        "invalid_password_reset": _("Ce lien n’est plus valable. Demandez-en un autre."),
    }

    def is_open_for_signup(self, request):
        return False

    # Who comes in, and who does not

    def login(self, request, user):
        """The last gate of every way in, after the second step too: an access may be withdrawn between the two."""
        if not user.may_log_in:
            raise ImmediateHttpResponse(redirect("account_login"))
        means = journal.means_of(get_authentication_records(request, user))
        super().login(request, user)
        journal.logged_in(user, means, Whence.of(request))

    def respond_user_inactive(self, request, user):
        return redirect("account_login")

    def _get_login_attempts_cache_key(self, request, **credentials):
        return locks.key_of(typed_in(credentials))

    def authentication_failed(self, request, **credentials):
        """Into the journal of the person's firm, or of the firm that the path names; else there is nobody to tell."""
        login = typed_in(credentials)
        user, firm = person_and_firm(login)
        if about := user or firm or firm_of_path(request):
            is_full = locks.is_full(locks.key_of(login)) and user is not None
            journal.failed(about, login.rpartition("/")[2], Whence.of(request), is_full=is_full)

    def logout(self, request):
        journal.logged_out(request.user, Whence.of(request))
        super().logout(request)

    # Passwords and second factors

    def reauthenticate(self, user, password):
        return user.check_password(password)

    def is_reauthentication_required(self, *, app, **kwargs):
        """Not for whoever has just logged in: that was the same question."""
        records = get_authentication_records(self.request, self.request.user)
        asked_at = records[-1]["at"] if records else 0
        return timezone.now().timestamp() - asked_at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def set_password(self, user, password):
        kept = self.request.session.session_key if self.request else None
        passwords.choose(user, password, Whence.of(self.request), kept=kept)

    def add_message(self, *args, **kwargs):
        """No « connecté en tant que … »: the page says it."""

    def send_password_reset_mail(self, user, email, context):
        send_password_link(user)

    @transaction.atomic
    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Whatever changes about a password or a second factor, its owner hears of it; the journal too."""
        if change := CHANGES.get(template_prefix):
            text = change.text % {"name": user}
            journal.write(user, change.verb, text, by=user, whence=Whence.of(self.request))
            if user.email:
                outbox.post(
                    MailKind.ACCOUNT_SECURITY,
                    "approvals/email/account_security",
                    to_email=user.email,
                    to_name=user.name,
                    firm=user.firm,
                    context={"user": user, "told": change.told},
                )
        elif (
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
