"""« Paramètres de l’e-mail »: who sends and who receives, tried before it is saved."""

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mailing.sending.facts import pairs_of
from notifications.automatic import settings as automatic
from notifications.simulator.forms import TICKS, CommunicationForm
from notifications.simulator.lists import TRY, SimulatorList
from notifications.simulator.outcomes import Setup, Simulation
from portal.models import Company
from portal.portfolio.lists import CODE_LENGTH

SALT = "notifications.simulator"


@require_http_methods(["GET", "HEAD", "POST"])
def communication(request):
    """The settings with their simulator, for the firm's administrators; « Essayer » shows and saves nothing."""
    if not request.user.is_firm_admin:
        raise Http404
    firm = request.user.firm
    now = Setup(firm, automatic.settings_of(firm), automatic.team_of(firm))
    tried = tried_in(request)
    form = CommunicationForm(request.POST or tried, now)
    if request.method == "POST" and form.is_valid:
        if "essayer" in request.POST:
            return redirect(
                f"{request.path}?{urlencode({TRY: kept(request.POST, form)})}{SimulatorList.anchor}"
            )
        automatic.change(form.addresses.instance, form.addresses.changed, form.automatic, by=request.user)
        messages.success(request, _("Les paramètres de l’e-mail sont enregistrés."))
        return redirect("notifications:communication")
    page = simulator(request, now, form.setup if tried and form.is_valid else None)
    if page.export:
        return page.export_response("simulateur")
    return render(request, "notifications/communication.html", {"form": form, "page": page})


def simulator(request: HttpRequest, now: Setup, then: Setup | None) -> SimulatorList:
    companies = Company.objects.staffed_by(request.user)
    simulation = Simulation(pairs_of(companies), now, then)
    rows = companies.annotate(code_length=CODE_LENGTH).select_related("manager__user", "group")
    return SimulatorList(request, rows, simulation, request.GET[TRY] if then else "")


def kept(data: QueryDict, form: CommunicationForm) -> str:
    """What the form says, as a URL carries it: a try can be paged, filtered and sent to a colleague.

    The ticks are those that the form has settled on, so that the page shows what is tried.
    """
    said = data.copy()
    for name in ("csrfmiddlewaretoken", "essayer", *TICKS.values()):
        said.pop(name, None)
    for tick in TICKS.values():
        if form.addresses.cleaned_data[tick]:
            said[tick] = "on"
    return signing.dumps(said.urlencode(), salt=SALT, compress=True)


def tried_in(request: HttpRequest) -> QueryDict | None:
    """The try that the URL carries; None without one, or where it is not what `kept` has written."""
    try:
        return QueryDict(signing.loads(request.GET.get(TRY, ""), salt=SALT))
    except signing.BadSignature:
        return None
