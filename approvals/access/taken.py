"""An e-mail address is active once over the whole portal: what is said where it is active already (S1-09, D-02)."""

from django.utils.translation import gettext as _

from portal.models import Firm, User
from portal.models.people import ascii_lower


def is_taken(email: str, *, but_at: Firm | None = None) -> bool:
    """Has an active person this address, anywhere on the portal but at a firm that is left out?"""
    found = User.objects.filter(email=ascii_lower(email), is_active=True).exclude(email="")
    return (found.exclude(firm=but_at) if but_at else found).exists()


def taken(email: str, firm: Firm) -> str:
    """S1-09 with its remedy, S1-10; it never says at which firm."""
    local, _at, domain = email.partition("@")
    return _(
        "L’adresse %(address)s est déjà utilisée sur le portail et, par sécurité, n’y sert qu’une fois. Donnez une "
        "autre adresse, ou un alias de la même adresse, par exemple %(alias)s."
    ) % {"address": email, "alias": f"{local.partition('+')[0]}+{firm.slug}@{domain}"}
