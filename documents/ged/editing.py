"""What a document is called and how it is described: who comes second reads what the first has written."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import Document
from portal import history
from portal.files.checks import FORBIDDEN_TYPES, MAX_NAME, clean_name, extension
from portal.models import HistoryEntry, User

STALE = "stale"


def named(typed: str, before: str) -> str:
    """The clean name of a document that was called `before`, whose extension stays. Raises ValidationError."""
    if not typed.strip(" ./\\"):
        raise ValidationError(_("Donnez un nom au document."))
    name, ending = clean_name(typed), extension(before)
    if ending and extension(name) != ending:
        name = clean_name(f"{name[: MAX_NAME - 1 - len(ending)].rstrip(' .')}.{ending}")
    if extension(name) in FORBIDDEN_TYPES:
        text = _("Un document ne peut pas s’appeler « .%(ending)s ».")
        raise ValidationError(text % {"ending": extension(name)})
    return name


@transaction.atomic
def edit(document: Document, name: str, description: str, *, seen: tuple[str, str], by: User) -> bool:
    """Give `document` a `name`, clean already, and a `description`; False where it has both.

    `seen` is what the person had before them. Raises ValidationError with the code STALE where somebody was quicker.
    """
    before = dict(zip(("name", "description"), seen, strict=True))
    after = {"name": name, "description": description}
    if before == after and Document.objects.filter(pk=document.pk, **before).exists():
        return False
    if not Document.objects.live().filter(pk=document.pk, **before).update(**after):
        raise ValidationError(quicker(document), code=STALE)
    document.name, document.description = name, description
    said = _("%(by)s renomme « %(before)s » en « %(after)s »")
    if name == seen[0]:
        said = _("%(by)s change la description de « %(after)s »")
    history.record(
        document,
        "edited",
        said % {"by": by, "before": seen[0], "after": name},
        company=document.company,
        by=by,
        internal=True,
    )
    return True


def quicker(document: Document) -> str:
    """What the first of two has written, as a sentence for the second."""
    document.refresh_from_db(fields=["name", "description"])
    last = HistoryEntry.objects.of(document).filter(verb="edited").select_related("by").first()
    text = _(
        "%(who)s vient de modifier ce document : il s’appelle maintenant « %(name)s »%(described)s. Rien de ce que vous "
        "avez saisi n’est enregistré ; relisez, puis enregistrez."
    )
    described = (
        _(", décrit « %(description)s »") % {"description": document.description}
        if document.description
        else ""
    )
    who = str(last.by) if last and last.by else _("Quelqu’un")
    return text % {"who": who, "name": document.name, "described": described}
