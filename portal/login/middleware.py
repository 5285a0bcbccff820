from django.shortcuts import redirect

ALLOWED = ("account_change_password", "account_logout", "account_login")


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
