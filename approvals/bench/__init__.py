"""The figures of this floor: mails decided and filed, and the answers that leave."""

from approvals.bench import intake, outgoing

FIGURES = (*intake.FIGURES, *outgoing.FIGURES)
