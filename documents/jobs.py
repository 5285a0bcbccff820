"""The long work of this floor (`portal.jobs`)."""

from documents.publication.synchronising import PUBLICATION

WORKS = (PUBLICATION,)
