"""A card is changed: one way for all of them, with who changed what from what to what.

What a person saw travels with the form as a mark. Where the card has changed since, nothing is saved, and the person
reads both values; two people who edit at once never undo each other unawares.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from portal import history
from portal.models import Company, Firm, Journal, User

Part = tuple[models.Model, dict[str, Any]]  # a row, and what was typed for its fields
STALE = "stale"
OF_CARDS = models.Q(verb__in=("card_changed", "company_opened")) | models.Q(journal=Journal.ACCESS)
LONGEST_TEXT = 480  # of one row of history
LONGEST_VALUE = 120


def mark_of(parts: Sequence[Part]) -> str:
    """What the fields of `parts` hold now, as a short mark: another value of any of them is another mark."""
    held = [[kept(row, name) for name in sorted(typed)] for row, typed in parts]
    return hashlib.sha256(json.dumps(held, default=str).encode()).hexdigest()[:20]


def kept(row: models.Model, name: str) -> Any:
    return getattr(row, field_of(row, name).attname)


def field_of(row: models.Model, name: str) -> models.Field:
    field = row._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


@transaction.atomic
def change(
    parts: Sequence[Part],
    *,
    seen: str,
    by: User,
    company: Company | None = None,
    firm: Firm | None = None,
    rights: frozenset[str] = frozenset(),
) -> list[str]:
    """Save what was typed for each row of `parts`; the names of the fields that changed, of all rows.

    The history is written about the first row. A field of `rights` that changes puts it into the journal of accesses
    too. Raises ValidationError: with the code STALE where the card is no longer the one that was seen, else beside
    the field which a constraint of the database refuses, also when another person was quicker by a moment.
    """
    now = [(locked(row), typed) for row, typed in parts]
    if seen != mark_of(now):
        raise ValidationError([ValidationError(text, code=STALE) for text in differences(now)])
    said: list[str] = []
    changed: list[str] = []
    for row, typed in now:
        names = [name for name, value in typed.items() if getattr(row, name) != value]
        said += [words(row, name, typed[name]) for name in names]
        for name in names:
            setattr(row, name, typed[name])
        if names:
            with refused_beside_its_field(row):
                row.save(update_fields=names)
        changed += names
    journal = Journal.ACCESS if rights & set(changed) else Journal.NONE
    write_down(now[0][0], said, by=by, company=company, firm=firm, journal=journal)
    return changed


def locked(row: models.Model) -> models.Model:
    return type(row)._base_manager.select_for_update().get(pk=row.pk)


def write_down(
    about: models.Model,
    said: Sequence[str],
    *,
    by: User,
    company: Company | None = None,
    firm: Firm | None = None,
    journal: Journal = Journal.NONE,
) -> None:
    """« Fiche modifiée – nom : A → B », in as many rows as it takes to lose nothing of it."""
    lines: list[str] = []
    for text in said:
        if lines and len(lines[-1]) + len(text) + 3 <= LONGEST_TEXT:
            lines[-1] += f" ; {text}"
        else:
            lines.append(text)
    for line in lines:
        told = _("%(card)s – %(said)s") % {"card": Truncator(str(about)).chars(60), "said": line}
        history.record(
            about, "card_changed", told, company=company, firm=firm, by=by, internal=True, journal=journal
        )


def words(row: models.Model, name: str, after: Any) -> str:
    """« nom : A → B »."""
    label = field_of(row, name).verbose_name
    return f"{label} : {shown(row, name, getattr(row, name))} → {shown(row, name, after)}"


def shown(row: models.Model, name: str, value: Any) -> str:
    """A value as people read it in the history."""
    if value in (None, ""):
        return _("vide")
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    choices = dict(field_of(row, name).flatchoices)
    said = str(choices.get(value, value))
    return Truncator(said).chars(LONGEST_VALUE)


def differences(now: Sequence[Part]) -> list[str]:
    """What the card holds now where that is not what was typed: both values stand before the person."""
    told = [
        _(
            "La fiche a changé pendant que vous la modifiiez. Rien n’est enregistré : relisez, puis enregistrez."
        )
    ]
    for row, typed in now:
        told += [
            _("%(field)s : la fiche dit maintenant « %(now)s », vous avez « %(typed)s ».")
            % {
                "field": field_of(row, name).verbose_name,
                "now": shown(row, name, getattr(row, name)),
                "typed": shown(row, name, value),
            }
            for name, value in typed.items()
            if getattr(row, name) != value
        ]
    return told


@contextmanager
def refused_beside_its_field(row: models.Model) -> Iterator[None]:
    """Around what writes `row`: what a constraint refuses becomes a French sentence beside the field that it is about.

    The database is asked before, and again where it refuses all the same: somebody else was quicker (S1-09, T33).
    """
    check(row)
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        check(row)
        raise


def check(row: models.Model) -> None:
    """Raises ValidationError, by field, where a unique constraint holds against `row`."""
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            if isinstance(constraint, models.UniqueConstraint):
                try:
                    constraint.validate(model, row)
                except ValidationError as refusal:
                    raise ValidationError({constraint.fields[-1]: refusal.messages}) from None
