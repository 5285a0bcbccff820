"""A gesture on many accesses: at once for a few, by a worker for more, each by a story of its own.

What is refused is a line of the report, with the person's name, and stops no other.
"""

from collections.abc import Callable, Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.access import publication
from approvals.access import stories as of_accesses
from approvals.access.grid import Grid, People
from approvals.access.stories import Access
from portal.jobs import Work, start
from portal.login import locks
from portal.models import Job, User

AT_ONCE = 50


def _authorise(access: Access, by: User) -> str:
    of_accesses.authorise(access, by=by)
    return ""


def _withdraw(access: Access, by: User) -> str:
    of_accesses.withdraw(access, by=by)
    return ""


def _notify(access: Access, by: User) -> str:
    return publication.notify(access, by=by)


def _synchronise(access: Access, by: User) -> str:
    return publication.synchronise(access, by=by)


def _unlock(access: Access, by: User) -> str:
    locks.unlock(access.user, by=by)
    return ""


def _notify_many(access: Access, by: User) -> str:
    return publication.notify(access, by=by, is_one_of_many=True)


def _synchronise_many(access: Access, by: User) -> str:
    return publication.synchronise(access, by=by, is_one_of_many=True)


STORIES: dict[str, Callable[[Access, User], str]] = {
    "acces": _authorise,
    "retirer": _withdraw,
    "notifier": _notify,
    "deverrouiller": _unlock,
    "synchroniser": _synchronise,
}
OF_MANY = STORIES | {"notifier": _notify_many, "synchroniser": _synchronise_many}


def carry_out(gesture: str, accesses: Iterable[Access], *, by: User, stories=STORIES) -> list[str]:
    """Make `gesture` on each of `accesses`; a line in French for each that was refused, or did not go all the way."""
    report = []
    for access in accesses:
        try:
            with transaction.atomic():
                why = stories[gesture](access, by)
        except ValidationError as refusal:
            why = " ".join(refusal.messages)
        if why:
            report.append(line(access, why))
    return report


def line(access: Access, why: str) -> str:
    return f"{access.company.code} · {access.user} – {why}"


def write(job: Job, items: list, made: None) -> Sequence[str]:
    if job.by is None:
        return ()
    return carry_out(job.asked["gesture"], of_job(job, items), by=job.by, stories=OF_MANY)


def of_job(job: Job, items: list) -> list[Access]:
    """The accesses of a handful, in the order asked, as far as whoever asked still works on them."""
    if job.by is None:
        return []
    found = Grid(job.by, People(job.asked["people"])).accesses().in_bulk(items)
    return [found[pk] for pk in items if pk in found]


ACCESSES = Work("access.gesture", write)


def title_of(gesture: str, count: int) -> str:
    titles = {
        "acces": ngettext("Autoriser %(count)s accès", "Autoriser %(count)s accès", count),
        "retirer": ngettext("Retirer %(count)s accès", "Retirer %(count)s accès", count),
        "notifier": ngettext("Notifier %(count)s personne", "Notifier %(count)s personnes", count),
        "deverrouiller": ngettext("Déverrouiller %(count)s accès", "Déverrouiller %(count)s accès", count),
        "synchroniser": ngettext("Synchroniser %(count)s accès", "Synchroniser %(count)s accès", count),
    }
    return titles[gesture] % {"count": count}


@transaction.atomic
def ask(grid: Grid, gesture: str, chosen: Sequence[int]) -> Job:
    """Lay down the work on `chosen`, for a worker."""
    return start(
        ACCESSES,
        title_of(gesture, len(chosen)),
        chosen,
        firm=grid.firm,
        by=grid.user,
        gesture=gesture,
        people=grid.people.value,
        back=grid.url,
    )


def said(gesture: str, count: int) -> str:
    """What a page says of `count` accesses done."""
    texts = {
        "acces": ngettext("%(count)s accès est autorisé.", "%(count)s accès sont autorisés.", count),
        "retirer": ngettext("%(count)s accès est retiré.", "%(count)s accès sont retirés.", count),
        "notifier": ngettext("%(count)s e-mail part.", "%(count)s e-mails partent.", count),
        "deverrouiller": ngettext(
            "%(count)s accès est déverrouillé.", "%(count)s accès sont déverrouillés.", count
        ),
        "synchroniser": ngettext(
            "%(count)s accès est synchronisé.", "%(count)s accès sont synchronisés.", count
        ),
    }
    return _("Rien à faire.") if not count else texts[gesture] % {"count": count}
