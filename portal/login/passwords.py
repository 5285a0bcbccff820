"""A password that a person chooses: the only kind that lasts (D-06)."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.login import events, journal, locks, sessions
from portal.login.whence import Whence
from portal.models import User
from portal.models.people import PasswordOrigin


@transaction.atomic
def choose(user: User, password: str, whence: Whence, *, kept: str | None = None) -> None:
    """`user` has chosen `password`: it is the person's own, no longer provisional, and the other sessions are over.

    `kept` is the key of the session in which this is done. Only the hash is kept. Whoever was locked out may try again.
    """
    user.set_password(password)
    user.must_change_password = False
    user.password_origin = PasswordOrigin.OWN
    user.save(update_fields=["password", "must_change_password", "password_origin"])
    sessions.close(list(sessions.open_sessions(user).exclude(session_key=kept or "")))
    text = _("%(name)s choisit un nouveau mot de passe") % {"name": user}
    journal.write(user, events.PASSWORD_CHANGED, text, by=user, whence=whence)
    locks.forget(user)
