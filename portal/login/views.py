from allauth.account import views as allauth
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.login.forms import firm_of_path


class FirmMixin:
    """The firm that the path may name, for the heading and for what an identifiant means; 404 where there is none."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.firm = firm_of_path(request)
        if "firm_slug" in kwargs and self.firm is None:
            raise Http404

    def get_context_data(self, **kwargs):
        return super().get_context_data(firm=self.firm, **kwargs)


class LoginView(FirmMixin, allauth.LoginView):
    template_name = "portal/login.html"


class LogoutView(allauth.LogoutView):
    http_method_names = ["post", "options"]


class PasswordResetView(FirmMixin, allauth.PasswordResetView):
    template_name = "portal/password_reset.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"firm": self.firm}


class PasswordResetDoneView(allauth.PasswordResetDoneView):
    template_name = "portal/password_reset_done.html"


class PasswordResetFromKeyView(allauth.PasswordResetFromKeyView):
    template_name = "portal/password_reset_from_key.html"


class PasswordResetFromKeyDoneView(allauth.PasswordResetFromKeyDoneView):
    template_name = "portal/password_reset_from_key_done.html"


class PasswordChangeView(allauth.PasswordChangeView):
    template_name = "portal/password_change.html"

    def get_default_success_url(self):
        return reverse("portal:home")


@require_safe
def account(request):
    """One's own account: who I am here, and how I log in."""
    login_codes = request.user.login_codes.select_related("firm")
    return render(request, "portal/account.html", {"login_codes": login_codes})


login = LoginView.as_view()
logout = LogoutView.as_view()
password_reset = PasswordResetView.as_view()
password_reset_done = PasswordResetDoneView.as_view()
password_reset_from_key = PasswordResetFromKeyView.as_view()
password_change = PasswordChangeView.as_view()
password_reset_from_key_done = PasswordResetFromKeyDoneView.as_view()
