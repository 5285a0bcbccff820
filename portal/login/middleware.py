from django.shortcuts import redirect

from portal.login import second_factor

ALLOWED = ("account_change_password", "account_logout", "account_login")
ALLOWED_WITHOUT_FACTOR = (
    *ALLOWED,
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "portal:recovery_codes_download",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
)


class MustChangePasswordMiddleware:
    """Whoever was given an initial password chooses another before anything else (D-06)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user = request.user
        if not user.is_authenticated or not user.must_change_password:
            return None
        if request.resolver_match.view_name in ALLOWED or not getattr(view, "login_required", True):
            return None
        return redirect("account_change_password")


class SecondFactorMiddleware:
    """Whoever works for a firm that asks for a second factor sets one up before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user = request.user
        if not user.is_authenticated or user.must_change_password:  # the password comes first
            return None
        if request.resolver_match.view_name in ALLOWED_WITHOUT_FACTOR or not getattr(
            view, "login_required", True
        ):
            return None
        return redirect("mfa_index") if second_factor.is_missing(user) else None
