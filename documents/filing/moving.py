"""Documents filed into a folder, from the box or from another folder."""

from collections.abc import Iterable

from django.db import transaction
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
    moved = []
    for document in documents:
        before = document.place_label
        elsewhere = Document.objects.live().filter(pk=document.pk).exclude(folder=folder, employee=employee)
        if not elsewhere.update(folder=folder, employee=employee, published_at=None):
            continue
        document.folder, document.employee, document.published_at = folder, employee, None
        moved.append(document)
        text = _("%(by)s classe « %(name)s » dans %(folder)s") % {
            "by": by,
            "name": document.name,
            "folder": folder,
        }
        history.record(
            document, "moved", f"{text} ({before})", company=document.company, by=by, internal=True
        )
    publishing.arrived(moved)
    return moved
