"""« Paramètres », « GED »: the firm's grid, tab by tab, tried before it is saved; and where its folders lie."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents.folders import stories
from documents.folders.forms import FolderForm, GridForm, Tried, keys, tried_in
from documents.folders.grid import Grid, firm_grid
from documents.folders.lists import EmployeeList, FolderList, employees_of, ged_of
from documents.folders.preview import Preview, preview
from documents.folders.roots import RootsForm
from documents.models import Audience, Folder, Signature
from documents.models.folder import LINK_TARGETS
from portal import undo
from portal.firm_settings.views import own_firm
from portal.models import AddressKind, ClientMember, Company, Employee, HistoryEntry

HISTORY_SHOWN = 20
TRY, COMPANY, PERSON, MATRICULE = "essai", "entreprise", "personne", "matricule"
LONGEST_URL = 3_000  # of a try: servers refuse an address of more than 4,000 characters


@require_safe
def ged_grid(request):
    """The first of the tabs."""
    return grid_page(request, firm_grid(request.user, Audience.EMPLOYEES), "documents/ged_grid.html")


@require_http_methods(["GET", "HEAD", "POST"])
def ged_audience(request, audience):
    """A tab: « Enregistrer », « Voir » (which saves nothing), and the places of the rows are one form."""
    grid = firm_grid(request.user, audience)
    if request.method != "POST":
        return grid_page(request, grid, "documents/ged_grid.html")
    form = GridForm(grid, request.POST)
    if form.errors:
        return grid_page(request, grid, "documents/ged_grid.html", form)
    if "essayer" in request.POST:
        return to_try(request, grid, form, anchor="#apercu", **asked_person(request.POST))
    for gesture in ("monter", "descendre"):
        if folder := grid.folders.filter(pk__in=keys(request.POST, gesture)).first():
            stories.move(folder, up=gesture == "monter", by=request.user)
            return to_try(request, grid, form, anchor=f"#r{folder.pk}")
    return saved(request, grid, form)


def saved(request, grid: Grid, form: GridForm):
    """« Enregistrer »: back to the page, or shown again where a colleague was quicker by a moment."""
    try:
        count = form.save()
    except ValidationError as refusal:
        form.errors = refusal.messages
        template = "documents/company_grid.html" if grid.company else "documents/ged_grid.html"
        return grid_page(request, grid, template, form)
    if count:
        said = ngettext(
            "%(count)s ligne enregistrée. En rouge : ce qui attend « Synchroniser ».",
            "%(count)s lignes enregistrées. En rouge : ce qui attend « Synchroniser ».",
            count,
        )
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, _("Aucune case n’a changé."))
    return redirect(listed(request, grid).here)


def to_try(request, grid: Grid, form: GridForm, *, anchor: str, **asked: str):
    """To the page, with what is ticked and not saved in its URL."""
    kept = form.kept
    if len(kept) > LONGEST_URL:
        form.errors = [
            _(
                "Trop de cases ont changé pour être essayées d’un coup. Enregistrez d’abord : rien n’est publié par là."
            )
        ]
        return grid_page(request, grid, "documents/ged_grid.html", form)
    page = listed(request, grid)
    page.carried = {}
    return redirect(f"{page.url(**{TRY: kept}, **asked)}{anchor}")


def asked_person(data) -> dict[str, str]:
    """Whose portal the form wants to see."""
    asked = {COMPANY: data.get(COMPANY, "").strip()[:32]}
    if matricule := data.get(MATRICULE, "").strip()[:32]:
        asked[MATRICULE] = matricule
    return asked


def listed(request, grid: Grid) -> FolderList:
    page = FolderList(request, grid.folders)
    page.path = grid.url
    return page


def grid_page(request, grid: Grid, template: str, form: GridForm | None = None):
    """The page of a grid: as it is kept, as a form with errors says it, or as a try in the URL does."""
    page = listed(request, grid)
    tried = tried_in(request.GET.get(TRY, ""))
    if form:
        tried = Tried(form.typed, form.mutes)
    elif tried.is_there or request.GET.get(COMPANY):
        page.carried = {name: request.GET.get(name, "") for name in (TRY, COMPANY, PERSON, MATRICULE)}
    context = {
        "grid": grid,
        "company": grid.company,
        "page": page,
        "rows": grid.rows(page.rows, tried.cells),
        "errors": form.errors if form else [],
        "tried": tried,
        "signatures": Signature.choices,
        "addresses": AddressKind.choices,
        "targets": [
            (target.value, target.label_for(grid.audience.reader)) for target in LINK_TARGETS[grid.audience]
        ],
        "places": list(grid.folders.values_list("pk", "label")) if page.rows else [],
        "own": own_of(grid),
        "archived": list(grid.archived[:50]) if grid.company is None else [],
        "is_muted": getattr(grid.firm, grid.mute) if grid.mute else False,
        "mutes": tried.mutes
        if tried.mutes is not None
        else bool(grid.mute and getattr(grid.firm, grid.mute)),
        **previewed(request, grid, tried),
    }
    return render(request, template, context)


def own_of(grid: Grid) -> list[Folder]:
    """All that the company alone has, archived ones last."""
    if grid.company is None:
        return []
    found = grid.company.own_folders.filter(audience=grid.audience).select_related("firm")
    return list(found.order_by("is_archived", "path", "pk")[:200])


def previewed(request, grid: Grid, tried: Tried) -> dict:
    """« Voir ce que verra un client », where the URL asks for it."""
    code, found = request.GET.get(COMPANY, ""), None
    why, person_id = "", request.GET.get(PERSON, "")
    if code and grid.has_preview:
        company = Company.objects.staffed_by(request.user).filter(code=code).first()
        if company is None:
            why = _("Aucune entreprise n’a le code « %(code)s ».") % {"code": code}
        else:
            person = person_of(company, grid, person_id, request.GET.get(MATRICULE, ""))
            if person is None and request.GET.get(MATRICULE):
                why = _("Aucun salarié de cette entreprise n’a le matricule « %(number)s ».") % {
                    "number": request.GET[MATRICULE]
                }
            else:
                found = preview(grid, tried, company, person)
    return {
        "preview": found,
        "preview_error": why,
        "code": code,
        "people": people_links(request, grid, found),
    }


def person_of(company: Company, grid: Grid, person_id: str, matricule: str) -> ClientMember | Employee | None:
    model = Employee if grid.is_of_employees else ClientMember
    people = model.objects.live().filter(company=company).select_related("user")
    if matricule and grid.is_of_employees:
        return people.filter(matricule=matricule).first()
    is_key = person_id.isascii() and person_id.isdecimal() and len(person_id) < 19
    return people.filter(pk=person_id).first() if is_key else None


def people_links(request, grid: Grid, found: Preview | None) -> list[tuple[str, str, bool]]:
    """Name, address, and whether it is shown: anybody of the company, then each of its people."""
    if found is None:
        return []
    state = {TRY: request.GET.get(TRY, ""), COMPANY: found.company.code}
    everybody = _("Tous les salariés") if grid.is_of_employees else _("Toute l’entreprise")
    choices = [("", everybody), *((str(person.pk), str(person.user)) for person in found.people)]
    shown = str(found.person.pk) if found.person else ""
    return [
        (name, f"{grid.url}?{urlencode({**state, PERSON: key})}#apercu", key == shown)
        for key, name in choices
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def ged_paths(request):
    """« Chemins »: the three roots, and the paths that they make."""
    if not request.user.is_firm_admin:
        raise Http404
    form = RootsForm(request.POST or None, instance=own_firm(request))
    if request.method == "POST" and form.saved(by=request.user):
        messages.success(request, _("Les chemins sont enregistrés."))
        return redirect("documents:ged_paths")
    folders = Folder.objects.configured_by(request.user).select_related("firm")
    grids = [Grid(request.user, audience) for audience in Audience]
    context = {
        "form": form,
        "grids": [(grid, [row for row in folders if row.audience == grid.audience]) for grid in grids],
        "tabs": grids[0].tabs,
    }
    return render(request, "documents/ged_paths.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ged_add(request, audience):
    grid = firm_grid(request.user, audience)
    form = FolderForm(request.POST or None, instance=Folder(firm=grid.firm, audience=audience))
    if request.method == "POST" and (folder := form.done(stories.add, form.instance, by=request.user)):
        said = _("« %(label)s » est ajouté, hors du portail. Réglez sa ligne, puis « Synchroniser ».")
        messages.success(request, said % {"label": folder})
        return redirect(f"{grid.url}#r{folder.pk}")
    return render(request, "documents/ged_add.html", {"form": form, "grid": grid})


@require_http_methods(["GET", "HEAD", "POST"])
def ged_folder(request, folder_id):
    """Name, path, usage of a folder of the grid; archive it."""
    folder = get_object_or_404(own_folders(request), pk=folder_id)
    form = FolderForm(request.POST or None, instance=own_folders(request).get(pk=folder_id))
    if request.method == "POST" and form.renamed(folder, by=request.user):
        messages.success(request, _("Le répertoire est enregistré."))
        return redirect(f"{Grid(request.user, Audience(folder.audience)).url}#r{folder.pk}")
    context = {
        "form": form,
        "folder": folder,
        "grid": Grid(request.user, Audience(folder.audience)),
        "why_not": stories.why_not_archived(folder),
        "history": HistoryEntry.objects.of(folder).select_related("by")[:HISTORY_SHOWN],
    }
    return render(request, "documents/ged_folder.html", context)


def own_folders(request):
    return Folder.objects.configured_by(request.user).select_related("firm")


@require_POST
def ged_archive(request, folder_id):
    folder = get_object_or_404(own_folders(request), pk=folder_id)
    try:
        if stories.archive(folder, by=request.user):
            back = reverse("documents:ged_restore", args=[folder_id])
            undo.offer(request, _("« %(label)s » est archivé.") % {"label": folder}, back, [])
    except ValidationError as refusal:
        for why in refusal.messages:
            messages.error(request, why)
        return redirect("documents:ged_folder", folder_id)
    return redirect(Grid(request.user, Audience(folder.audience)).url)


@require_POST
def ged_restore(request, folder_id):
    folder = get_object_or_404(
        Folder.objects.archived_by(request.user).select_related("firm") | own_folders(request), pk=folder_id
    )
    try:
        if stories.restore(folder, by=request.user):
            said = _("« %(label)s » est rétabli, hors du portail jusqu’à « Synchroniser ».")
            messages.success(request, said % {"label": folder})
    except ValidationError as refusal:
        for why in refusal.messages:
            messages.error(request, why)
    return redirect(Grid(request.user, Audience(folder.audience)).url)


@require_safe
def explore_employees(request):
    """« Explorer la GED salariés » (S3-22): every salarié of the companies on which the person works."""
    if request.user.staff is None:
        raise Http404
    page = EmployeeList(request, employees_of(request.user))
    if page.export:
        return page.export_response("ged-salaries")
    rows = [(employee, ged_of(employee)) for employee in page.rows]
    return render(request, "documents/explore_employees.html", {"page": page, "rows": rows})
