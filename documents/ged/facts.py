"""What staff see of a document of a company beside its pages: where it lies, what the portal shows of it and why."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from documents.ged.places import address, of_document, url_of
from documents.models import Document, DocumentVersion, FolderKind, Tag
from documents.models.folder import KEPT_BY_LEAVERS
from documents.publication import states
from documents.publication.states import DocumentState
from notifications.history.shown import Shown, shown, with_all
from notifications.models import Notification
from portal.models import Company

TOLD = 3  # notifications beside a document; the others are in the history


@dataclass(frozen=True)
class Kept:
    """`state` is None for a document that lies in no folder yet; `why` is a sentence about it; `told` are its latest
    notifications."""

    tags: list[Tag]
    versions: list[DocumentVersion]
    state: DocumentState | None = None
    why: str = ""
    folder_url: str = ""
    selection_url: str = ""
    told: tuple[Shown, ...] = ()


def of(document: Document, company: Company) -> Kept:
    tags, versions = list(document.tags.all()), list(document.versions.select_related("file", "by"))
    if document.folder is None:
        return Kept(tags, versions)
    place = of_document(document, company)
    state = DocumentState(states.with_state(Document.objects.filter(pk=document.pk)).get().state)
    said = why(document, state)
    return Kept(tags, versions, state, said, url_of(place), address("selection", place), told_of(document))


def told_of(document: Document) -> tuple[Shown, ...]:
    """Who was told of it, the latest first."""
    return tuple(shown(list(with_all(Notification.objects.of(document)).order_by("-pk")[:TOLD])))


def why(document: Document, state: DocumentState) -> str:
    if state is DocumentState.ON and document.published_at:
        day = date_format(localtime(document.published_at), "j F Y à H:i")
        said = _("Publié le %(day)s.") % {"day": day}
        return f"{said} {leaver(document)}".strip()
    if state is DocumentState.TO_PUBLISH:
        return _("Attend « Synchroniser » pour être publié.")
    off = states.why_off(facts_of(document))
    if state is DocumentState.TO_WITHDRAW:
        return _("Attend « Synchroniser » pour quitter le portail : %(why)s.") % {"why": off}
    return f"{off[:1].upper()}{off[1:]}."


def facts_of(document: Document) -> states.Facts:
    folder_is_wanted = states.is_wanted_on_the_portal("folder__top", "company")
    assert document.folder is not None
    on_paper = document.employee is not None and document.employee.wants_paper
    return states.Facts(
        is_shared=document.is_shared,
        is_published=document.published_at is not None,
        folder_is_wanted=Document.objects.filter(folder_is_wanted, pk=document.pk).exists(),
        folder_is_there=False,  # says nothing about what is wanted
        is_on_paper=on_paper and top_kind(document) == FolderKind.PAYSLIPS,
    )


def leaver(document: Document) -> str:
    """Whoever has left sees bulletins, contrats and avenants alone (D-03)."""
    if document.employee is None or document.employee.left_on is None:
        return ""
    if top_kind(document) in KEPT_BY_LEAVERS:
        return ""
    return _("Le salarié est sorti : il ne voit plus ce répertoire.")


def top_kind(document: Document) -> str:
    assert document.folder is not None
    return (document.folder.top or document.folder).kind
