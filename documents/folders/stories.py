"""A folder is added, named, moved, archived and restored: the firm's, or one of a company's own. Nothing here publishes:
a new folder is not on the portal, nor is one that comes back."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.folders.naming import check_free, key_of, lock, next_position
from documents.models import Document, Folder, FolderException
from portal import history
from portal.models import User


def add(folder: Folder, *, by: User) -> Folder:
    """`folder`, not saved yet, with its firm, company, audience, parent, label and path, at the end of the grid.

    Raises ValidationError beside the name or the path where another has it, also since a moment ago.
    """
    try:
        return _add(folder, by)
    except IntegrityError:
        raise taken(folder) from None


@transaction.atomic
def _add(folder: Folder, by: User) -> Folder:
    lock(folder.firm)
    folder.key = key_of(folder.label)
    if folder.parent:
        folder.parent.refresh_from_db(fields=["is_archived"])
        if folder.parent.is_archived:
            raise ValidationError({"parent": _("Ce répertoire vient d’être archivé.")})
        folder.top = folder.parent.top
    check_free(folder)
    folder.position = next_position(folder.firm, folder.audience, folder.company)
    folder.save()
    if folder.parent is None:
        folder.top = folder
        folder.save(update_fields=["top"])
    record(folder, "folder_added", _("%(by)s ajoute le répertoire « %(label)s »") % said(folder, by), by)
    return folder


def rename(folder: Folder, label: str, path: str, kind: str, *, seen: str, by: User) -> list[str]:
    """Give `folder` a name, a path and a usage; the names of the fields that changed.

    `seen` is `mark_of` the folder as the person saw it. Where a colleague has changed it since, nothing is saved, and
    the ValidationError says what it is called now. What lies within it follows its path.
    """
    try:
        return _rename(folder, {"label": label, "path": path, "kind": kind}, seen, by)
    except IntegrityError:
        raise taken(folder) from None


@transaction.atomic
def _rename(folder: Folder, wanted: dict[str, str], seen: str, by: User) -> list[str]:
    lock(folder.firm)
    row = Folder.objects.select_related("firm", "company").get(pk=folder.pk)
    if row.is_archived:
        raise ValidationError(_("« %(label)s » vient d’être archivé.") % {"label": row.label})
    if seen != mark_of(row):
        raise ValidationError(
            _(
                "Un collègue a modifié ce répertoire entre-temps : « %(label)s », %(path)s. Rien n’est enregistré : "
                "relisez, puis enregistrez."
            )
            % {"label": row.label, "path": row.full_path}
        )
    before = {name: getattr(row, name) for name in wanted}
    changed = [name for name in wanted if wanted[name] != before[name]]
    if not changed:
        return []
    for name in changed:
        setattr(row, name, wanted[name])
    row.key = key_of(row.label)
    check_free(row)
    row.save(update_fields=[*changed, "key"])
    if "path" in changed:
        follow(row, before["path"])
    values = {name: (before[name] or "—", wanted[name] or "—") for name in changed}
    if "kind" in values:
        kinds = dict(Folder._meta.get_field("kind").flatchoices)  # type: ignore[union-attr]
        values["kind"] = (str(kinds[before["kind"]]), str(kinds[wanted["kind"]]))
    lines = [f"{Folder._meta.get_field(n).verbose_name} : {a} → {b}" for n, (a, b) in values.items()]  # type: ignore[union-attr]
    text = _("%(by)s modifie le répertoire « %(label)s »") % {"by": by, "label": before["label"]}
    record(row, "folder_renamed", f"{text} – {' ; '.join(lines)}", by)
    return changed


def follow(folder: Folder, old: str) -> None:
    """What lies within `folder` has its path below it."""
    inside = [
        child for child in Folder.objects.filter(top=folder.top_id) if child.path.startswith(f"{old}\\")
    ]
    longest = Folder._meta.get_field("path").max_length or 0  # type: ignore[union-attr]
    for child in inside:
        child.path = folder.path + child.path[len(old) :]
        if len(child.path) > longest:
            raise ValidationError(
                {"path": _("Avec ce chemin, celui de « %s » serait trop long.") % child.label}
            )
    Folder.objects.bulk_update(inside, ["path"])


def mark_of(folder: Folder) -> str:
    """What a form carries along, so that a colleague's change is noticed."""
    return "|".join((folder.label, folder.path, folder.kind))


@transaction.atomic
def archive(folder: Folder, *, by: User) -> bool:
    """Take an empty folder out of the grid and off the portal; False where it was so already.

    Raises ValidationError where something would be out of reach: documents, those in the trash too, folders within it,
    signed versions that go there. Restored, it is not on the portal until « Synchroniser ».
    """
    lock(folder.firm)
    row = Folder.objects.select_for_update().get(pk=folder.pk)
    if row.is_archived:
        return False
    if why := why_not_archived(row):
        raise ValidationError(why)
    Folder.objects.filter(pk=row.pk).update(is_archived=True, published={}, published_at=None)
    FolderException.objects.filter(folder=row).update(published={}, published_at=None)
    record(folder, "folder_archived", _("%(by)s archive le répertoire « %(label)s »") % said(folder, by), by)
    return True


def why_not_archived(folder: Folder) -> str:
    """Why `folder` cannot be archived, in a sentence that says what to do first; "" where it can."""
    if children := Folder.objects.filter(parent=folder, is_archived=False).count():
        return ngettext(
            "« %(label)s » contient encore %(count)s répertoire : archivez-le d’abord.",
            "« %(label)s » contient encore %(count)s répertoires : archivez-les d’abord.",
            children,
        ) % {"label": folder.label, "count": children}
    if live := Document.objects.live().filter(folder=folder).count():
        return ngettext(
            "« %(label)s » contient encore %(count)s document : déplacez-le d’abord.",
            "« %(label)s » contient encore %(count)s documents : déplacez-les d’abord.",
            live,
        ) % {"label": folder.label, "count": live}
    if trashed := Document.objects.trashed().filter(folder=folder).count():
        return ngettext(
            "%(count)s document de « %(label)s » est encore à la corbeille : restaurez-le et déplacez-le, ou "
            "supprimez-le d’abord.",
            "%(count)s documents de « %(label)s » sont encore à la corbeille : restaurez-les et déplacez-les, ou "
            "supprimez-les d’abord.",
            trashed,
        ) % {"label": folder.label, "count": trashed}
    signing = Folder.objects.filter(signed_into=folder, is_archived=False).exclude(pk=folder.pk).first()
    if signing:
        return _(
            "Les versions signées de « %(other)s » vont dans « %(label)s » : choisissez-leur d’abord un autre répertoire."
        ) % {"other": signing.label, "label": folder.label}
    return ""


def restore(folder: Folder, *, by: User) -> bool:
    """Bring an archived folder back, at the end of the grid; False where it is there already.

    Raises ValidationError where another has its name or path meanwhile, or where it lay within an archived one.
    """
    try:
        return _restore(folder, by)
    except IntegrityError:
        raise taken(folder) from None


@transaction.atomic
def _restore(folder: Folder, by: User) -> bool:
    lock(folder.firm)
    row = (
        Folder.objects.select_related("firm", "company", "parent")
        .select_for_update(of=("self",))
        .get(pk=folder.pk)
    )
    if not row.is_archived:
        return False
    if row.parent and row.parent.is_archived:
        raise ValidationError(
            _("Rétablissez d’abord « %(label)s », où il se trouve.") % {"label": row.parent.label}
        )
    check_free(row)
    row.is_archived = False
    row.position = next_position(row.firm, row.audience, row.company)
    row.save(update_fields=["is_archived", "position"])
    record(row, "folder_restored", _("%(by)s rétablit le répertoire « %(label)s »") % said(row, by), by)
    return True


@transaction.atomic
def move(folder: Folder, *, up: bool, by: User) -> bool:
    """Put a folder of the firm's grid one place up or down; False where there is no place to go."""
    lock(folder.firm)
    rows = list(Folder.objects.of_firm(folder.firm_id).filter(audience=folder.audience, parent=None))
    at = next((number for number, row in enumerate(rows) if row.pk == folder.pk), None)
    to = -1 if at is None else at + (-1 if up else 1)
    if at is None or not 0 <= to < len(rows):
        return False
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows):
        row.position = position
    Folder.objects.bulk_update(rows, ["position"])
    way = _("%(by)s monte « %(label)s » d’un rang") if up else _("%(by)s descend « %(label)s » d’un rang")
    record(folder, "folder_moved", way % said(folder, by), by)
    return True


def taken(folder: Folder) -> ValidationError:
    """Somebody else was quicker by a moment: the constraint of the database refused."""
    return ValidationError(
        {"label": _("Un répertoire porte déjà ce nom : « %(label)s ».") % {"label": folder.label}}
    )


def said(folder: Folder, by: User) -> dict[str, object]:
    return {"by": by, "label": folder.label}


def record(folder: Folder, verb: str, text: str, by: User) -> None:
    history.record(folder, verb, text, company=folder.company, firm=folder.firm, by=by, internal=True)
