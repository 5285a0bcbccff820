"""The list of « Non traitables »."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mailing.models import InboundMail, Space
from portal.listing import Action, BooleanFilter, Column, Listing, Order, PeriodFilter
from portal.portfolio.lists import company_filter

ASIDE = "ecartes"


class UnreadableList(Listing):
    """What could not be read, or with « Écartés » what a person has put aside since and can take back."""

    search = ("from_line", "subject", "note", "company__name")
    orders = {"recents": Order("-received_at")}
    columns = (
        Column(_("Reçu"), "received_at", order="recents"),
        Column(_("Code"), "company__code", is_shown=False),
        Column(_("Entreprise"), "company__name"),
        Column(_("Espace"), lambda mail: Space(mail.address.space).label, is_shown=False),
        Column(_("Expéditeur tel que reçu"), "from_line"),
        Column(_("Objet"), "subject"),
        Column(_("Motif"), "note", is_shown=False),
        Column(_("Gestes"), is_silent=True),
    )
    actions = (Action("reessayer", _("Réessayer"), tone="primary"), Action("ecarter", _("Écarter")))
    exports = ("csv", "xlsx")
    nothing_found, show_all = _("Aucun mail ne correspond"), _("Tous les mails non traitables")

    def __init__(self, request):
        self.filters = (
            BooleanFilter(ASIDE, _("Écartés"), only=Q()),
            company_filter(request),
            PeriodFilter("recu", field="received_at", label=_("Reçu du")),
        )
        mails = InboundMail.objects.log_of(request.user)
        shown = mails.put_aside() if request.GET.get(ASIDE) == "oui" else mails.unreadable()
        super().__init__(request, shown.defer("text").select_related("address__firm", "company__firm", "raw"))
