from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal import waiting
from portal.models import Attachment, Company
from portal.portfolio import favourites
from portal.portfolio.lists import CODE_LENGTH, CompanyList
from portal.scoping import visible_company

HISTORY_SHOWN = 20
OF_SPACES = ("documents", "mailing")  # floors whose rows lie in a space of the company


@dataclass(frozen=True)
class Line:
    company: Company
    waiting: list[waiting.Waiting]


@require_safe
def home(request):
    """Where a login leads: staff to the portfolio, a client or an employee to their own space."""
    user = request.user
    if user.staff:
        return redirect("portal:portfolio")
    if user.open_memberships:
        return redirect("documents:client_spaces")
    return redirect("documents:employee_space" if user.open_employments else "documents:personal")


@require_safe
def portfolio(request):
    return companies_of(request, "portal/portfolio.html")


@require_safe
def companies(request):
    return companies_of(request, "portal/companies.html")


def companies_of(request, template):
    """The companies of the person, a line each with what waits there; 404 for whoever has none to look after."""
    user = request.user
    if user.staff is None and not user.open_memberships:
        raise Http404
    mine = Company.objects.visible_to(user).with_marks(user).annotate(code_length=CODE_LENGTH)
    page = CompanyList(request, mine)
    waits = waiting.for_companies(user, page.rows)
    lines = [Line(company, waits.get(company.pk, [])) for company in page.rows]
    return render(request, template, {"page": page, "lines": lines})


@require_safe
def company(request, code):
    company = visible_company(request.user, code)
    context = {
        "company": company,
        "waiting": waiting.for_companies(request.user, [company]).get(company.pk, []),
        "spaces": [space for space in ("box", "image") if getattr(company, f"sees_{space}")],
        "history": history_of(request.user, company)[:HISTORY_SHOWN],
    }
    return render(request, "portal/company.html", context)


def history_of(user, company):
    """What `user` may read of it: clients nothing internal, nor what names documents and mails of a space that is shut."""
    history = company.history.select_related("by")
    if user.staff is None:
        history = history.filter(is_internal=False)
    if not (company.sees_box and company.sees_image):
        history = history.exclude(about_type__app_label__in=OF_SPACES)
    return history


@require_POST
def star(request, code):
    company = visible_company(request.user, code)
    try:
        favourites.toggle(request.user.staff, company)
    except Attachment.DoesNotExist:
        raise Http404 from None
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else "portal:portfolio")
