"""What a firm administrator does for somebody who cannot get in any more."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from mailing.kinds import MailKind
from mailing.sending import outbox
from portal.login import events, journal
from portal.models import User


@transaction.atomic
def take_factors_away(user: User, *, by: User) -> bool:
    """Every second factor of `user`, who has lost them, with the codes of rescue; False where there is none.

    The password is asked as before. The person is told, for whoever asks an administrator may be somebody else.
    """
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if not removed:
        return False
    text = _("%(name)s retire le second facteur de %(person)s") % {"name": by, "person": user}
    journal.write(user, events.FACTOR_REMOVED, text, by=by)
    if user.email:
        told = _("Un administrateur du cabinet, %(name)s, a retiré le second facteur de votre compte.")
        outbox.post(
            MailKind.ACCOUNT_SECURITY,
            "approvals/email/account_security",
            to_email=user.email,
            to_name=user.name,
            firm=user.firm,
            context={"user": user, "told": told % {"name": by}},
        )
    return True
