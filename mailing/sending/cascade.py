"""Who sends a mail, and who of the firm receives an automatic one: pure, facts in, choice with its path out.

D-37 says by kind in which order addresses are looked for, D-31 and D-33 when one serves. The path keeps each branch
looked at with why it did not serve, for « Pourquoi cette adresse ? ». No query, no clock, no setting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailing.kinds import Chain, MailKind


class Branch(models.TextChoices):
    CHOSEN = "chosen", gettext_lazy("Destinataires choisis")
    NOTIFICATION = "notification", gettext_lazy("Adresse de notification")
    MANAGER = "manager", gettext_lazy("Gestionnaire du dossier")
    GROUP = "group", gettext_lazy("Groupe de clients")
    FUNCTIONAL = "functional", gettext_lazy("Adresse e-mail fonctionnelle")
    COMMUNICATION = "communication", gettext_lazy("Adresse de communication")
    DEPLOYMENT = "deployment", gettext_lazy("Adresse du portail")


CASCADE = (Branch.MANAGER, Branch.GROUP, Branch.FUNCTIONAL, Branch.COMMUNICATION)  # S1-03 to S1-06
BRANCHES = {
    Chain.CASCADE: CASCADE,
    Chain.NOTIFICATION: (Branch.NOTIFICATION, *CASCADE),
    Chain.GATE: (Branch.NOTIFICATION, Branch.COMMUNICATION),
    Chain.DEPLOYMENT: (Branch.DEPLOYMENT,),
}


@dataclass(frozen=True)
class Person:
    """A collaborateur as the cascade knows one; `name` is "" where there is nobody."""

    name: str = ""
    email: str = ""
    is_active: bool = True

    @property
    def is_reached(self) -> bool:
        return bool(self.is_active and self.email)


@dataclass(frozen=True)
class Facts:
    """What is known about one company and its firm; `mailing.sending.facts` gathers it.

    `firm` is the firm's name, "" for a mail of no firm. `has_company` is False for a mail that is about no company
    (D-31). `unread`: the branches of which nobody reads the address; it counts as « Non » as recipient or copy, not as
    sender (D-33).

    `unprepared`: addresses that are not « préparées », with why, in French (D-32). The choice does not move to another
    branch: it bears the error of S1-08. The simulator fills it in; a mail that is written asks `preflight` about the one
    address chosen.
    """

    firm: str = ""
    has_company: bool = True
    manager: Person = Person()
    group: str = ""
    group_email: str = ""
    functional_email: str = ""
    communication_email: str = ""
    notification_from: str = ""
    reply_to: str = ""
    deployment_email: str = ""
    unread: frozenset[Branch] = frozenset()
    unprepared: Mapping[str, str] = field(default_factory=dict, hash=False)


class Turn(StrEnum):
    """What became of a branch on the way."""

    PASSED = "passed"  # it did not serve
    TAKEN = "taken"
    LEFT = "left"  # never looked at: one before it served


@dataclass(frozen=True)
class Step:
    """One branch of the path; `why` it was passed, or what it leads to."""

    branch: str
    label: str
    turn: str
    why: str
    address: str = ""


@dataclass(frozen=True)
class Choice:
    """From whom a mail leaves. With an `error`, in French, it does not leave; `address` is "" where there is none."""

    branch: Branch | None
    address: str
    name: str
    steps: tuple[Step, ...]
    reply_to: str = ""
    error: str = ""

    def kept(self) -> dict:
        """The choice as the mail's row keeps it, beside its own columns."""
        return {
            "branch": self.branch or "",
            "error": self.error,
            "steps": [dict(vars(step)) for step in self.steps],
        }


@dataclass(frozen=True)
class Recipients:
    """Who of the firm receives a mail; `error`, in French, where nobody would."""

    branch: Branch | None
    people: tuple[Person, ...]
    steps: tuple[Step, ...]
    error: str = ""


def choose(kind: MailKind, facts: Facts) -> Choice:
    """From whom a mail of `kind` leaves, by the chain of D-37; a mail of no firm leaves from the deployment."""
    chain = kind.chain if facts.firm else Chain.DEPLOYMENT
    branch, steps = walk(BRANCHES[chain], facts, unread=frozenset())
    if branch is None:
        error = _(
            "Aucune adresse ne peut envoyer ce mail : remplissez l’adresse de communication du cabinet."
        )
        return Choice(None, "", facts.firm, steps, error=error)
    address = address_of(branch, facts)
    error = ""
    if address in facts.unprepared:
        words = {"address": address, "why": facts.unprepared[address]}
        error = _("L’adresse %(address)s n’est pas correctement préparée pour le portail : %(why)s.") % words
    replies = facts.reply_to if chain is Chain.NOTIFICATION and branch is Branch.NOTIFICATION else ""
    return Choice(branch, address, name_of(branch, facts), steps, reply_to=replies, error=error)


def standard(facts: Facts) -> Recipients:
    """The cascade as recipient, « Standard »: also who receives a copy « pour le suivi » (S1-02, S1-18, D-33)."""
    return _received(facts, ())


def recipients(facts: Facts, chosen: Sequence[Person] | None) -> Recipients:
    """Who receives an automatic mail: `chosen` is None for « Standard », else the collaborateurs of « Personnalisé ».

    « Personnalisé » that reaches nobody behaves as « Standard », and its path says so (D-33).
    """
    if chosen is None:
        return standard(facts)
    label, reached = str(Branch.CHOSEN.label), tuple(person for person in chosen if person.is_reached)
    if reached:
        names = ", ".join(person.name for person in reached)
        taken = Step(
            Branch.CHOSEN.value, label, Turn.TAKEN.value, _("choisis : %(names)s") % {"names": names}
        )
        return Recipients(Branch.CHOSEN, reached, (taken,))
    why = (
        _("aucun collaborateur choisi n’a de compte actif avec une adresse : comme « Standard »")
        if chosen
        else _("« Personnalisé » sans collaborateur choisi : comme « Standard »")
    )
    return _received(facts, (Step(Branch.CHOSEN.value, label, Turn.PASSED.value, why),))


def _received(facts: Facts, before: tuple[Step, ...]) -> Recipients:
    branch, steps = walk(CASCADE, facts, unread=facts.unread)
    if branch is None:
        error = _("Aucune adresse n’est lue : personne ne recevrait ce mail.")
        return Recipients(None, (), before + steps, error)
    name = facts.manager.name if branch is Branch.MANAGER else str(branch.label)
    return Recipients(branch, (Person(name, address_of(branch, facts)),), before + steps)


def walk(
    branches: Sequence[Branch], facts: Facts, *, unread: frozenset[Branch]
) -> tuple[Branch | None, tuple[Step, ...]]:
    """The first of `branches` that serves, None where none does; and the path, branch by branch."""
    taken, steps = None, []
    for branch in branches:
        address = address_of(branch, facts)
        if taken is not None:
            turn, why = Turn.LEFT, _("non examinée : une branche précédente sert")
        elif why := why_not(branch, facts, unread):
            turn = Turn.PASSED
        else:
            taken, turn, why = branch, Turn.TAKEN, why_taken(branch, facts)
        shown = "" if turn is Turn.LEFT else address
        steps.append(Step(branch.value, str(branch.label), turn.value, why, shown))
    return taken, tuple(steps)


def address_of(branch: Branch, facts: Facts) -> str:
    return {
        Branch.NOTIFICATION: facts.notification_from,
        Branch.MANAGER: facts.manager.email,
        Branch.GROUP: facts.group_email,
        Branch.FUNCTIONAL: facts.functional_email,
        Branch.COMMUNICATION: facts.communication_email,
        Branch.DEPLOYMENT: facts.deployment_email,
    }[branch]


def why_not(branch: Branch, facts: Facts, unread: frozenset[Branch]) -> str:
    """Why `branch` does not serve, in French; "" where it does."""
    who, address = {"name": facts.manager.name, "group": facts.group}, address_of(branch, facts)
    if branch in (Branch.MANAGER, Branch.GROUP) and not facts.has_company:
        return _("le mail ne concerne aucun dossier")
    match branch:
        case Branch.MANAGER if not facts.manager.name:
            return _("le dossier n’a pas de gestionnaire attitré")
        case Branch.MANAGER if not facts.manager.is_active:
            return _("le compte de %(name)s n’est plus actif") % who
        case Branch.MANAGER if not address:
            return _("%(name)s n’a pas d’adresse e-mail") % who
        case Branch.GROUP if not facts.group:
            return _("le dossier n’est dans aucun groupe de clients")
        case Branch.GROUP if not address:
            return _("le groupe « %(group)s » n’a pas d’adresse e-mail") % who
    if not address:
        return _("le cabinet n’en a pas")
    return _("personne ne lit cette adresse") if branch in unread else ""


def why_taken(branch: Branch, facts: Facts) -> str:
    match branch:
        case Branch.MANAGER:
            return _("%(name)s est gestionnaire du dossier") % {"name": facts.manager.name}
        case Branch.GROUP:
            return _("le dossier est dans le groupe « %(group)s »") % {"group": facts.group}
        case Branch.DEPLOYMENT if facts.firm:
            return _("les mails de connexion et de sécurité partent du portail")
        case Branch.DEPLOYMENT:
            return _("le mail ne concerne aucun cabinet")
    return _("réglée par le cabinet")


def name_of(branch: Branch, facts: Facts) -> str:
    """The display name: « Prénom Nom – Cabinet » for the gestionnaire, else the firm's (D-37)."""
    if branch is Branch.MANAGER:
        return f"{facts.manager.name} – {facts.firm}"
    return facts.firm or _("Portail")
