from allauth.account.auth_backends import AuthenticationBackend

from portal.models import Firm, User


def typed_in(credentials) -> str:
    """What was typed as a name: an e-mail address, or an identifiant as the form writes it, `<firm>/<code>`."""
    return credentials.get("email") or credentials.get("username") or ""


def person_and_firm(login: str) -> tuple[User | None, Firm | None]:
    """The person whom `login` names, and the firm that the path named; None for each that there is not."""
    slug, _, code = login.rpartition("/")
    firm = Firm.objects.filter(slug=slug).first() if slug else None
    return None if slug and firm is None else User.objects.by_login(code, firm), firm


class LoginBackend(AuthenticationBackend):
    """One person behind an e-mail address or an identifiant (D-05).

    Only the look-up is ours: the equal number of password hashings on every path stays allauth's. Whoever may
    not log in is refused like a wrong password, so that nobody learns who exists.
    """

    def _authenticate(self, request, **credentials):
        user, _firm = person_and_firm(typed_in(credentials))
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
