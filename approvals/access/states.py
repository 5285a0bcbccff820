"""What the grid says of an access: its state, its cells that are not published yet, where its password comes from.

Each is a pure function; the state also exists as a column of a query, so that a list can be filtered by it.
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from approvals.access.stories import Access
from portal.models import PasswordOrigin


class AccessState(models.TextChoices):
    """« Etat » (S3-24, S3-30)."""

    NONE = "none", _("Sans accès")
    UNPUBLISHED = "unpublished", _("Non synchronisé")
    VALID = "valid", _("Valide")
    LOCKED = "locked", _("Verrouillé")  # beside one of the others, for the minutes that it lasts

    @property
    def tone(self) -> str:
        return {
            AccessState.NONE: "neutral",
            AccessState.UNPUBLISHED: "danger",
            AccessState.VALID: "ok",
            AccessState.LOCKED: "warning",
        }[self]

    @property
    def icon(self) -> str:
        return {
            AccessState.NONE: "minus-circle",
            AccessState.UNPUBLISHED: "arrow-path",
            AccessState.VALID: "check",
            AccessState.LOCKED: "lock-closed",
        }[self]


class PasswordShown(models.TextChoices):
    """« Mot de passe » says where it comes from, never what it is (D-06)."""

    NONE = "none", _("aucun")
    RANDOM = "random", _("aléatoire")
    FROZEN = "frozen", _("figé")
    OWN = "own", _("personnalisé")

    @property
    def tone(self) -> str:
        return {
            PasswordShown.NONE: "neutral",
            PasswordShown.RANDOM: "warning",
            PasswordShown.FROZEN: "info",
            PasswordShown.OWN: "ok",
        }[self]

    @property
    def icon(self) -> str:
        return {
            PasswordShown.NONE: "minus-circle",
            PasswordShown.RANDOM: "key",
            PasswordShown.FROZEN: "lock-closed",
            PasswordShown.OWN: "user",
        }[self]


@dataclass(frozen=True)
class Facts:
    """What is wanted of an access, and what is published; `published_email` is None where no address ever was."""

    is_authorised: bool
    is_published: bool
    email: str = ""
    published_email: str | None = None


def facts_of(access: Access) -> Facts:
    published = access.published
    return Facts(
        is_authorised=access.is_authorised,
        is_published=bool(published.get("is_authorised")),
        email=access.user.email,
        published_email=published.get("email"),
    )


def unpublished_cells(facts: Facts) -> frozenset[str]:
    """The cells with a red background (S3-29). An address means nothing to the portal before the access is there."""
    cells = set()
    if facts.is_authorised != facts.is_published:
        cells.add("is_authorised")
    elif facts.is_authorised and facts.published_email is not None and facts.published_email != facts.email:
        cells.add("email")
    return frozenset(cells)


def state_of(facts: Facts) -> AccessState:
    if unpublished_cells(facts):
        return AccessState.UNPUBLISHED
    return AccessState.VALID if facts.is_authorised else AccessState.NONE


def password_of(*, is_usable: bool, origin: str, must_change: bool, is_published: bool) -> PasswordShown:
    """A random password freezes once the access is published (S3-30), and is one's own after the first login."""
    if not is_usable:
        return PasswordShown.NONE
    if origin == PasswordOrigin.RANDOM and must_change:
        return PasswordShown.FROZEN if is_published else PasswordShown.RANDOM
    return PasswordShown.OWN


UNPUBLISHED = ~Q(is_published=F("is_authorised")) | (
    Q(is_published=True, is_authorised=True, published_email__isnull=False)
    & ~Q(published_email=F("user__email"))
)


def with_state(accesses: QuerySet) -> QuerySet:
    """`accesses` with their `state`, as `state_of` tells it."""
    is_published = Case(
        When(published__is_authorised=True, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    told = accesses.annotate(is_published=is_published, published_email=KT("published__email"))
    state = Case(
        When(UNPUBLISHED, then=Value(AccessState.UNPUBLISHED)),
        When(is_authorised=True, then=Value(AccessState.VALID)),
        default=Value(AccessState.NONE),
        output_field=models.CharField(),
    )
    return told.annotate(state=state)
