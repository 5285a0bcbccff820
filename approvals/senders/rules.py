"""Truth table T1 as a pure function: facts in, decision with its reasons out. No query, no clock, no setting.

`RULES` reads like the table: the first row that matches wins, and every row tried is kept with its answer, so
that « Pourquoi ? » can show them (D-18).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from approvals.models import AddressStatus, Route
from approvals.senders.explained import Watched, told
from mailing.models import COMPANY_SPACES, Fate, Space

Words = str | Promise  # French, translated when it is shown


class Answer(StrEnum):
    """What the sender is told."""

    NOTHING = "nothing"
    PENDING = "pending"
    IMPOSSIBLE = "impossible"
    UNKNOWN_ADDRESS = "unknown_address"
    RECEIPT = "receipt"


@dataclass(frozen=True)
class Facts:
    """What T1 asks about one mail at one address; `approvals.senders.facts` gathers it.

    `standing` is the address's own decision for this company. `refused_long_ago`: that refusal is older than 24 h.
    `covered_by` names an authorised domain or redirection. `files` counts those that would be filed.
    `sends_receipt` is the option of the space.
    """

    space: Space
    files: int = 1
    sender: str = "quelqu.un@exemple.test"
    unreadable: str = ""
    automatic: str = ""
    authenticated: bool = True
    retired: bool = False
    standing: AddressStatus | None = None
    firm_blacklisted: bool = False
    refused_long_ago: bool = False
    covered_by: str = ""
    is_owner: bool = False
    staff_with_access: bool = False
    favourite: bool = False
    favourite_suffices: bool = True
    client_user: bool = False
    sends_receipt: bool = False

    @property
    def to_company(self) -> bool:
        return self.space in COMPANY_SPACES

    @property
    def refused(self) -> bool:
        return self.standing == AddressStatus.REFUSED

    @property
    def route(self) -> Route:
        """Who is asked about this sender: colleagues for a collaborateur with access (R10), else the client (R11)."""
        return Route.STAFF if self.staff_with_access else Route.CLIENT_ADMIN


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    says: Words
    answer: Answer = Answer.NOTHING
    route: Route | None = None  # set where a person is asked


@dataclass(frozen=True)
class Rule:
    """A row of T1: its number in the table, its name for people, what it asks, when it applies, what follows."""

    row: str
    name: Words
    question: Words
    applies: Callable[[Facts], bool]
    outcome: Callable[[Facts], Outcome]


@dataclass(frozen=True)
class Decision:
    """The row that won, what it means, the rows tried up to it, and the facts that these looked at."""

    rule: str
    fate: Fate
    note: str
    answer: Answer
    route: Route | None
    reasons: tuple[dict, ...]
    facts: tuple[dict, ...] = ()

    @property
    def asks(self) -> bool:
        """Is somebody asked about the address?"""
        return self.fate == Fate.HELD and self.route is not None


def always(fate: Fate, says: Words) -> Callable[[Facts], Outcome]:
    return lambda facts: Outcome(fate, says)


def filed(says: Words) -> Callable[[Facts], Outcome]:
    return lambda f: Outcome(Fate.FILED, says, Answer.RECEIPT if f.sends_receipt else Answer.NOTHING)


def if_authenticated(facts: Facts, answer: Answer) -> Answer:
    """An answer goes only where auth is yes: anything else would be backscatter (D-17, T21)."""
    return answer if facts.authenticated else Answer.NOTHING


def authorised(f: Facts) -> bool:
    return f.standing == AddressStatus.AUTHORISED or bool(f.covered_by and not f.refused)


def trusted_favourite(f: Facts) -> bool:
    return f.staff_with_access and f.favourite and f.favourite_suffices


def would_pass_or_be_staff(f: Facts) -> bool:
    """Would R6, R8, R9 or R10 match, were the sender proved (R12)? A refusal comes before them (R7)."""
    return not f.refused and (authorised(f) or f.staff_with_access or f.client_user)


def refused_again(f: Facts) -> Outcome:
    if f.refused_long_ago:
        return Outcome(
            Fate.HELD,
            _("refusée il y a plus de 24 heures : une nouvelle demande est faite"),
            Answer.PENDING,
            f.route,
        )
    return Outcome(Fate.REJECTED, _("adresse refusée pour cette entreprise il y a moins de 24 heures"))


def held_for(route: Route, says: Words) -> Callable[[Facts], Outcome]:
    return lambda facts: Outcome(Fate.HELD, says, Answer.PENDING, route)


def held_unproved(f: Facts) -> Outcome:
    return Outcome(
        Fate.HELD,
        _("expéditeur non authentifié : chaque mail est à accepter à la main"),
        Answer.NOTHING,
        Route.CLIENT_ADMIN,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "R0a",
        _("Message automatique"),
        _("Est-ce une réponse automatique, un rapport de remise ou un message du portail lui-même ?"),
        lambda f: bool(f.automatic),
        lambda f: Outcome(Fate.IGNORED, f.automatic),
    ),
    Rule(
        "R0b",
        _("Message illisible"),
        _("L’expéditeur ou le message est-il illisible ?"),
        lambda f: bool(f.unreadable),
        lambda f: Outcome(Fate.UNREADABLE, f.unreadable),
    ),
    Rule(
        "R0d",
        _("Adresse de réponse"),
        _("Est-ce une adresse de réponse dont le jeton ne mène à aucun échange ?"),
        # Every token is bad until there are threads to answer to (R0c).
        lambda f: f.space == Space.REPLIES,
        always(Fate.UNROUTABLE, _("cette adresse de réponse ne mène à aucun échange")),
    ),
    Rule(
        "R1",
        _("Adresse de dépôt retirée"),
        _("L’adresse de dépôt est-elle retirée ?"),
        lambda f: f.retired,
        lambda f: Outcome(
            Fate.UNROUTABLE,
            _("cette adresse de dépôt n’est plus utilisée"),
            if_authenticated(f, Answer.UNKNOWN_ADDRESS),
        ),
    ),
    Rule(
        "R2",
        _("Adresse blacklistée"),
        _("L’adresse est-elle blacklistée pour l’entreprise ou pour le cabinet ?"),
        lambda f: f.to_company and (f.standing == AddressStatus.BLACKLISTED or f.firm_blacklisted),
        always(Fate.BLACKLISTED, _("adresse blacklistée")),
    ),
    Rule(
        "R3",
        _("Propriétaire de « Mes documents »"),
        _("Est-ce l’adresse du compte du propriétaire, authentifiée ?"),
        lambda f: not f.to_company and f.is_owner and f.authenticated,
        filed(_("envoyé depuis l’adresse de votre compte")),
    ),
    Rule(
        "R4",
        _("Propriétaire à confirmer"),
        _("Est-ce l’adresse du compte du propriétaire, non authentifiée ?"),
        lambda f: not f.to_company and f.is_owner,
        # « challenged » once sender authentication and its challenge exist; until then the owner decides on screen.
        always(Fate.HELD, _("expéditeur non authentifié : est-ce bien vous ?")),
    ),
    Rule(
        "R5",
        _("Étranger à « Mes documents »"),
        _("Est-ce une autre adresse que celle du compte du propriétaire ?"),
        lambda f: not f.to_company,
        lambda f: Outcome(
            Fate.REJECTED,
            _("seule l’adresse du compte peut écrire dans « Mes documents »"),
            if_authenticated(f, Answer.IMPOSSIBLE),
        ),
    ),
    Rule(
        "R6",
        _("Adresse autorisée"),
        _("L’adresse est-elle autorisée pour l’entreprise, et authentifiée ?"),
        lambda f: f.authenticated and authorised(f),
        filed(_("adresse autorisée pour cette entreprise")),
    ),
    Rule(
        "R7",
        _("Adresse déjà refusée"),
        _("L’adresse a-t-elle été refusée pour l’entreprise ?"),
        lambda f: f.authenticated and f.refused,
        refused_again,
    ),
    Rule(
        "R8",
        _("Collaborateur et son favori"),
        _("Est-ce un collaborateur du dossier qui a mis l’entreprise dans ses favoris ?"),
        lambda f: f.authenticated and trusted_favourite(f),
        filed(_("collaborateur du dossier, entreprise dans ses favoris")),
    ),
    Rule(
        "R9",
        _("Utilisateur client"),
        _("Est-ce un utilisateur client de l’entreprise ?"),
        lambda f: f.authenticated and f.client_user,
        filed(_("utilisateur client de l’entreprise")),
    ),
    Rule(
        "R10",
        _("Collaborateur sans favori"),
        _("Est-ce un collaborateur du dossier, sans ce favori ?"),
        lambda f: f.authenticated and f.staff_with_access,
        held_for(
            Route.STAFF, _("collaborateur du dossier, entreprise hors de ses favoris : un collègue décide")
        ),
    ),
    Rule(
        "R11",
        _("Expéditeur inconnu"),
        _("Est-ce un expéditeur authentifié, encore inconnu de l’entreprise ?"),
        lambda f: f.authenticated,
        held_for(Route.CLIENT_ADMIN, _("adresse pas encore autorisée : l’administrateur client décide")),
    ),
    Rule(
        "R12",
        _("Expéditeur connu, non prouvé"),
        _("L’expéditeur pourrait-il déposer s’il était authentifié ?"),
        would_pass_or_be_staff,
        # « challenged » once sender authentication and its challenge exist; until then held and listed as R13.
        held_unproved,
    ),
    Rule(
        "R13",
        _("Expéditeur non prouvé"),
        _("Est-ce un autre expéditeur non authentifié ?"),
        lambda f: True,
        held_unproved,
    ),
)

KEEPS_FILES = (Fate.FILED, Fate.HELD, Fate.CHALLENGED)


def decide(facts: Facts) -> Decision:
    """Apply T1 to `facts`: the first row that matches, the rows tried in order and what they looked at (D-18).

    A mail in which no file is left is « Aucun document » where it would have been filed or held; nobody is asked
    and nobody is answered about it (T1, note).
    """
    tried = []
    watched = Watched(facts)
    asked = cast(Facts, watched)
    for rule in RULES:
        matched = rule.applies(asked)
        outcome = rule.outcome(asked) if matched else None
        tried.append(
            {
                "rule": rule.row,
                "name": str(rule.name),
                "question": str(rule.question),
                "matched": matched,
                "text": str(outcome.says) if outcome else "",
            }
        )
        if outcome:
            break
    assert outcome is not None  # R13 matches everything
    if outcome.fate in KEEPS_FILES and not asked.files:
        outcome = Outcome(Fate.NOTHING_TO_FILE, _("aucun document à classer dans ce mail"))
        tried.append(
            {
                "rule": "",
                "name": "",
                "question": str(_("Reste-t-il un document ?")),
                "matched": False,
                "text": str(outcome.says),
            }
        )
    return Decision(
        rule.row,
        outcome.fate,
        str(outcome.says),
        outcome.answer,
        outcome.route,
        tuple(tried),
        told(facts, watched.looked_at),
    )
