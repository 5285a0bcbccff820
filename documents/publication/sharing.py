"""One document put on the portal, or withdrawn from it, beside what its folder says (S3-19, D-41)."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import Document
from documents.publication import publishing
from portal import history
from portal.models import User


@transaction.atomic
def share(documents: Iterable[Document], *, by: User) -> list[Document]:
    """Want `documents` on the portal; those that were not wanted there. With « Synchronisation automatique » they are
    there at once, else they wait, red, for « Synchroniser »."""
    changed = set_shared(documents, True)
    publishing.arrived(changed)
    for document in changed:
        record(document, "shared", _("%(by)s met « %(name)s » sur le portail"), by)
    return changed


@transaction.atomic
def withdraw(documents: Iterable[Document], *, by: User) -> list[Document]:
    """Want `documents` on the portal no more; those that were wanted there. It counts at once, or with « Synchroniser »."""
    changed = set_shared(documents, False)
    gone = [document.pk for document in changed if document.firm.publishes_by_itself]
    Document.objects.filter(pk__in=gone).update(published_at=None)
    for document in changed:
        if document.pk in gone:
            document.published_at = None
        record(document, "withdrawn", _("%(by)s retire « %(name)s » du portail"), by)
    return changed


def set_shared(documents: Iterable[Document], is_shared: bool) -> list[Document]:
    changed = []
    for document in documents:
        other = Document.objects.live().filter(pk=document.pk, is_shared=not is_shared, folder__isnull=False)
        if other.update(is_shared=is_shared):
            document.is_shared = is_shared
            changed.append(document)
    return changed


def record(document: Document, verb: str, text: str, by: User) -> None:
    said = text % {"by": by, "name": document.name}
    history.record(document, verb, said, company=document.company, by=by, internal=True)
