"""The lists of the e-mails that the portal has sent, and of the addresses to which it sends no more."""

from django.utils.translation import gettext_lazy as _

from mailing.kinds import MailKind
from mailing.models import MailStatus, SuppressionReason
from portal.listing import ChoiceFilter, Column, Listing, Order, PeriodFilter


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
