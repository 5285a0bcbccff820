"""Letters are handed over once: the first delivery that ends well removes them; what nobody fetched goes after an hour."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.access.letters import merged, opened
from approvals.models import LettersPart, LettersStatus, PasswordLetters
from portal import history
from portal.models import Journal

PIECE = 64 * 1024


def take(letters: PasswordLetters) -> "Delivery | None":
    """Begin to hand `letters` over; None where another tab does so, or they are gone."""
    is_late = letters.expires_at is None or letters.expires_at <= timezone.now()
    if is_late or not PasswordLetters.objects.move(
        letters.pk, old=LettersStatus.READY, new=LettersStatus.TAKEN
    ):
        return None
    return Delivery(letters, merged(opened(letters)))


class Delivery:
    """The bytes of a response, which tells at its close whether all of them were taken."""

    def __init__(self, letters: PasswordLetters, content: bytes) -> None:
        self.letters, self.content = letters, content
        self.is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), PIECE):
            yield self.content[start : start + PIECE]
        self.is_whole = True

    def close(self) -> None:
        if self.is_whole:
            delivered(self.letters)
        else:  # the connection broke: they are there for another try
            PasswordLetters.objects.move(self.letters.pk, old=LettersStatus.TAKEN, new=LettersStatus.READY)


@transaction.atomic
def delivered(letters: PasswordLetters) -> bool:
    if not PasswordLetters.objects.move(letters.pk, old=LettersStatus.TAKEN, new=LettersStatus.DELIVERED):
        return False
    letters.parts.all().delete()
    text = _("%(name)s télécharge %(count)s lettres de mots de passe") % {
        "name": letters.by,
        "count": letters.count,
    }
    history.record(
        letters,
        "letters_delivered",
        text,
        firm=letters.firm,
        by=letters.by,
        internal=True,
        journal=Journal.ACCESS,
    )
    return True


@transaction.atomic
def expire() -> int:
    """Remove what nobody has fetched within its hour; how many PDFs."""
    late = PasswordLetters.objects.filter(
        status__in=(LettersStatus.READY, LettersStatus.TAKEN), expires_at__lte=timezone.now()
    )
    keys = list(late.values_list("pk", flat=True))
    LettersPart.objects.filter(letters__in=keys).delete()
    return late.filter(pk__in=keys).update(status=LettersStatus.EXPIRED)
