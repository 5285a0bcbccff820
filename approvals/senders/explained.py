"""The facts behind a decision, in words: which of them the rules looked at, and what they found (D-18).

Nobody lists by hand what a rule reads: the rules read through `Watched`, which notes it, so that the list on the
screen is what was used, no less and no more.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Watched:
    """`facts`, a dataclass, that notes in `looked_at` which of its fields were read, each once, in order.

    A property is no fact of its own: what it reads is noted instead.
    """

    def __init__(self, facts: Any):
        self.seen_through, self.looked_at = facts, list[str]()

    def __getattr__(self, name: str) -> Any:
        derived = getattr(type(self.seen_through), name, None)
        if isinstance(derived, property) and derived.fget:
            return derived.fget(self)
        value = getattr(self.seen_through, name)
        if name not in self.looked_at:
            self.looked_at.append(name)
        return value


def yes_or_no(value: bool) -> str:
    return _("oui") if value else _("non")


def said_or_no(value: str) -> str:
    return value or _("non")


def decided_or_nothing(standing: Any) -> str:
    return str(standing.label) if standing else _("rien encore")


# Every field of `approvals.senders.rules.Facts` that a rule may look at; test_rules.py knows when one is forgotten.
WORDS: dict[str, tuple[str | Promise, Callable[[Any], str]]] = {
    "automatic": (gettext_lazy("Message automatique"), said_or_no),
    "unreadable": (gettext_lazy("Illisible"), said_or_no),
    "retired": (gettext_lazy("Adresse de dépôt retirée"), yes_or_no),
    "space": (gettext_lazy("Envoyé à"), lambda space: str(space.label)),
    "standing": (gettext_lazy("Décidé pour cette adresse"), decided_or_nothing),
    "firm_blacklisted": (gettext_lazy("Blacklistée pour tout le cabinet"), yes_or_no),
    "is_owner": (gettext_lazy("Adresse du compte du propriétaire"), yes_or_no),
    "authenticated": (gettext_lazy("Expéditeur prouvé"), yes_or_no),
    "covered_by": (gettext_lazy("Domaine autorisé ou redirection"), said_or_no),
    "refused_long_ago": (gettext_lazy("Refusée depuis plus de 24 h"), yes_or_no),
    "staff_with_access": (gettext_lazy("Collaborateur du dossier"), yes_or_no),
    "favourite": (gettext_lazy("Entreprise dans ses favoris"), yes_or_no),
    "favourite_suffices": (gettext_lazy("Le cabinet accepte : favori suffit"), yes_or_no),
    "client_user": (gettext_lazy("Utilisateur client de l’entreprise"), yes_or_no),
    "sends_receipt": (gettext_lazy("L’espace envoie un accusé de réception"), yes_or_no),
    "files": (gettext_lazy("Fichiers à classer"), str),
}


def told(facts: Any, looked_at: Iterable[str]) -> tuple[dict[str, str], ...]:
    """The fields `looked_at` of `facts` as the page says them: {"fact": …, "value": …}, in French, in that order."""
    return tuple(
        {"fact": str(WORDS[name][0]), "value": WORDS[name][1](getattr(facts, name))}
        for name in looked_at
        if name in WORDS
    )
