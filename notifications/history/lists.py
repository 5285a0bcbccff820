"""« Notifications »: whom the firm told of what, in which state that is, and what became of it (S3-33, S3-34)."""

from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mailing.journal.lists import company_filter
from mailing.journal.summary import REFUSED
from mailing.models import MailStatus
from notifications.history.shown import holds_of_all, told
from notifications.models import Hold, NotificationStatus
from portal.listing import Action, ChoiceFilter, Column, Listing, Order, PeriodFilter

RESEND = Action("renvoyer", _("Renvoyer"), tone="primary")
CANCEL = Action("annuler", _("Annuler"))
FOLLOWED = {"ouvertes": (MailStatus.OPENED, MailStatus.CLICKED), "rejetees": REFUSED}


class HoldFilter(ChoiceFilter):
    """By the reason written down when a row was last tried."""

    def condition(self, value, queryset):
        return Q(hold=value, status=NotificationStatus.WAITING)


class FollowedFilter(ChoiceFilter):
    """By what became of the mail."""

    def condition(self, value, queryset):
        return Q(mail__last_status__in=FOLLOWED[value])


class HistoryList(Listing):
    """By an address are found those that went there: where the others go is read from the card when they leave."""

    search = ("title", "sent_to", "person__email", "person__name", "company__code", "company__name")
    orders = {"recents": Order("-created_at")}
    columns = (
        Column(_("Document"), "row__title"),
        Column(_("Code"), "row__company__code", is_shown=False),
        Column(_("Entreprise"), "row__company__name", is_shown=False),
        Column(_("Salarié"), "row__employee__user__name", is_shown=False),
        Column(_("Destinataire"), "address"),
        Column(_("Pourquoi cette adresse"), "why_address", is_shown=False),
        Column(_("État"), lambda shown: shown.status.label),
        Column(_("Motif"), "waits", is_shown=False),
        Column(
            _("Suivi de l’e-mail"),
            lambda shown: shown.followed.label if shown.followed else "",
            is_shown=False,
        ),
        Column(_("Demandée"), "row__created_at", order="recents"),
        Column(_("Envoyée"), "row__sent_at"),
        Column(_("Modèle"), "text"),
        Column(_("Renvoyée par"), "row__asked_by__name", is_shown=False),
        Column(_("Notification forcée"), "row__is_forced", is_shown=False),
        Column(_("Détails"), is_silent=True),
    )
    actions = (RESEND, CANCEL)
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucune notification ne correspond"), _("Toutes les notifications")

    def __init__(self, request, queryset):
        self.filters = (
            ChoiceFilter(
                "etat",
                field="status",
                choices=NotificationStatus,
                every=_("Toutes"),
                plurals={NotificationStatus.SENT: _("Envoyées"), NotificationStatus.CANCELLED: _("Annulées")},
            ),
            HoldFilter(
                "motif",
                field="hold",
                choices=[(hold.value, str(hold.label).capitalize()) for hold in Hold if hold],
                every=_("Tous"),
                menu=True,
                label=_("Motif"),
            ),
            company_filter(request),
            FollowedFilter(
                "suivi",
                field="mail",
                choices=[("ouvertes", _("Ouvertes")), ("rejetees", _("Rejetées"))],
                every=_("Tous"),
                menu=True,
                label=_("Suivi"),
            ),
            PeriodFilter("date", field="created_at", label=_("Demandée du")),
        )
        super().__init__(request, queryset)

    @property
    def code(self) -> str:
        """The company to which the list is narrowed, "" for none."""
        return (
            next((value for found, value in self.values.items() if found.param == "entreprise"), None) or ""
        )

    @cached_property
    def holds(self) -> dict[int, Hold]:
        return holds_of_all(self.found)

    def exported(self, row):
        return (told(row, self.holds),)
