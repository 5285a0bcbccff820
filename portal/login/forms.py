from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Firm, User
from portal.models.people import ascii_lower


def firm_of_path(request) -> Firm | None:
    """The firm that a path such as /connexion/<slug>/ names."""
    return Firm.objects.filter(slug=request.resolver_match.kwargs.get("firm_slug", "")).first()


class LoginForm(AllauthLoginForm):
    """E-mail or identifiant; the identifiant is understood within the firm that the path names."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Adresse e-mail ou identifiant")
        self.fields["login"].widget.attrs.update(autocomplete="username", autofocus=True, placeholder="")
        self.fields["password"].label = _("Mot de passe")
        self.fields["password"].widget.attrs["placeholder"] = ""
        self.fields["password"].help_text = ""

    def user_credentials(self):
        login, password = self.cleaned_data["login"], self.cleaned_data["password"]
        if "@" in login:
            return {"email": ascii_lower(login), "password": password}
        firm_slug = self.request.resolver_match.kwargs.get("firm_slug", "")
        return {"username": f"{firm_slug}/{login}", "password": password}


class ResetPasswordForm(AllauthResetPasswordForm):
    """E-mail or identifiant, by the same resolver as the login: a former address of a person finds nobody."""

    email = forms.CharField(
        label=_("Adresse e-mail ou identifiant"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def __init__(self, *args, firm: Firm | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.firm = firm

    def clean_email(self):
        login = self.cleaned_data["email"].strip()
        user = User.objects.by_login(login, self.firm)
        self.users = [user] if user and user.may_log_in else []
        return ascii_lower(login)
