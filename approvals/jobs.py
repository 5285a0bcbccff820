"""The long work of this floor (`portal.jobs`)."""

from approvals.access.bulk import ACCESSES
from approvals.access.letters import LETTERS

WORKS = (ACCESSES, LETTERS)
