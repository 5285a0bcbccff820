"""The long work of this floor (`portal.jobs`)."""

from approvals.access.bulk import ACCESSES
from approvals.access.letters import LETTERS
from approvals.directory.importing.stories import IMPORT

WORKS = (ACCESSES, LETTERS, IMPORT)
