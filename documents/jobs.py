"""The long work of this floor (`portal.jobs`)."""

from documents.ged.archives import ARCHIVE

WORKS = (ARCHIVE,)
