"""« Synchroniser »: what is wanted of folders and documents comes to count (D-41).

At once, in one transaction: the rows of the grid, and what leaves the portal, which nobody may read a moment longer.
What appears, and whoever is told of it, is long work. Pressed ten times, one does it and the others find nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.models import Document, Folder, FolderException
from documents.publication.plan import Change, Scope, change_of, free_to_leave
from documents.publication.publishing import publish
from documents.publication.states import DocumentState, Facts, folder_is_new, why_off, with_state
from documents.publication.telling import NEEDED, tell_once
from notifications.queue.asking import hasten, release
from portal import history, jobs
from portal.jobs import Work
from portal.models import Company, Firm, Job, User

GRID = "grille"  # the first item of each work: what was done at once is told in its report


@dataclass(frozen=True)
class Done:
    """`job` is None where nothing was to be published, or where others are at it: `is_running`. `told`: notifications that
    waited for this and leave."""

    job: Job | None = None
    is_running: bool = False
    told: int = 0


@transaction.atomic
def synchronise(scope: Scope, *, by: User, tells_first: bool = False, back: str = "") -> Done:
    """Publish all that is wanted within `scope`; with `tells_first` each person is written to once about what folders
    that are newly shown already hold. `back` is where the work's page leads on to."""
    Firm.objects.select_for_update(no_key=True).get(pk=scope.firm.pk)  # one at a time
    before = scope.stated()
    running = items_of_running(scope.firm)
    waiting = before.filter(state=DocumentState.TO_PUBLISH).order_by("pk")
    appearing = waiting.annotate(is_first=folder_is_new()).values_list("pk", "is_first")
    items = [(pk, is_first) for pk, is_first in appearing if pk not in running]
    withdrawn = withdraw(scope, by)
    changes = publish_rows(scope)
    told = len(free_to_leave(scope))
    release(scope.notifications().filter(is_released=False))
    if not (items or withdrawn or changes):
        return Done(is_running=bool(running), told=told)
    said = [str(change) for change in changes]
    if withdrawn:
        text = ngettext(
            "%(count)s document retiré du portail", "%(count)s documents retirés du portail", withdrawn
        )
        said.append(text % {"count": withdrawn})
    record(scope, said, len(items), by)
    return Done(ask(scope, items, said, by=by, tells_first=tells_first, back=back))


def withdraw(scope: Scope, by: User) -> int:
    """Documents that are not wanted any more leave; also where their folder is not there, lest they come back with it."""
    leaving = list(scope.documents().filter(is_shared=False, published_at__isnull=False))
    Document.objects.filter(pk__in=[document.pk for document in leaving]).update(published_at=None)
    text = _("%(by)s synchronise la GED : « %(name)s » quitte le portail")
    history.record_all(entries(leaving, "unpublished", text, by))
    return len(leaving)


def publish_rows(scope: Scope) -> list[Change]:
    """The rows of the grid that are red, each with what becomes of it."""
    locked = {"of": ("self",)}
    rows = [
        *scope.folders().select_for_update(**locked),
        *scope.exceptions().select_for_update(**locked),
    ]
    told = [(row, change) for row in rows if (change := change_of(row))]
    for row, _change in told:
        publish_row(row)
    return [change for _row, change in told]


def publish_row(row: Folder | FolderException) -> None:
    """What is wanted of a row counts; an exception that was dropped is gone, and the firm's row counts again."""
    if isinstance(row, FolderException) and row.is_dropped:
        row.delete()
        return
    folder = row.folder if isinstance(row, FolderException) else row
    is_shown = row.is_shared and not folder.is_archived
    row.published = row.cells
    row.published_at = (row.published_at or timezone.now()) if is_shown else None
    row.save(update_fields=["published", "published_at"])


def record(scope: Scope, said: Sequence[str], count: int, by: User) -> None:
    text = _("%(by)s synchronise la GED") % {"by": by}
    told = [*said]
    if count:
        words = ngettext("%(count)s document à publier", "%(count)s documents à publier", count)
        told.append(words % {"count": count})
    history.record(
        scope.company or scope.firm,
        "published",
        f"{text} – {' ; '.join(told)}",
        company=scope.company,
        firm=scope.firm,
        by=by,
        internal=True,
    )


def entries(documents: Iterable[Document], verb: str, text: str, by: User | None):
    """A row of the history of each document."""
    return [
        history.entry(
            document,
            verb,
            text % {"by": by, "name": document.name, "folder": document.folder},
            company=document.company,
            by=by,
            internal=True,
        )
        for document in documents
    ]


# The long work


def items_of_running(firm: Firm) -> set[int]:
    """The documents that work which goes on is about to publish."""
    running = Job.objects.filter(firm=firm, kind=PUBLICATION.kind, status__in=Job.WAITING)
    return {item[0] for job in running for item in job.asked["items"][job.done :] if item != GRID}


def ask(
    scope: Scope,
    items: Sequence[tuple[int, bool]],
    said: Sequence[str],
    *,
    by: User,
    tells_first: bool,
    back: str,
) -> Job:
    company = scope.company
    title = _("Synchroniser la GED de %(name)s") % {"name": company} if company else _("Synchroniser la GED")
    return jobs.start(
        PUBLICATION,
        title,
        [GRID, *items],
        firm=scope.firm,
        by=by,
        said=list(said),
        tells_first=tells_first,
        company=company.pk if company else None,
        back=back or address(company),
    )


def address(company: Company | None) -> str:
    if company is None:
        return reverse("documents:publish")
    return reverse("documents:company_publish", args=[company.code])


def write(job: Job, items: list, made: None) -> Sequence[str]:
    """Publish a handful, as far as whoever asked still works on the companies."""
    lines = job.asked["said"] if GRID in items else []
    if job.by is None:
        return lines
    wanted = dict([item for item in items if item != GRID])
    within = Document.objects.filter(pk__in=wanted, company__in=Company.objects.staffed_by(job.by))
    mine = set(within.values_list("pk", flat=True))
    first = {pk for pk in mine if wanted[pk]}
    published = publish(mine - first, timezone.now()) + publish(first, timezone.now(), tells=False)
    text = _("%(by)s publie « %(name)s » dans %(folder)s")
    history.record_all(entries(published, "published", text, job.by))
    if job.asked["tells_first"] and first:
        there = with_state(Document.objects.live().filter(pk__in=first)).filter(is_there=True)
        tell_once(list(there.select_related(*NEEDED).order_by("pk")), job.created_at)
    return [*lines, *left_out(mine)]


def left_out(keys: Iterable[int]) -> list[str]:
    """A line for each document that is not on the portal after all, with why."""
    asked = with_state(Document.objects.filter(pk__in=keys)).annotate(is_new=folder_is_new())
    rest = asked.exclude(is_there=True, trashed_at=None).select_related("company", "folder__top", "employee")
    return [f"{found.company.code} · {found.name} – {reason(found)}" for found in rest.order_by("pk")]


def reason(document) -> str:
    if document.is_trashed:
        return _("à la corbeille")
    facts = Facts(
        is_shared=document.is_shared,
        is_published=document.published_at is not None,
        folder_is_wanted=not document.is_new,
        folder_is_there=not document.is_new,
        is_on_paper=bool(document.employee and document.employee.wants_paper),
    )
    return why_off(facts) or _("déplacé entre-temps")


def end(job: Job) -> Sequence[str]:
    """How many have come to be there by this; nobody who is told of them waits for more."""
    hasten(Scope(job.firm, Company.objects.filter(pk=job.asked["company"]).first()).notifications())
    keys = [item[0] for item in job.asked["items"] if item != GRID]
    count = sum(
        with_state(Document.objects.live().filter(pk__in=keys[start : start + PIECE]))
        .filter(is_there=True)
        .count()
        for start in range(0, len(keys), PIECE)
    )
    text = ngettext("%(count)s document est sur le portail", "%(count)s documents sont sur le portail", count)
    return [text % {"count": count}] if keys else []


PIECE = 500
PUBLICATION = Work("documents.publication", write, end=end, at_once=100)
