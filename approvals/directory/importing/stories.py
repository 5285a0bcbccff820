"""A file comes in, is checked and shown; a person imports it, once; it is forgotten. One transaction each."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.directory.importing import kinds
from approvals.directory.importing.lines import Line
from approvals.directory.importing.reading import MAX_BYTES, Refused, Table, read
from approvals.models import DirectoryImport, ImportRow, ImportStatus, Outcome
from portal import history, jobs
from portal.files import soundness
from portal.files.checks import clean_name, detect, refusal
from portal.files.keep import Kept, discard, open_kept
from portal.files.scanning import Scanner, forbidden
from portal.files.uploads import Upload, keep_uploads
from portal.jobs import Work
from portal.models import Firm, Job, User
from portal.models.stored_file import Flaw

KEPT_FOR = timedelta(days=1)
TYPES = frozenset({"csv", "txt", "tsv", "xlsx"})
WHOLE = 1_000_000  # items at once: all or nothing
TOLD = 20  # errors in the report of the work; the page of the import has them all


def receive(upload: Upload, kind: str, *, creates_groups: bool = False, by: User) -> DirectoryImport:
    """Read, check and keep a file of companies, contacts or employees, to be looked at before it is imported.

    Errors: Refused, whose sentence is for the person; ScannerDown, OSError: nothing is kept then. Not to be called
    within a transaction.
    """
    name = clean_name(upload.name or "")
    if (upload.size or 0) > MAX_BYTES:
        raise Refused(_("Le fichier dépasse 10 Mo : importez-le en plusieurs fois."))
    upload.seek(0)
    content = upload.read()
    table = read(content, name)
    if why := refusal(name, upload.content_type or "", content, TYPES):
        raise Refused(why)
    if found := Scanner().signature_in(content):
        raise Refused(forbidden(found))
    imported = DirectoryImport(firm=by.firm, by=by, kind=kind, name=name, creates_groups=creates_groups)
    columns, lines, _world = kinds.understood(imported, table)
    imported.ignored = columns.ignored
    [kept] = keep_uploads([upload])
    put_down(imported, lines, kept, detect(content, name))
    return imported


@transaction.atomic
def put_down(imported: DirectoryImport, lines: Sequence[Line], kept: Kept, type: str) -> None:
    imported.file = soundness.store(imported.firm, kept, type, Flaw.SOUND)
    count(imported, lines)
    imported.save()
    keep_lines(imported, lines)
    record(imported, "received", _("%(name)s dépose « %(file)s », à importer"), imported.by)


def count(imported: DirectoryImport, lines: Sequence[Line]) -> None:
    found = Counter(line.outcome for line in lines)
    for outcome in Outcome:
        setattr(imported, outcome.column, found[outcome])
    imported.status = ImportStatus.FAULTY if found[Outcome.WRONG] else ImportStatus.CHECKED


def keep_lines(imported: DirectoryImport, lines: Sequence[Line]) -> None:
    imported.rows.all().delete()
    ImportRow.objects.bulk_create(
        ImportRow(
            of=imported,
            number=line.number,
            outcome=line.outcome,
            key=line.key[:300],
            name=line.name[:300],
            changes=line.changes,
            errors=line.errors,
        )
        for line in lines
    )


@transaction.atomic
def begin(imported: DirectoryImport, *, by: User) -> Job | None:
    """A person presses « Importer »: work that a worker does. None where somebody did, or where there is nothing to do."""
    if imported.is_stuck:
        stopped = DirectoryImport.objects.filter(job=imported.job)
        stopped.move(imported.pk, old=ImportStatus.RUNNING, new=ImportStatus.CHECKED, job=None)
    if not imported.to_do:
        return None
    if not DirectoryImport.objects.move(imported.pk, old=ImportStatus.CHECKED, new=ImportStatus.RUNNING):
        return None
    done = (Outcome.NEW, Outcome.CHANGED)
    rows = imported.rows.filter(outcome__in=done).order_by("number").values_list("number", flat=True)
    title = _("Import : %(kind)s – %(file)s") % {
        "kind": imported.get_kind_display().lower(),
        "file": imported.name,
    }
    job = jobs.start(
        IMPORT, title, list(rows), firm=imported.firm, by=by, of=imported.pk, back=imported.get_absolute_url()
    )
    DirectoryImport.objects.filter(pk=imported.pk).update(job=job)
    return job


def read_again(job: Job, items: Sequence) -> Table | None:
    """The file, before the transaction; the page of the work says how far it is."""
    imported = DirectoryImport.objects.select_related("file").get(pk=job.asked["of"])
    if imported.file is None:
        return None
    say(job, _("Lecture du fichier…"))
    with open_kept(imported.file.key) as file:
        table = read(file.read(), imported.name)
    lines = ngettext("%(count)s ligne lue.", "%(count)s lignes lues.", len(table.lines))
    say(job, lines % {"count": len(table.lines)}, _("Vérification, puis écriture…"))
    return table


def say(job: Job, *lines: str) -> None:
    job.report = list(lines)
    job.mine().update(report=job.report)


def carry_out(job: Job, items: Sequence, table: Table | None) -> list[str]:
    """Check everything again, for the world may have changed since; then write all of it, or nothing and say why."""
    firm = Firm.objects.select_for_update().get(pk=job.firm_id)  # one import of a firm at a time
    found = DirectoryImport.objects.filter(job=job, status=ImportStatus.RUNNING).select_related("file")
    imported = found.first()
    if imported is None or table is None or job.by is None:
        return [_("Cet import a été abandonné ou repris entre-temps : rien n’a été importé.")]
    if not job.by.is_firm_admin:
        return [_("La personne qui l’a demandé n’administre plus le cabinet : rien n’a été importé.")]
    imported.firm = firm
    _columns, lines, world = kinds.understood(imported, table)
    wrong = [(line, title, why) for line in lines for title, why in line.errors] or otherwise(imported, lines)
    count(imported, lines)
    if wrong:
        return give_back(imported, lines, wrong)
    kinds.write(imported, lines, world, by=job.by)
    counts = {outcome.column: getattr(imported, outcome.column) for outcome in Outcome}
    old, new = ImportStatus.RUNNING, ImportStatus.DONE
    DirectoryImport.objects.move(imported.pk, old=old, new=new, ended_at=timezone.now(), **counts)
    let_go(imported)
    record(imported, "imported", _("%(name)s importe « %(file)s » – %(said)s"), job.by)
    return [said(imported)]


def otherwise(imported: DirectoryImport, lines: Sequence[Line]) -> list[tuple[Line, str, str]]:
    """The lines that would do something else than what was shown to whoever pressed « Importer »."""
    rows = imported.rows.values_list("number", "outcome", "changes")
    shown = {number: (outcome, changes) for number, outcome, changes in rows}
    why = _("ce que la ligne changerait n’est plus ce qui a été montré.")
    return [
        (line, "", why)
        for line in lines
        if shown.get(line.number) != (line.outcome, [list(change) for change in line.changes])
    ]


def give_back(imported: DirectoryImport, lines: Sequence[Line], wrong: Sequence) -> list[str]:
    """The world is not what it was when the file was looked at: nothing is written, and the page shows it anew."""
    imported.job = None
    imported.save()
    keep_lines(imported, lines)
    told = [
        _("Ligne %(number)s, %(title)s : %(why)s")
        % {"number": line.number, "title": title or line.name, "why": why}
        for line, title, why in wrong[:TOLD]
    ]
    return [
        _("Rien n’a été importé : le portail a changé depuis la vérification. Regardez-la de nouveau."),
        *told,
    ]


def said(imported: DirectoryImport) -> str:
    return _("%(kind)s : nouveaux %(new)s, modifiés %(changed)s, inchangés %(same)s") % {
        "kind": imported.get_kind_display(),
        "new": imported.new_rows,
        "changed": imported.changed_rows,
        "same": imported.same_rows,
    }


IMPORT = Work("directory.import", carry_out, make=read_again, at_once=WHOLE)


@transaction.atomic
def drop(imported: DirectoryImport, *, by: User) -> bool:
    """A person gives an import up; False where it is under way, or over."""
    if not end_without(imported):
        return False
    record(imported, "dropped", _("%(name)s abandonne l’import de « %(file)s »"), by)
    return True


def end_without(imported: DirectoryImport) -> bool:
    if not imported.is_open:
        return False
    same = DirectoryImport.objects.filter(job=imported.job)
    if not same.move(imported.pk, old=imported.status, new=ImportStatus.DROPPED, ended_at=timezone.now()):
        return False
    imported.rows.all().delete()
    let_go(imported)
    return True


def let_go(imported: DirectoryImport) -> None:
    """The file is not needed any more; its bytes go once that is certain."""
    if imported.file is not None:
        key = imported.file.key
        imported.file.delete()
        transaction.on_commit(partial(discard, key))


def forget(now: datetime) -> int:
    """After a day the files and the lines of imports go, whatever became of them; how many imports."""
    lines = Exists(ImportRow.objects.filter(of=OuterRef("pk")))
    old = DirectoryImport.objects.filter(Q(file__isnull=False) | lines, created_at__lt=now - KEPT_FOR)
    forgotten = 0
    for imported in old.select_related("file", "job"):
        with transaction.atomic():
            if imported.status == ImportStatus.DONE:
                imported.rows.all().delete()
                forgotten += 1
            elif end_without(imported):
                forgotten += 1
    return forgotten


def record(imported: DirectoryImport, verb: str, text: str, by: User | None) -> None:
    words = {"name": by, "file": imported.name, "said": said(imported)}
    history.record(imported, verb, text % words, firm=imported.firm, by=by, internal=True)
