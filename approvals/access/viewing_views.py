from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from approvals.access import viewing
from portal.listing import Column, Listing, Order
from portal.login.whence import Whence
from portal.models import ClientMember, Company, Employee
from portal.scoping import staffed_company


class PeopleList(Listing):
    """Those of a company whose portal can be looked at."""

    search = ("user__name", "user__email")
    orders = {"nom": Order("user__name")}
    columns = (
        Column(gettext_lazy("Nom"), "user__name", order="nom"),
        Column(gettext_lazy("Adresse e-mail"), "user__email"),
        Column(gettext_lazy("Actions"), css="actions-cell", is_silent=True),
    )
    nothing_found, show_all = gettext_lazy("Personne ne correspond"), gettext_lazy("Tout le monde")


@require_safe
def client_portal(request, code):
    return people_of(request, code, ClientMember, "approvals/client_portal.html")


@require_safe
def employee_portal(request, code):
    return people_of(request, code, Employee, "approvals/employee_portal.html")


def people_of(request, code, model, template):
    company = staffed_company(request.user, code)
    page = PeopleList(request, viewing.viewable(model, company))
    return render(request, template, {"company": company, "page": page})


@require_POST
def view_as_contact(request, code, member_id):
    return view_as(request, code, ClientMember, member_id)


@require_POST
def view_as_employee(request, code, employee_id):
    return view_as(request, code, Employee, employee_id)


def view_as(request, code, model, access_id):
    """From here on the session looks at the portal as this person, at their own home first."""
    company = staffed_company(request.user, code)
    access = get_object_or_404(viewing.viewable(model, company), pk=access_id)
    ip = Whence.of(request).ip
    request.session[viewing.KEY] = viewing.start(access, by=request.user, ip=ip)
    return redirect("portal:home")


@require_POST
def leave_viewing(request):
    """Back to what one is; nothing to leave is no mistake."""
    visit = request.viewing
    request.session.pop(viewing.KEY, None)
    if visit is None:
        return redirect("portal:home")
    viewing.stop(visit, ip=Whence.of(request).ip)
    messages.success(request, _("Vous avez quitté le portail du client."))
    company = (
        visit.access and Company.objects.staffed_by(request.user).filter(pk=visit.access.company_id).first()
    )
    return redirect("approvals:client_portal", company.code) if company else redirect("portal:home")
