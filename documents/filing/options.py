"""What a space does beyond filing, and its people choose: both are off at first."""

from django.db import transaction
from django.utils.translation import gettext_lazy

from documents.filing.places import Place
from mailing.models import InboundAddress
from portal import history
from portal.models import User

# Columns of InboundAddress: the text of a mail without attachment as a PDF (D-20), a receipt for what is filed (D-17).
OPTIONS = {
    "files_text": (
        gettext_lazy("%(name)s fait classer dans %(space)s le texte des mails sans pièce jointe"),
        gettext_lazy("%(name)s ne fait plus classer dans %(space)s le texte des mails sans pièce jointe"),
    ),
    "sends_receipt": (
        gettext_lazy("%(name)s fait envoyer un accusé de réception pour %(space)s"),
        gettext_lazy("%(name)s ne fait plus envoyer d’accusé de réception pour %(space)s"),
    ),
}


def addresses_of(place: Place):
    """The addresses that lead to a space, retired ones left out."""
    return InboundAddress.objects.filter(
        space=place.space, company=place.company, owner=place.owner, retired_at=None
    ).order_by("pk")


@transaction.atomic
def set_options(place: Place, wanted: dict[str, bool], *, by: User) -> list[str]:
    """Turn the OPTIONS of a space on or off as `wanted` says; the names of those that have changed."""
    changed = [
        name
        for name in OPTIONS
        if addresses_of(place).filter(**{name: not wanted[name]}).update(**{name: wanted[name]})
    ]
    for name in changed:
        on, off = OPTIONS[name]
        text = (on if wanted[name] else off) % {"name": by, "space": place.space.label}
        history.record(place.company or by, "option", text, company=place.company, firm=by.firm, by=by)
    return changed
