from dataclasses import dataclass

from documents.models import Folder
from mailing.models import Space
from portal.models import Company, Employee, User


@dataclass(frozen=True)
class Place:
    """Where documents go: a space of a company, the Mes documents of a person, or a folder of a company or of one of its
    salariés; `space` is None for a folder."""

    space: Space | None
    company: Company | None = None
    owner: User | None = None
    folder: Folder | None = None
    employee: Employee | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return str(self.folder or (self.space and self.space.label) or "")
