"""Documents filed into a folder, from the box or from another folder."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.models import Document, Folder
from documents.publication import publishing
from portal import history
from portal.models import Employee, User


@transaction.atomic
def move(
    documents: Iterable[Document], folder: Folder, *, by: User, employee: Employee | None = None
) -> list[Document]:
    """File `documents` of one company into `folder`, of `employee` where it is one of a salarié; those that were not
    there already.

    « Classer » and « Déplacer » are this one story. What was on the portal leaves it with its old folder, and is
    published in the new one as D-41 says of what comes in. A document of the box stays in the box too, processed.
    """
    given = {document.pk: document for document in documents}
    elsewhere = Document.objects.live().filter(pk__in=given).exclude(folder=folder, employee=employee)
    moved = [given[pk] for pk in elsewhere.select_for_update().order_by("pk").values_list("pk", flat=True)]
    Document.objects.filter(pk__in=[document.pk for document in moved]).update(
        folder=folder,
        employee=employee,
        published_at=None,
        processed_at=Coalesce("processed_at", timezone.now()),
        processed_by=Coalesce("processed_by", by.pk),
    )
    entries = []
    for document in moved:
        text = _("%(by)s classe « %(name)s » dans %(folder)s") % {
            "by": by,
            "name": document.name,
            "folder": folder,
        }
        said = f"{text} ({document.place_label})"
        entries.append(history.entry(document, "moved", said, company=document.company, by=by, internal=True))
        document.folder, document.employee, document.published_at = folder, employee, None
    history.record_all(entries)
    publishing.arrived(moved)
    return moved
