"""The long work of this floor; portal collects it."""

from approvals.directory.importing import stories as imports

WORKS = (imports.IMPORT,)
