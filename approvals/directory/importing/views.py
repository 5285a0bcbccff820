"""« Paramètres », tab « Import »: companies, contacts and employees in and out, by the firm's administrators."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.directory.importing import exporting, stories
from approvals.directory.importing.forms import ImportForm
from approvals.directory.importing.kinds import KINDS
from approvals.directory.importing.lists import ImportList, RowList
from approvals.directory.importing.reading import Refused
from approvals.models import DirectoryImport, ImportKind
from portal.files.scanning import ScannerDown
from portal.files.uploads import refusal_of, sentence_of
from portal.listing.export import LABELS


@require_http_methods(["GET", "HEAD", "POST"])
def directory_imports(request):
    if not request.user.is_firm_admin:
        raise Http404
    form = ImportForm(request.POST or None, request.FILES or None, refused=refusal_of(request))
    if request.method == "POST" and form.is_valid() and (imported := received(request.user, form)):
        return redirect(imported)
    page = ImportList(request, DirectoryImport.objects.visible_to(request.user).select_related("by", "job"))
    context = {"form": form, "page": page, "kinds": described(), "rules": exporting.rules()}
    return render(request, "approvals/directory_imports.html", context)


def received(user, form) -> DirectoryImport | None:
    """The import that the form asks for; None where the file was not taken, and the form says why."""
    asked = form.cleaned_data
    try:
        return stories.receive(asked["file"], asked["kind"], creates_groups=asked["creates_groups"], by=user)
    except Refused as error:
        form.add_error("file", str(error))
    except ScannerDown as error:
        form.add_error("file", _("%(why)s. Réessayez dans quelques minutes.") % {"why": capfirst(str(error))})
    except OSError as error:
        form.add_error("file", str(sentence_of(error)))
    return None


def described():
    """Each kind of file with its columns, for the page."""
    return [(kind, KINDS[kind].fields) for kind in ImportKind]


@require_safe
def directory_template(request):
    kind, form = asked_of(request)
    return exporting.response(kind, form, _("modele-%(kind)s") % {"kind": kind.value})


@require_safe
def directory_export(request):
    kind, form = asked_of(request)
    return exporting.response(kind, form, kind.value, request.user.firm)


def asked_of(request) -> tuple[ImportKind, str]:
    """What, and in which format; what the URL does not say is companies in CSV."""
    if not request.user.is_firm_admin:
        raise Http404
    kind, form = request.GET.get("quoi", ImportKind.COMPANIES), request.GET.get("forme", "csv")
    if kind not in ImportKind.values or form not in LABELS:
        raise Http404
    return ImportKind(kind), form


@require_safe
def directory_import(request, import_id):
    """What the import would do, line by line, and what it did."""
    imported = one_of(request.user, import_id)
    page = RowList(request, imported.rows.all())
    if page.export:
        return page.export_response(_("import"))
    return render(request, "approvals/directory_import.html", {"imported": imported, "page": page})


@require_POST
def directory_import_run(request, import_id):
    imported = one_of(request.user, import_id)
    if job := stories.begin(imported, by=request.user):
        return redirect(job)
    messages.info(request, _("Cet import est déjà demandé, ou n’a rien à importer."))
    return redirect(imported)


@require_POST
def directory_import_drop(request, import_id):
    imported = one_of(request.user, import_id)
    if not stories.drop(imported, by=request.user):
        messages.info(request, _("Cet import est en cours, ou terminé."))
        return redirect(imported)
    text = _("L’import de « %(file)s » est abandonné ; rien n’a été importé.")
    messages.success(request, text % {"file": imported.name})
    return redirect("approvals:directory_imports")


def one_of(user, import_id) -> DirectoryImport:
    rows = DirectoryImport.objects.visible_to(user).select_related("firm", "by", "job", "file")
    return get_object_or_404(rows, pk=import_id)
