from allauth.account.auth_backends import AuthenticationBackend

from portal.models import Firm, User


class LoginBackend(AuthenticationBackend):
    """One person behind an e-mail address or an identifiant (D-05).

    Only the look-up is ours: the equal number of password hashings on every path stays allauth's. Whoever may
    not log in is refused like a wrong password, so that nobody learns who exists.
    """

    def _authenticate(self, request, **credentials):
        login = credentials.get("email") or credentials.get("username") or ""
        slug, _, code = login.rpartition("/")  # the form writes an identifiant as <firm>/<code>
        firm = Firm.objects.filter(slug=slug).first() if slug else None
        user = None if slug and firm is None else User.objects.by_login(code, firm)
        return self._check_password(user, credentials.get("password") or "")

    def _check_password(self, user, password):
        accepted = super()._check_password(user, password)
        self.unstash_authenticated_user()  # no « account inactive » page: it would tell who exists
        return accepted

    def user_can_authenticate(self, user):
        return user.may_log_in

    def get_user(self, user_id):
        """The person of a session, with what every page asks of it, in one query."""
        user = User.objects.select_related("firm", "staff_member").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
