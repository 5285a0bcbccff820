from allauth.account import views as allauth
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.login import measuring
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
    """One's own account: who I am here, how I log in, and whether I accept that my mails are measured."""
    context = {
        "login_codes": request.user.login_codes.select_related("firm"),
        "may_be_measured": measuring.may_be_asked(request.user),
        "history": measuring.history_of(request.user),
    }
    return render(request, "portal/account.html", context)


@require_POST
def account_measuring(request):
    """Only « oui » is an agreement (D-35)."""
    if not measuring.may_be_asked(request.user):
        raise Http404
    is_accepted = request.POST.get("accord") == "oui"
    measuring.accept(request.user, is_accepted)
    if is_accepted:
        messages.success(request, _("Votre accord est enregistré. Vous pouvez le retirer ici à tout moment."))
    else:
        messages.success(request, _("La mesure est arrêtée, aussi pour les e-mails déjà reçus."))
    return redirect("portal:account")


login = LoginView.as_view()
logout = LogoutView.as_view()
password_reset = PasswordResetView.as_view()
password_reset_done = PasswordResetDoneView.as_view()
password_reset_from_key = PasswordResetFromKeyView.as_view()
password_change = PasswordChangeView.as_view()
password_reset_from_key_done = PasswordResetFromKeyDoneView.as_view()
