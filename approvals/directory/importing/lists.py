"""The lists of « Import »: what was laid down, and what would become of each line of a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from approvals.models import ImportRow, ImportStatus, Outcome
from portal.listing import ChoiceFilter, Column, Listing, Order


class ImportList(Listing):
    search = ("name",)
    filters = (ChoiceFilter("etat", field="status", choices=ImportStatus, every=_("Tous")),)
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Fichier"), "name", css="who"),
        Column(_("Quoi")),
        Column(_("État")),
        Column(_("Lignes")),
        Column(_("Déposé"), "created_at", order="recents"),
        Column(_("Par")),
    )
    page_size = 25
    nothing_found, show_all = _("Aucun import ne correspond"), _("Tous les imports")


@dataclass(frozen=True)
class Told:
    """One error or one change of a line, as a line of the report."""

    number: int
    outcome: str
    key: str
    name: str
    column: str = ""
    said: str = ""


class RowList(Listing):
    search = ("key", "name")
    filters = (
        ChoiceFilter(
            "etat",
            field="outcome",
            choices=Outcome,
            every=_("Toutes"),
            plurals={
                Outcome.WRONG: _("Erreurs"),
                Outcome.NEW: _("Nouvelles"),
                Outcome.CHANGED: _("Modifiées"),
                Outcome.SAME: _("Inchangées"),
            },
        ),
    )
    orders = {"ligne": Order("number")}
    columns = (
        Column(_("Ligne"), "number", order="ligne"),
        Column(_("État"), "outcome"),
        Column(_("Code"), "key", css="who"),
        Column(_("Nom"), "name"),
        Column(_("Colonne"), "column", is_shown=False),
        Column(_("Détail"), "said"),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune ligne ne correspond"), _("Toutes les lignes")

    def exported(self, row: ImportRow) -> Iterator[Told]:
        line = (row.number, str(row.badge.label), row.key, row.name)
        for column, why in row.errors:
            yield Told(*line, column, why)
        for column, before, after in [] if row.errors else row.changes:
            yield Told(*line, column, f"{before or '—'} → {after or '—'}")
        if not row.errors and not row.changes:
            yield Told(*line)
