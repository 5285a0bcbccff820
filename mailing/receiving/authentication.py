"""Is the sender proved (D-16)? For now only « soumission locale » says yes; everything else is « none », not yes."""

from django.utils.translation import gettext as _

from mailing.models import Auth, InboundMail
from mailing.receiving.parsing import ReadMail


def verdict(mail: InboundMail, read: ReadMail) -> tuple[Auth, str]:
    """Whether the From of `mail` is proved, and why, in French.

    A mail that carries a `Received` field came through another server before: being handed over from this machine
    proves nothing of it (D-16).
    """
    if mail.is_local_submission and not read.has_received:
        return Auth.YES, _("remis depuis cette machine, que le réglage « soumission locale » croit")
    if mail.is_local_submission:
        return Auth.NONE, _("remis depuis cette machine, mais passé par un autre serveur (champ Received)")
    return Auth.NONE, _("aucune vérification SPF, DKIM ou DMARC n’a été faite")
