"""The lists of this floor's journal: what came in, what the portal has sent, and to whom it sends no more."""

from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models import Fate, MailStatus, Space, SuppressionReason
from portal.listing import ChoiceFilter, Column, Listing, Order, PeriodFilter
from portal.portfolio.lists import company_filter


class ActivityList(Listing):
    """« Activité » of a company: every mail sent to it, whatever became of it."""

    search = ("sender", "sender_name", "from_line", "subject", "attachments__name")
    filters = (
        ChoiceFilter("devenir", field="status", choices=Fate, every=_("Tous"), menu=True, label=_("Devenir")),
        ChoiceFilter(
            "espace",
            field="address__space",
            choices=[(space, space.label) for space in (Space.BOX, Space.IMAGE)],
            every=_("Tous"),
            menu=True,
            label=_("Espace"),
        ),
        PeriodFilter("recu", field="received_at", label=_("Reçu du")),
    )
    orders = {"recents": Order("-received_at")}
    columns = (
        Column(_("Reçu"), "received_at", order="recents"),
        Column(_("Expéditeur"), "sender"),
        Column(_("Expéditeur tel que reçu"), "from_line", is_shown=False),
        Column(_("Objet"), "subject"),
        Column(_("Pièces jointes"), lambda mail: files_of(mail), is_shown=False),
        Column(_("Espace"), lambda mail: Space(mail.address.space).label),
        Column(_("Devenir"), lambda mail: mail.fate.label),
        Column(_("Motif"), "note", is_shown=False),
        Column(_("Règle"), "rule_name", is_shown=False),
        Column(_("Détails"), is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun mail ne correspond"), _("Tous les mails")


class FirmActivityList(ActivityList):
    """The same over all companies of a staff member, with the company of each mail."""

    search = (*ActivityList.search, "company__name")
    columns = (
        ActivityList.columns[0],
        Column(_("Code"), "company__code", is_shown=False),
        Column(_("Entreprise"), "company__name"),
        *ActivityList.columns[1:],
    )

    def __init__(self, request, queryset):
        self.filters = (company_filter(request), *ActivityList.filters)
        super().__init__(request, queryset)


def files_of(mail) -> str:
    """The files of a mail and what became of each, for a cell."""
    return " ; ".join(f"{file.name} ({file.outcome})" for file in mail.attachments.all())


class SentList(Listing):
    search = ("subject", "to_email", "to_name")
    filters = (
        ChoiceFilter(
            "statut", field="last_status", choices=MailStatus, every=_("Tous"), menu=True, label=_("Statut")
        ),
        ChoiceFilter("type", field="kind", choices=MailKind, every=_("Tous"), menu=True, label=_("Type")),
        PeriodFilter("date", field="created_at", label=_("Du")),
    )
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Date"), "created_at", order="recents"),
        Column(_("Dernier statut"), lambda mail: mail.shown_status.label),
        Column(_("Titre"), "subject"),
        Column(_("Expéditeur"), "from_email"),
        Column(_("Destinataire"), "to_email"),
        Column(_("Détails"), is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun e-mail ne correspond"), _("Tous les e-mails")


class FirmSentList(SentList):
    """Over all companies, and what was written for none."""

    search = (*SentList.search, "company__code", "company__name")
    columns = (
        *SentList.columns[:2],
        Column(_("Entreprise"), "company__name", is_shown=False),
        *SentList.columns[2:],
    )


class SuppressionList(Listing):
    search = ("address", "note")
    filters = (
        ChoiceFilter(
            "raison",
            field="reason",
            choices=SuppressionReason,
            every=_("Toutes"),
            plurals={
                SuppressionReason.HARD_BOUNCE: _("Rejetées"),
                SuppressionReason.COMPLAINT: _("Plaintes"),
                SuppressionReason.UNSUBSCRIBE: _("Désabonnées"),
                SuppressionReason.BY_HAND: _("À la main"),
            },
        ),
    )
    orders = {"recents": Order("-at"), "adresse": Order("address")}
    columns = (
        Column(_("Adresse"), "address", order="adresse", css="who"),
        Column(_("Raison"), lambda row: row.badge.label),
        Column(_("Depuis"), "at", order="recents"),
        Column(_("Par"), "by__name"),
        Column(_("Motif"), "note"),
        Column(_("Actions"), css="actions-cell", is_silent=True),
    )
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune adresse ne correspond"), _("Toutes les adresses")
