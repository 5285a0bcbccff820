"""« Lien vers » (S3-17, S3-18): where a notification leads; always behind the login (D-52)."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.models import LinkTarget, Notification, Reader
from portal.models import Company

LABELS = {
    LinkTarget.SPACE: _("Ouvrir mon espace"),
    LinkTarget.DOCUMENT: _("Ouvrir le document"),
    LinkTarget.QUOTES: _("Voir mes devis"),
    LinkTarget.STATEMENT: _("Voir mon relevé de compte"),
    LinkTarget.PAYSLIPS: _("Voir mes bulletins"),
}


def target_of(rows: Sequence[Notification]) -> LinkTarget:
    """Where one mail about `rows` leads: where all of them do, else to the space that holds them all."""
    targets = {LinkTarget(row.link_target or LinkTarget.SPACE) for row in rows}
    if len(targets) > 1 or (len(rows) > 1 and LinkTarget.DOCUMENT in targets):
        return LinkTarget.SPACE
    return targets.pop()


def url_of(row: Notification, target: LinkTarget) -> str:
    return settings.SITE_URL + path_of(target, row.company, row.reader, row.about_id)


def path_of(target: LinkTarget, company: Company, reader: Reader, document: int | None = None) -> str:
    """The page of `target` for whoever hears of a document of `company`, of which only its own page needs the key."""
    match target:
        case LinkTarget.DOCUMENT if document is None:
            return "/documents/…/"
        case LinkTarget.DOCUMENT:
            return reverse("documents:document", args=[document])
        case LinkTarget.QUOTES:
            return reverse("documents:client_quotes", args=[company.code])
        case LinkTarget.STATEMENT:
            return reverse("documents:client_statement", args=[company.code])
        case LinkTarget.PAYSLIPS:
            return reverse("documents:employee_payslips")
        case LinkTarget.SPACE if reader is Reader.EMPLOYEE:
            return reverse("documents:employee_space")
    return reverse("documents:client_space", args=[company.code])
