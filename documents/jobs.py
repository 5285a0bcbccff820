"""The long work of this floor (`portal.jobs`)."""

from documents.ged.archives import ARCHIVE
from documents.publication.synchronising import PUBLICATION

WORKS = (PUBLICATION, ARCHIVE)
