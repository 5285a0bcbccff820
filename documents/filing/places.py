from dataclasses import dataclass

from mailing.models import Space
from portal.models import Company, User


@dataclass(frozen=True)
class Place:
    """Where documents go: a space of a company, or the Mes documents of a person."""

    space: Space
    company: Company | None = None
    owner: User | None = None
