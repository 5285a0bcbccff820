"""« Modèle de notification » (S3-22): the texts in force, for clients and for salariés, with the fields that they may use."""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notifications.defaults import default_of, kinds_of
from notifications.merging import ABOUT_DOCUMENTS, MEANINGS, Text, fields_of
from notifications.models import NotificationTemplate, Reader, TemplateKind
from portal.models import Firm


@dataclass(frozen=True)
class Shown:
    kind: TemplateKind
    text: Text
    is_own: bool
    fields: tuple[tuple[str, str], ...]  # the name, and what it stands for


def texts_of(firm: Firm) -> list[tuple[Reader, list[Shown]]]:
    """The texts about documents, by whom they are for: the firm's latest, else the portal's; one query."""
    rows = NotificationTemplate.objects.filter(firm=firm).order_by("version")
    own = {(row.reader, row.kind): Text(row.subject, row.body) for row in rows}
    return [
        (
            reader,
            [
                Shown(
                    kind,
                    own.get((reader, kind)) or default_of(reader, kind),
                    (reader, kind) in own,
                    tuple((f"#{name}#", str(MEANINGS[name])) for name in fields_of(reader, kind)),
                )
                for kind in kinds_of(reader)
                if kind in ABOUT_DOCUMENTS
            ],
        )
        for reader in Reader
    ]


@require_safe
def templates(request):
    if not request.user.is_firm_admin:
        raise Http404
    return render(request, "notifications/templates.html", {"texts": texts_of(request.user.firm)})
