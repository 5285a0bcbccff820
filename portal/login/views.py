from allauth.account import views as allauth
from django.http import Http404

from portal.login.forms import firm_of_path


class FirmMixin:
    """The firm that the path may name, for the heading and for what an identifiant means."""

    def get_context_data(self, **kwargs):
        firm = firm_of_path(self.request)
        if "firm_slug" in self.kwargs and firm is None:
            raise Http404
        return super().get_context_data(firm=firm, **kwargs)


class LoginView(FirmMixin, allauth.LoginView):
    template_name = "portal/login.html"


class LogoutView(allauth.LogoutView):
    http_method_names = ["post", "options"]


class PasswordResetView(FirmMixin, allauth.PasswordResetView):
    template_name = "portal/password_reset.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"firm": firm_of_path(self.request)}


class PasswordResetDoneView(allauth.PasswordResetDoneView):
    template_name = "portal/password_reset_done.html"


class PasswordResetFromKeyView(allauth.PasswordResetFromKeyView):
    template_name = "portal/password_reset_from_key.html"


class PasswordResetFromKeyDoneView(allauth.PasswordResetFromKeyDoneView):
    template_name = "portal/password_reset_from_key_done.html"


login = LoginView.as_view()
logout = LogoutView.as_view()
password_reset = PasswordResetView.as_view()
password_reset_done = PasswordResetDoneView.as_view()
password_reset_from_key = PasswordResetFromKeyView.as_view()
password_reset_from_key_done = PasswordResetFromKeyDoneView.as_view()
