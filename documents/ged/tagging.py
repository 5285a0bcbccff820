"""Étiquettes: words that staff put on documents, one list for the whole firm, alike without case and accents."""

import re
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import Document, Tag
from portal import history
from portal.files.checks import UNWANTED
from portal.listing.search import fold
from portal.models import Firm, User

LONGEST, MOST = 40, 20


def words_of(typed: str) -> list[str]:
    """The words of a field, between commas or lines, each once. Raises ValidationError."""
    parts = (" ".join(UNWANTED.sub(" ", part).split()) for part in re.split(r"[,;\n]", typed))
    words = list({fold(word): word for word in parts if word}.values())
    if len(words) > MOST:
        raise ValidationError(_("%(count)s étiquettes au plus.") % {"count": MOST})
    if any(len(word) > LONGEST for word in words):
        raise ValidationError(
            _("Une étiquette a %(count)s caractères au plus ; séparez-les par des virgules.")
            % {"count": LONGEST}
        )
    return words


def tags_of(firm: Firm, words: Sequence[str]) -> list[Tag]:
    """The étiquettes of `firm` for `words`; those that are not there yet are made, whoever else makes them too."""
    keys = {fold(word)[:60]: word for word in words}
    Tag.objects.bulk_create(
        [Tag(firm=firm, key=key, name=word) for key, word in keys.items()], ignore_conflicts=True
    )
    return list(Tag.objects.filter(firm=firm, key__in=keys))


@transaction.atomic
def tag(
    documents: Iterable[Document], *, add: Sequence[str] = (), remove: Iterable[Tag] = (), by: User
) -> list[Document]:
    """Put the words `add` on `documents`, and take `remove` off them; those where this changed something."""
    documents, removed = list(documents), list(remove)
    added = tags_of(by.firm, add) if add else []
    changed = []
    for document in documents:
        held = set(document.tags.all())
        new, gone = [tag for tag in added if tag not in held], [tag for tag in removed if tag in held]
        gone = [tag for tag in gone if tag not in added]
        if not new and not gone:
            continue
        document.tags.add(*new)
        document.tags.remove(*gone)
        signs = [f"+ {tag}" for tag in new] + [f"− {tag}" for tag in gone]
        said = _("%(by)s change les étiquettes de « %(name)s » : %(tags)s")
        history.record(
            document,
            "tagged",
            said % {"by": by, "name": document.name, "tags": ", ".join(signs)},
            company=document.company,
            by=by,
            internal=True,
        )
        changed.append(document)
    return changed


def set_words(document: Document, words: Sequence[str], *, by: User) -> list[Document]:
    """Let `document` have the étiquettes `words` and no others."""
    wanted = {fold(word)[:60] for word in words}
    gone = [held for held in document.tags.all() if held.key not in wanted]
    return tag([document], add=words, remove=gone, by=by)
