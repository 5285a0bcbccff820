"""Which text of a firm: for whom and about what, as an address names it, with the versions it has had."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import register_converter, reverse
from django.utils.translation import gettext_lazy as _

from notifications.defaults import default_of, kinds_of, own_of
from notifications.merging import Text
from notifications.models import NotificationTemplate, Reader, TemplateKind
from portal.models import Firm

READERS = {Reader.CLIENT: "clients", Reader.EMPLOYEE: "salaries"}
KINDS = {
    TemplateKind.DOCUMENT: "document",
    TemplateKind.TO_SIGN: "a-signer",
    TemplateKind.QUOTE: "devis",
    TemplateKind.INVOICE: "facture",
    TemplateKind.PAYSLIP: "bulletin",
    TemplateKind.SEVERAL: "plusieurs-documents",
    TemplateKind.DUNNING: "relance",
    TemplateKind.ACCESS: "acces",
    TemplateKind.WELCOME: "bienvenue",
}
SENT = {
    TemplateKind.DOCUMENT: _("Part pour un document d’un répertoire qui n’a pas de texte à lui."),
    TemplateKind.TO_SIGN: _("Part pour un document à signer."),
    TemplateKind.QUOTE: _("Part pour un document du répertoire des devis."),
    TemplateKind.INVOICE: _("Part pour un document du répertoire des factures."),
    TemplateKind.PAYSLIP: _("Part pour un document du répertoire des bulletins."),
    TemplateKind.SEVERAL: _("Part quand plusieurs documents arrivent pour la même personne en peu de temps."),
    TemplateKind.DUNNING: _("Part pour une relance."),
    TemplateKind.ACCESS: _("Part pour un nouvel accès d’une personne qui a déjà son mot de passe."),
    TemplateKind.WELCOME: _("Part pour le premier accès d’une personne, avec le lien de son mot de passe."),
}


class ReaderConverter:
    regex = "|".join(READERS.values())

    def to_python(self, value: str) -> Reader:
        return next(reader for reader, slug in READERS.items() if slug == value)

    def to_url(self, value: Reader | str) -> str:
        return READERS[Reader(value)]


class KindConverter:
    regex = "|".join(KINDS.values())

    def to_python(self, value: str) -> TemplateKind:
        return next(kind for kind, slug in KINDS.items() if slug == value)

    def to_url(self, value: TemplateKind | str) -> str:
        return KINDS[TemplateKind(value)]


register_converter(ReaderConverter, "reader")
register_converter(KindConverter, "text_kind")


@dataclass(frozen=True)
class Place:
    """Where a text stands. Version 0 is the portal's own text, which counts until the firm has written one."""

    firm: Firm
    reader: Reader
    kind: TemplateKind

    def __str__(self) -> str:
        return f"{self.kind.label} – {self.reader.label}"

    @property
    def sent(self) -> str:
        return str(SENT[self.kind])

    @property
    def is_employees(self) -> bool:
        return self.reader is Reader.EMPLOYEE

    @property
    def url(self) -> str:
        return reverse("notifications:template", args=[self.reader, self.kind])

    @property
    def default(self) -> Text:
        return default_of(self.reader, self.kind)

    @property
    def versions(self) -> QuerySet[NotificationTemplate]:
        found = NotificationTemplate.objects.filter(firm=self.firm, reader=self.reader, kind=self.kind)
        return found.select_related("by")

    @property
    def latest(self) -> NotificationTemplate | None:
        return own_of(self.firm, self.reader, self.kind)

    def text_of(self, version: int) -> Text | None:
        """The text of `version`; None where there is no such version."""
        if version == 0:
            return self.default
        row = self.versions.filter(version=version).first()
        return row.text if row else None


@dataclass(frozen=True)
class Current:
    """A text as it counts now: the firm's latest version, or None where the portal's does."""

    place: Place
    row: NotificationTemplate | None

    @property
    def text(self) -> Text:
        return self.row.text if self.row else self.place.default

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def is_portals(self) -> bool:
        return self.text == self.place.default


def current(place: Place) -> Current:
    return Current(place, place.latest)


def currents(firm: Firm) -> list[tuple[Reader, str, list[Current]]]:
    """All texts as they count, by reader with its word in addresses; one query."""
    rows = NotificationTemplate.objects.filter(firm=firm).select_related("by")
    newer = NotificationTemplate.objects.filter(
        firm=OuterRef("firm"),
        reader=OuterRef("reader"),
        kind=OuterRef("kind"),
        version__gt=OuterRef("version"),
    )
    latest = {(row.reader, row.kind): row for row in rows.filter(~Exists(newer))}
    return [
        (
            reader,
            READERS[reader],
            [Current(Place(firm, reader, kind), latest.get((reader, kind))) for kind in kinds_of(reader)],
        )
        for reader in Reader
    ]
