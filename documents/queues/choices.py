"""The folders among which a document of the box is filed: those of the company, and those of its salariés."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from documents.models import Audience, Document, Folder
from portal.models import Company, User

KEYS = "123456789abcdefghilmnopqrstuvwxyz"  # without j and k, which turn to the next and the one before
LOOKED_AT = 100  # documents that a person filed last, over all companies
LAST_SHOWN = 3


@dataclass(frozen=True)
class Choice:
    """A folder with the key that chooses it, "" where there are more folders than keys."""

    folder: Folder
    label: str
    key: str = ""


@dataclass(frozen=True)
class Group:
    title: Any
    choices: list[Choice] = field(default_factory=list)
    is_of_employees: bool = False


def folders_of(company: Company) -> dict[int, Folder]:
    """The folders into which documents of `company` are filed, as the grid orders them; one query."""
    return {folder.pk: folder for folder in Folder.objects.of_company(company)}


def last_used(user: User, company: Company) -> list[int]:
    """The folders of `company` into which `user` filed last."""
    filed = Document.objects.filter(processed_by=user).order_by("-processed_at")
    looked_at = filed.values_list("company", "folder")[:LOOKED_AT]
    folders = dict.fromkeys(folder for of, folder in looked_at if folder and of == company.pk)
    return list(folders)[:LAST_SHOWN]


def groups_of(folders: dict[int, Folder], last: list[int]) -> list[Group]:
    """`folders` by their audience, the ones used `last` first; folders within others after them."""
    keys = iter(KEYS)
    groups = {}
    for audience in (Audience.CLIENTS, Audience.EMPLOYEES, Audience.SUPPLIERS):
        of_audience = {pk: folder for pk, folder in folders.items() if folder.audience == audience}
        first = [of_audience[pk] for pk in last if pk in of_audience]
        ordered = dict.fromkeys([*first, *in_tree(of_audience)])
        choices = [Choice(folder, label_of(folder, of_audience), next(keys, "")) for folder in ordered]
        groups[audience] = Group(audience.label, choices, audience == Audience.EMPLOYEES)
    return [group for group in groups.values() if group.choices]


def in_tree(folders: dict[int, Folder], parent: int | None = None) -> Iterator[Folder]:
    for folder in folders.values():
        if (folder.parent_id if folder.parent_id in folders else None) == parent:
            yield folder
            yield from in_tree(folders, folder.pk)


def label_of(folder: Folder, folders: dict[int, Folder]) -> str:
    """« Contrats › 2026 »."""
    labels, at = [folder.label], folders.get(folder.parent_id or 0)
    while at is not None:
        labels.append(at.label)
        at = folders.get(at.parent_id or 0)
    return " › ".join(reversed(labels))
