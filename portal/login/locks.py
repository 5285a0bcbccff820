"""Who is locked out by too many failures, and how a firm lets them in again.

allauth counts failures in the cache, by the name that was typed (so that a limit tells nobody which names are one
person's) and, for the second factor, by the person. What it counts is shown nowhere: that somebody is locked is read
from the journal, in which the failure that filled the limit has a row of its own.
"""

from collections.abc import Iterable
from functools import partial

from allauth.core.internal import ratelimit
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.login import events, journal
from portal.models import HistoryEntry, User

# Of the limit on failures, the part that counts by name; the other counts by machine and locks nobody.
BY_NAME = {
    "login_failed": next(
        rate for rate in settings.ACCOUNT_RATE_LIMITS["login_failed"].split(",") if rate.endswith("/key")
    )
}
LIMIT = {"app": "allauth.account", "action": "login_failed", "config": BY_NAME}


def key_of(login: str) -> str:
    """Under what the failures of a name are counted: an e-mail address, or `<firm>/<identifiant>`.

    The host has no part in it, or a portal with two names would allow twice as many attempts.
    """
    return f"login:{login.lower()}"


def factor_key_of(user: User) -> str:
    """The same for the second factor, as allauth.mfa names it."""
    return f"mfa-auth-user-{user.pk}"


def is_full(key: str) -> bool:
    """Has `key` failed as often as it may? Nothing is counted by asking."""
    return not ratelimit.consume(HttpRequest(), key=key, dry_run=True, limit_get=True, **LIMIT)


def locked(users: Iterable[int] | Iterable[User]) -> set[int]:
    """Of the persons `users` (rows or ids), the ids of those locked out now: one query, however many.

    « Verrouillé » lasts five minutes from the failure that filled the limit, or until the person gets in by another
    name, or an administrator unlocks them. allauth may let a single attempt in a little earlier, where the first of
    the failures is older.
    """
    ids = {user.pk if isinstance(user, User) else user for user in users}
    return _locked(about_id__in=ids)


def locked_in(firms: QuerySet) -> set[int]:
    """The same, of all persons of `firms`."""
    return _locked(firm__in=firms)


def _locked(**of) -> set[int]:
    rows = HistoryEntry.objects.filter(
        **of,
        about_type__app_label="portal",
        about_type__model="user",
        verb__in=(events.LOCKED, events.UNLOCKED, events.LOGGED_IN),
        at__gte=timezone.now() - journal.WINDOW,
    )
    last = dict(rows.order_by("at", "pk").values_list("about_id", "verb"))
    return {user_id for user_id, verb in last.items() if verb == events.LOCKED}


@transaction.atomic
def unlock(user: User, *, by: User) -> None:
    """« Déverrouiller »: all that was counted against `user` is forgotten once this is committed, and written down.

    The caller has `user` in scope: a person whom `by` may administer.
    """
    text = _("%(name)s déverrouille %(person)s") % {"name": by, "person": user}
    journal.write(user, events.UNLOCKED, text, by=by)
    forget(user)


def forget(user: User) -> None:
    """Clear the counts under every name of `user` after the commit: the cache is not in the transaction."""
    names = [f"{code.firm.slug}/{code.code}" for code in user.login_codes.select_related("firm")]
    bare = [f"/{name.partition('/')[2]}" for name in names]  # typed where no path names the firm
    keys = [factor_key_of(user), *map(key_of, [user.email, *names, *bare])]
    transaction.on_commit(partial(_clear, keys))


def _clear(keys: list[str]) -> None:
    for key in keys:
        ratelimit.clear(HttpRequest(), key=key, **LIMIT)
