"""The second factor: an application of codes, keys (also without a password), and codes for the day they are lost.

allauth.mfa does the work. What is ours: its words, its secrets at rest, that whoever may not enter does not enter by a
key either, and that a wrong code is written into the journal.
"""

import struct
from contextlib import contextmanager

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from cryptography.exceptions import InvalidSignature
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.login import journal, locks
from portal.login.whence import Whence
from portal.models import User
from portal.sealed import seal, unseal

SECRETS = "portal.login.second_factor"  # of the applications, as they lie in the database
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_one(user: User) -> bool:
    """Does `user` log in with a second factor? Codes of rescue alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_missing(user: User) -> bool:
    """Must `user`, of the staff of a firm that asks for one, set up a second factor first? Never clients nor employees."""
    firm = user.firm
    return bool(user.staff and firm and firm.mfa_is_required) and not has_one(user)


class MFAAdapter(DefaultMFAAdapter):
    WRONG_CODE = gettext_lazy(
        "Ce n’est pas le bon code, ou il n’est plus valable : tapez celui qui s’affiche maintenant."
    )
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "unknown_key": gettext_lazy("Cette clé n’est pas de votre compte, ou elle n’a pas répondu."),
        "cannot_generate_recovery_codes": gettext_lazy("Ajoutez d’abord un second facteur."),
    }

    def encrypt(self, text):
        return seal(text.encode(), SECRETS).decode()

    def decrypt(self, encrypted_text):
        return unseal(encrypted_text.encode(), SECRETS).decode()

    def get_totp_issuer(self):
        return self._get_site_name()

    def _get_user_identifier(self, user):
        """Never the opaque username: a person sees this in the application and in the browser's list of keys."""
        return user.email or str(user)

    def generate_authenticator_name(self, user, type):
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Ma clé") if number == 1 else _("Ma clé n° %(number)s") % {"number": number}


class CodeField(forms.CharField):
    def __init__(self):
        super().__init__(
            label=gettext_lazy("Code"),
            max_length=20,
            widget=forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
            ),
        )


class AuthenticateForm(base.AuthenticateForm):
    """Second step of the login: a code of the application, or one of rescue."""

    code = CodeField()

    def _emit_authentication_failed(self, authenticator):
        super()._emit_authentication_failed(authenticator)
        wrong_code(self.user)


class ReauthenticateForm(base.ReauthenticateForm):
    code = CodeField()

    def _emit_authentication_failed(self, authenticator):
        super()._emit_authentication_failed(authenticator)
        wrong_code(self.user)


class ActivateTOTPForm(totp.ActivateTOTPForm):
    code = CodeField()


# What fido2 raises for an answer that no browser gives; allauth knows but some of it, and would answer 500.
NO_ANSWER = (AttributeError, LookupError, TypeError, ValueError, struct.error, InvalidSignature)


@contextmanager
def an_answer():
    try:
        yield
    except NO_ANSWER as error:
        raise MFAAdapter().validation_error("unknown_key") from error


class CredentialMixin:
    def clean_credential(self):
        with an_answer():
            return super().clean_credential()


class AuthenticateWebAuthnForm(CredentialMixin, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(CredentialMixin, webauthn.ReauthenticateWebAuthnForm):
    pass


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(label=gettext_lazy("Nom de la clé"), max_length=60, required=False)
    passwordless = forms.BooleanField(
        label=gettext_lazy("Se connecter avec cette clé seule, sans mot de passe"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "La clé demande alors votre empreinte, votre visage ou son code. Sans cela elle s’ajoute au mot de passe."
        ),
    )

    def clean(self):
        with an_answer():
            return super().clean()


class LoginWebAuthnForm(CredentialMixin, webauthn.LoginWebAuthnForm):
    """Login by a key alone. Whoever may not log in is refused like a key that nobody knows (T32)."""

    def clean_credential(self):
        authenticator = super().clean_credential()
        if not authenticator.user.may_log_in:
            raise MFAAdapter().validation_error("unknown_key")
        return authenticator


class KeyNameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom de la clé"), max_length=60)


def wrong_code(user: User) -> None:
    whence, is_full = Whence.of(context.request), locks.is_full(locks.factor_key_of(user))
    journal.failed(user, "", whence, is_full=is_full)
