"""What a list says of a document and the portal: is it there, does that differ from what is wanted (D-41, red)?

A pure function; the same is a column of a query (`with_state`), so that lists can be filtered by it.
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from documents.models import Folder, FolderException, FolderKind
from documents.models.folder import is_on_the_portal


class DocumentState(models.TextChoices):
    ON = "on", _("Sur le portail")
    OFF = "off", _("Pas sur le portail")
    TO_PUBLISH = "to_publish", _("À publier")
    TO_WITHDRAW = "to_withdraw", _("À retirer")

    @property
    def tone(self) -> str:
        return {
            DocumentState.ON: "ok",
            DocumentState.OFF: "neutral",
            DocumentState.TO_PUBLISH: "danger",
            DocumentState.TO_WITHDRAW: "danger",
        }[self]

    @property
    def icon(self) -> str:
        return {
            DocumentState.ON: "check",
            DocumentState.OFF: "minus-circle",
            DocumentState.TO_PUBLISH: "arrow-path",
            DocumentState.TO_WITHDRAW: "arrow-path",
        }[self]

    @property
    def is_red(self) -> bool:
        return self in RED


RED = (DocumentState.TO_PUBLISH, DocumentState.TO_WITHDRAW)
IS_RED = Q(state__in=RED)  # of documents `with_state`


@dataclass(frozen=True)
class Facts:
    """The pair of the document, the pair of its top folder as it counts for its company, and whether its salarié wants
    bulletins on paper (D-03)."""

    is_shared: bool
    is_published: bool
    folder_is_wanted: bool
    folder_is_there: bool
    is_on_paper: bool = False


def is_there(facts: Facts) -> bool:
    return facts.is_published and facts.folder_is_there


def is_wanted(facts: Facts) -> bool:
    """Whoever comes to want paper keeps the bulletins that are on the portal already; no other is published."""
    return facts.is_shared and facts.folder_is_wanted and (facts.is_published or not facts.is_on_paper)


def state_of(facts: Facts) -> DocumentState:
    return {
        (True, True): DocumentState.ON,
        (False, False): DocumentState.OFF,
        (True, False): DocumentState.TO_PUBLISH,
        (False, True): DocumentState.TO_WITHDRAW,
    }[is_wanted(facts), is_there(facts)]


def why_off(facts: Facts) -> str:
    """Why a document is not wanted on the portal, in French; "" where it is."""
    if is_wanted(facts):
        return ""
    if not facts.is_shared:
        return str(_("retiré du portail"))
    if not facts.folder_is_wanted:
        return str(_("répertoire qui n’est pas sur le portail"))
    return str(_("le salarié veut ses bulletins sur papier"))


def is_wanted_on_the_portal(folder: str, company: str, *, is_of_company: bool = False) -> Q:
    """Of rows that lead to a top folder by `folder` and to a company by `company`: the folder will be on the portal of
    that company after « Synchroniser »; with `is_of_company` after that of the company, which leaves the firm's grid as
    it was published.
    """
    rows = Folder.objects.filter(pk=OuterRef(folder))
    own = FolderException.objects.filter(folder=OuterRef(folder), company=OuterRef(company), is_dropped=False)
    of_grid = Q(is_shared=True, is_archived=False)
    if is_of_company:
        of_grid = (of_grid & Q(company__isnull=False)) | Q(published_at__isnull=False, company=None)
    return Q(Exists(own.filter(is_shared=True, folder__is_archived=False))) | (
        Q(Exists(rows.filter(of_grid))) & ~Q(Exists(own))
    )


def with_state(documents: QuerySet, *, is_of_company: bool = False) -> QuerySet:
    """`documents`, which lie in folders, with `is_there`, `is_wanted` and their `state`, as the functions above tell."""
    told = documents.annotate(
        is_there=truth(Q(published_at__isnull=False) & is_on_the_portal("folder__top", "company")),
        is_wanted=truth(
            Q(is_shared=True)
            & is_wanted_on_the_portal("folder__top", "company", is_of_company=is_of_company)
            & (Q(published_at__isnull=False) | _is_not_on_paper())
        ),
    )
    state = Case(
        When(is_wanted=True, is_there=True, then=Value(DocumentState.ON)),
        When(is_wanted=True, then=Value(DocumentState.TO_PUBLISH)),
        When(is_there=True, then=Value(DocumentState.TO_WITHDRAW)),
        default=Value(DocumentState.OFF),
        output_field=models.CharField(),
    )
    return told.annotate(state=state)


def folder_is_new() -> Case:
    """Of documents in folders: their folder is not on the portal of their company yet."""
    return truth(~is_on_the_portal("folder__top", "company"))


def _is_not_on_paper() -> Q:
    return ~Q(folder__top__kind=FolderKind.PAYSLIPS) | Q(employee=None) | Q(employee__wants_paper=False)


def truth(condition: Q | Exists) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
