"""The figures of this floor: mail in, mail out, what providers post."""

from mailing.bench import lists, receiving, webhooks

FIGURES = (*receiving.FIGURES, *webhooks.FIGURES, *lists.FIGURES)
