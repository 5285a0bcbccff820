"""The cells of a row are changed: what may stand in them, who changed what, and nothing that a colleague has just done
is undone unawares. Nothing here publishes: a changed cell is red until « Synchroniser » (D-41)."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from documents.folders.grid import CELLS, Cells, Row
from documents.models import Audience, Folder, FolderException, Signature
from documents.models.folder import LINK_TARGETS
from notifications.models import LinkTarget
from portal import history
from portal.models import AddressKind, Company, User

NAMES = (*CELLS, "signed_into")


@transaction.atomic
def save(rows: Iterable[tuple[Row, Cells, Cells]], *, by: User) -> int:
    """« Enregistrer »: of each row what is wanted where it was changed, and the cells as the person saw them; how many
    rows have changed. All or nothing: raises ValidationError with everything that a colleague was quicker in."""
    refused: list[str] = []
    changed = 0
    for row, wanted, seen in rows:
        try:
            if row.company is None or row.is_own:
                changed += bool(set_cells(row.folder, wanted, by=by, seen=seen))
            else:
                changed += bool(except_company(row.folder, row.company, wanted, by=by, seen=seen))
        except ValidationError as refusal:
            refused += refusal.messages
    if refused:
        raise ValidationError(refused)
    return changed


@transaction.atomic
def set_cells(folder: Folder, wanted: Cells, *, by: User, seen: Cells | None = None) -> list[str]:
    """Give the row of `folder` the cells `wanted`; the names of those that changed, in the order of the grid.

    `seen` are the cells as the person saw them. Raises ValidationError where a value is none of that column, and where
    a cell has been changed meanwhile, with both values.
    """
    check(folder, wanted)
    row = Folder.objects.select_for_update().get(pk=folder.pk)
    before = row.cells | {"signed_into": row.signed_into_id}
    refuse_stale(row, before, wanted, seen or {})
    names = [name for name in NAMES if name in wanted and wanted[name] != before[name]]
    for name in names:
        attname = "signed_into_id" if name == "signed_into" else name
        setattr(row, attname, wanted[name])
        setattr(folder, attname, wanted[name])
    if names:
        row.save(update_fields=names)
        said = " ; ".join(words(row, name, before[name], wanted[name]) for name in names)
        text = _("%(by)s change « %(label)s » – %(said)s") % {"by": by, "label": row.label, "said": said}
        history.record(
            row, "folder_set", text, company=folder.company, firm=folder.firm, by=by, internal=True
        )
    return names


@transaction.atomic
def except_company(
    folder: Folder, company: Company, wanted: Cells, *, by: User, seen: Cells | None = None
) -> list[str]:
    """Give `company` a row of its own instead of the firm's, or change the one it has; the names of what changed."""
    wanted = {name: value for name, value in wanted.items() if name in CELLS}
    check(folder, wanted)
    row = Folder.objects.select_for_update().get(
        pk=folder.pk
    )  # whoever makes the first exception locks out the next
    exception = FolderException.objects.filter(folder=row, company=company).first()
    is_there = exception is not None and not exception.is_dropped
    before = exception.cells if exception and is_there else row.cells
    refuse_stale(row, before, wanted, seen or {})
    names = [name for name in CELLS if name in wanted and wanted[name] != before[name]]
    if not names:
        return []
    exception = exception or FolderException(folder=row, company=company)
    for name, value in (before | wanted).items():
        setattr(exception, name, value)
    exception.is_dropped = False
    exception.save()
    said = " ; ".join(words(row, name, before[name], wanted[name]) for name in names)
    text = _("%(by)s change « %(label)s » pour cette entreprise – %(said)s") % {
        "by": by,
        "label": row.label,
        "said": said,
    }
    history.record(exception, "folder_excepted", text, company=company, by=by, internal=True)
    return names


@transaction.atomic
def like_the_firm(folder: Folder, company: Company, *, by: User) -> bool:
    """The firm's row is wanted for `company` again; it counts with the next « Synchroniser ». False where it is so."""
    Folder.objects.select_for_update().get(pk=folder.pk)
    exception = FolderException.objects.filter(folder=folder, company=company, is_dropped=False).first()
    if exception is None:
        return False
    text = _("%(by)s : « %(label)s » est de nouveau comme le cabinet") % {"by": by, "label": folder.label}
    history.record(exception, "folder_like_the_firm", text, company=company, by=by, internal=True)
    if exception.published:
        FolderException.objects.filter(pk=exception.pk).update(is_dropped=True)
    else:
        exception.delete()  # it never counted
    return True


def check(folder: Folder, wanted: Cells) -> None:
    """Raises ValidationError where a value of `wanted` is none of its column, for that audience."""
    audience = Audience(folder.audience)
    for name, value in wanted.items():
        if name == "signed_into":
            if value is not None and value not in signed_into_of(folder):
                raise ValidationError(unknown(folder, name))
        elif value not in choices_of(name, audience):
            raise ValidationError(unknown(folder, name))


def unknown(folder: Folder, name: str) -> str:
    return _("« %(label)s », %(column)s : cette valeur n’existe pas.") % {
        "label": folder.label,
        "column": column(name),
    }


def choices_of(name: str, audience: Audience) -> dict[Any, str]:
    """Each value that the cell `name` may hold, with its word."""
    match name:
        case "is_shared" | "notifies":
            return {True: _("oui"), False: _("non")}
        case "signature":
            return {value.value: str(value.label) for value in Signature}
        case "notify_on":
            addresses = {"": _("aucune")}
            if audience != Audience.EMPLOYEES:
                addresses |= {value.value: str(value.label) for value in AddressKind}
            return addresses
        case "link_target":
            return {value.value: value.label_for(audience.reader) for value in LINK_TARGETS[audience]}
    raise KeyError(name)


def signed_into_of(folder: Folder) -> set[int]:
    """The keys of the folders where a signed version of `folder` may go: live ones of its audience, beside it."""
    live = Folder.objects.filter(
        firm=folder.firm_id, audience=folder.audience, parent=None, is_archived=False
    )
    return set(
        live.filter(models.Q(company=None) | models.Q(company=folder.company_id)).values_list("pk", flat=True)
    )


def refuse_stale(folder: Folder, now: Cells, wanted: Cells, seen: Cells) -> None:
    """Raises ValidationError where a cell that is to be changed is no longer what the person saw."""
    told = [
        _(
            "« %(label)s », %(column)s : un collègue a mis « %(now)s » entre-temps, vous avez « %(typed)s ». "
            "Relisez, puis enregistrez."
        )
        % {
            "label": folder.label,
            "column": column(name),
            "now": shown(folder, name, now[name]),
            "typed": shown(folder, name, wanted[name]),
        }
        for name in wanted
        if name in seen and now[name] != seen[name] and now[name] != wanted[name]
    ]
    if told:
        raise ValidationError(told)


def column(name: str) -> str:
    return str(Folder._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def words(folder: Folder, name: str, before: Any, after: Any) -> str:
    """« portail : non → oui »."""
    return f"{column(name)} : {shown(folder, name, before)} → {shown(folder, name, after)}"


def shown(folder: Folder, name: str, value: Any) -> str:
    """A value of a cell as people read it."""
    if name == "signed_into":
        into = Folder.objects.filter(pk=value).first() if value else None
        return Truncator(str(into or _("le répertoire lui-même"))).chars(60)
    return choices_of(name, Audience(folder.audience)).get(value) or LinkTarget(value).label_for(
        Audience(folder.audience)
    )
