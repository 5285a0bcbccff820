"""The folders of a GED as a tree: how many documents lie in each, and what the portal shows of them (S3-13, S3-29)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from documents.filing.places import Place
from documents.ged.places import documents_of, folders_of, is_staffed, url_of
from documents.models import Audience, Folder, FolderException
from portal.models import User


class FolderMark(models.TextChoices):
    """The symbol of a folder that is shared, red where « Synchroniser » would change that."""

    SHARED = "shared", _("Partagé")
    TO_SHARE = "to_share", _("Partage à synchroniser")
    TO_HIDE = "to_hide", _("Retrait à synchroniser")

    @property
    def tone(self) -> str:
        return {
            FolderMark.SHARED: "ok",
            FolderMark.TO_SHARE: "danger",
            FolderMark.TO_HIDE: "danger",
        }[self]

    @property
    def icon(self) -> str:
        return {
            FolderMark.SHARED: "share",
            FolderMark.TO_SHARE: "arrow-path",
            FolderMark.TO_HIDE: "arrow-path",
        }[self]


def mark_of(*, is_wanted: bool, is_there: bool) -> FolderMark | None:
    return {
        (True, True): FolderMark.SHARED,
        (True, False): FolderMark.TO_SHARE,
        (False, True): FolderMark.TO_HIDE,
        (False, False): None,
    }[is_wanted, is_there]


def mark_for(top: Folder, exception: FolderException | None) -> FolderMark | None:
    """Of a top folder, for the company whose `exception` this is: what is wanted, and what was published (D-41)."""
    of_company = exception if exception and not exception.is_dropped else None
    is_wanted = (of_company or top).is_shared and not top.is_archived
    counts = exception if exception and "is_shared" in exception.published else None
    return mark_of(is_wanted=is_wanted, is_there=(counts or top).published_at is not None)


@dataclass(frozen=True)
class Branch:
    """A folder in the tree, `depth` levels down."""

    folder: Folder
    count: int
    url: str
    depth: int
    is_current: bool
    mark: FolderMark | None


@dataclass(frozen=True)
class Tree:
    """The branches of a GED from top to bottom, by whose documents they hold, and `total` documents in all."""

    groups: list[tuple[str, list[Branch]]]
    total: int
    url: str
    is_current: bool


def tree_of(place: Place, user: User) -> Tree:
    """The tree of the GED in which `place` is: three queries, however many folders."""
    root = Place(None, place.company, employee=place.employee)
    counts = dict(documents_of(root, user).order_by().values_list("folder").annotate(Count("pk")))
    exceptions = {
        exception.folder_id: exception
        for exception in FolderException.objects.filter(company=place.company)
        if is_staffed(place)
    }
    folders = {
        folder.pk: folder for folder in folders_of(root) if not folder.is_archived or folder.pk in counts
    }
    groups = []
    for audience in Audience:
        branches = [
            Branch(
                folder,
                counts.get(folder.pk, 0),
                url_of(Place(None, place.company, folder=folder, employee=place.employee)),
                depth,
                folder == place.folder,
                mark_for(folders.get(folder.top_id, folder), exceptions.get(folder.top_id))
                if is_staffed(place)
                else None,
            )
            for folder, depth in descended(list(folders.values()), audience)
        ]
        if branches:
            groups.append((str(audience.label), branches))
    return Tree(groups, sum(counts.values()), url_of(root), place.folder is None)


def descended(folders: Sequence[Folder], audience: Audience) -> Iterator[tuple[Folder, int]]:
    """The folders of an audience with their depth, children under their parent; one whose parent is not there is a top."""
    there = {folder.pk for folder in folders}
    children: defaultdict[int | None, list[Folder]] = defaultdict(list)
    for folder in folders:
        if folder.audience == audience:
            children[folder.parent_id if folder.parent_id in there else None].append(folder)
    waiting = [(folder, 0) for folder in reversed(children[None])]
    while waiting:
        folder, depth = waiting.pop()
        yield folder, depth
        waiting += [(child, depth + 1) for child in reversed(children[folder.pk])]
