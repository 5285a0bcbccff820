from allauth.account.views import LoginView as AllauthLoginView
from allauth.account.views import LogoutView as AllauthLogoutView
from django.http import Http404

from portal.models import Firm


class LoginView(AllauthLoginView):
    template_name = "portal/login.html"

    def get_context_data(self, **kwargs):
        slug = self.kwargs.get("firm_slug")
        firm = Firm.objects.filter(slug=slug).first() if slug else None
        if slug and firm is None:
            raise Http404
        return super().get_context_data(firm=firm, **kwargs)


class LogoutView(AllauthLogoutView):
    http_method_names = ["post", "options"]


login = LoginView.as_view()
logout = LogoutView.as_view()
