from django.db import transaction
from django.utils.translation import gettext as _

from portal import history
from portal.models import Firm, Journal, User


@transaction.atomic
def change(firm: Firm, changed: list[str], *, by: User, journal: Journal = Journal.NONE) -> None:
    """Save the fields `changed` of `firm`, and write down who changed what to what."""
    if not changed:
        return
    firm.save(update_fields=changed)
    said = ", ".join(f"{firm._meta.get_field(name).verbose_name} : {shown(firm, name)}" for name in changed)
    text = _("%(name)s change les paramètres du cabinet – %(said)s") % {"name": by, "said": said}
    history.record(firm, "changed", text, firm=firm, by=by, internal=True, journal=journal)


def shown(firm: Firm, name: str) -> str:
    value = getattr(firm, name)
    return str({True: _("oui"), False: _("non"), "": "—"}.get(value, value))
