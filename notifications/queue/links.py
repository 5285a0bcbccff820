"""« Lien vers » (S3-17, S3-18): where a notification leads; always behind the login (D-52)."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.models import LinkTarget, Notification, Reader

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
    return settings.SITE_URL + path_of(row, target)


def path_of(row: Notification, target: LinkTarget) -> str:
    """The page of `target` for whoever hears of `row`."""
    code = row.company.code
    match target:
        case LinkTarget.DOCUMENT:
            return reverse("documents:document", args=[row.about_id])
        case LinkTarget.QUOTES:
            return reverse("documents:client_quotes", args=[code])
        case LinkTarget.STATEMENT:
            return reverse("documents:client_statement", args=[code])
        case LinkTarget.PAYSLIPS:
            return reverse("documents:employee_payslips")
        case LinkTarget.SPACE if row.reader is Reader.EMPLOYEE:
            return reverse("documents:employee_space")
    return reverse("documents:client_space", args=[code])
