from allauth.account.forms import LoginForm as AllauthLoginForm
from django.utils.translation import gettext_lazy as _


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
            return {"email": login.lower(), "password": password}
        firm_slug = self.request.resolver_match.kwargs.get("firm_slug", "")
        return {"username": f"{firm_slug}/{login}", "password": password}
