from django.db import transaction
from django.utils.translation import gettext as _

from documents.filing.places import Place
from mailing.models import InboundAddress
from portal import history
from portal.models import User


def addresses_of(place: Place):
    """The addresses that lead to a space, retired ones left out."""
    return InboundAddress.objects.filter(
        space=place.space, company=place.company, owner=place.owner, retired_at=None
    ).order_by("pk")


@transaction.atomic
def set_files_text(place: Place, wanted: bool, *, by: User) -> bool:
    """Are mails without attachment to be filed as a PDF of their text (D-20)? False where that was so already."""
    if not addresses_of(place).filter(files_text=not wanted).update(files_text=wanted):
        return False
    text = (
        _("%(name)s fait classer dans %(space)s le texte des mails sans pièce jointe")
        if wanted
        else _("%(name)s ne fait plus classer dans %(space)s le texte des mails sans pièce jointe")
    )
    history.record(
        place.company or by,
        "option",
        text % {"name": by, "space": place.space.label},
        company=place.company,
        firm=by.firm,
        by=by,
    )
    return True
