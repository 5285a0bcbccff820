"""What the journal of accesses may tell of, each with its word, tone and icon, and the group by which it is found."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import HistoryEntry

LOGGED_IN = "logged_in"
FAILED = "login_failed"
FLOOD = "login_flood"
LOCKED = "login_locked"
UNLOCKED = "login_unlocked"
LOGGED_OUT = "logged_out"
SESSIONS_ENDED = "sessions_ended"
PASSWORD_CHANGED = "password_changed"
FACTOR_ADDED = "factor_added"
FACTOR_REMOVED = "factor_removed"
CODES_MADE = "recovery_codes_made"


class Group(models.TextChoices):
    LOGINS = "connexions", _("Connexions")
    FAILURES = "echecs", _("Échecs et verrouillages")
    ENDS = "deconnexions", _("Déconnexions")
    PASSWORDS = "mots-de-passe", _("Mots de passe")
    FACTORS = "second-facteur", _("Second facteur")
    RIGHTS = "droits", _("Droits et accès")


@dataclass(frozen=True)
class Event:
    label: Any
    tone: str
    icon: str
    group: Group


EVENTS = {
    LOGGED_IN: Event(_("Connexion"), "ok", "arrow-right-end-on-rectangle", Group.LOGINS),
    FAILED: Event(_("Échec"), "warning", "exclamation-triangle", Group.FAILURES),
    FLOOD: Event(_("Échecs répétés"), "danger", "no-symbol", Group.FAILURES),
    LOCKED: Event(_("Verrouillage"), "danger", "lock-closed", Group.FAILURES),
    UNLOCKED: Event(_("Déverrouillage"), "info", "lock-open", Group.FAILURES),
    LOGGED_OUT: Event(_("Déconnexion"), "neutral", "arrow-right-start-on-rectangle", Group.ENDS),
    SESSIONS_ENDED: Event(_("Sessions fermées"), "neutral", "x-circle", Group.ENDS),
    PASSWORD_CHANGED: Event(_("Mot de passe"), "info", "key", Group.PASSWORDS),
    FACTOR_ADDED: Event(_("Second facteur"), "ok", "shield-check", Group.FACTORS),
    FACTOR_REMOVED: Event(_("Second facteur retiré"), "warning", "shield-exclamation", Group.FACTORS),
    CODES_MADE: Event(_("Codes de secours"), "info", "lifebuoy", Group.FACTORS),
}
# Whatever else stories write into the journal: rights given and withdrawn, letters made, settings of security.
OF_RIGHTS = Event(_("Droits"), "neutral", "identification", Group.RIGHTS)


def event_of(entry: HistoryEntry) -> Event:
    return EVENTS.get(entry.verb, OF_RIGHTS)
