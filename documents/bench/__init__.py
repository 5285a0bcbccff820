"""The figures of this floor: lists among 100,000 documents."""

from documents.bench import lists

FIGURES = lists.FIGURES
