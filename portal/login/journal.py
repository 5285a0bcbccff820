"""The journal of accesses: who came in, from where and with what, who failed to, who left (T37).

Each function writes one row of `portal.history`, in the transaction of whoever calls it or in one of its own. No row
ever holds a password; of what was typed as a name at most 64 characters are kept.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import history
from portal.login import events
from portal.login.whence import Whence
from portal.models import Firm, HistoryEntry, Journal, User

WINDOW = timedelta(minutes=5)
MOST_FAILURES = {User: 5, Firm: 20}  # rows in a window; one more says that there were others
LONGEST_LOGIN = 64


def write(
    about: User | Firm,
    verb: str,
    text: str,
    *,
    by: User | None = None,
    reason: str = "",
    whence: Whence | None = None,
) -> HistoryEntry:
    """One row of the journal of the firm that `about` belongs to; the browser is its reason where there is no other."""
    whence = whence or Whence()
    return history.record(
        about,
        verb,
        text,
        firm=about if isinstance(about, Firm) else about.firm,
        by=by,
        reason=reason or whence.browser,
        internal=True,
        journal=Journal.ACCESS,
        ip=whence.ip,
    )


MEANS = {
    "password": gettext_lazy("mot de passe"),
    "totp": gettext_lazy("code de l’application"),
    "recovery_codes": gettext_lazy("code de secours"),
    "webauthn": gettext_lazy("clé d’accès"),
}


def means_of(records: Iterable[dict]) -> str:
    """« mot de passe et code de l’application », from what allauth keeps of a login, each once."""
    names = [str(MEANS.get(record.get("type") or record.get("method", ""), "")) for record in records]
    return _(" et ").join(dict.fromkeys(name for name in names if name))


def logged_in(user: User, means: str, whence: Whence) -> None:
    text = _("%(name)s se connecte – %(means)s") % {"name": user, "means": means or _("moyen inconnu")}
    write(user, events.LOGGED_IN, text, by=user, whence=whence)


def logged_out(user: User, whence: Whence) -> None:
    write(user, events.LOGGED_OUT, _("%(name)s se déconnecte") % {"name": user}, by=user, whence=whence)


@transaction.atomic
def failed(about: User | Firm, typed: str, whence: Whence, *, is_full: bool = False) -> None:
    """Somebody failed to log in as the person `about`, or as nobody of the firm `about` whose path was used.

    `typed` is the name that was typed, "" for a second factor that was wrong. `is_full`: no further attempt is let in
    for now. A flood does not fill the table: at most `MOST_FAILURES` rows in five minutes, then one that says so.
    """
    type(about).objects.select_for_update().get(pk=about.pk)  # two at once count the same rows
    recent = HistoryEntry.objects.of(about).filter(at__gte=timezone.now() - WINDOW)
    verbs = list(
        recent.filter(verb__in=(events.FAILED, events.FLOOD, events.LOCKED)).values_list("verb", flat=True)
    )
    most = MOST_FAILURES[type(about)]
    if verbs.count(events.FAILED) < most:
        write(about, events.FAILED, _failure(about, typed[:LONGEST_LOGIN]), whence=whence)
    elif events.FLOOD not in verbs:
        text = _("Plus de %(count)s échecs en cinq minutes (%(name)s) : les suivants ne sont pas inscrits")
        write(about, events.FLOOD, text % {"count": most, "name": about}, whence=whence)
    if is_full and events.LOCKED not in verbs:
        text = _("Trop d’échecs : %(name)s est verrouillé pour cinq minutes") % {"name": about}
        write(about, events.LOCKED, text, whence=whence)


def _failure(about: User | Firm, typed: str) -> str:
    if isinstance(about, Firm):
        return _("Échec de connexion : « %(typed)s » est inconnu ici") % {"typed": typed}
    if not typed:
        return _("Échec de connexion de %(name)s : second facteur refusé") % {"name": about}
    return _("Échec de connexion de %(name)s, sous « %(typed)s »") % {"name": about, "typed": typed}
