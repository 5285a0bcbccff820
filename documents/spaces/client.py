"""The space of a client: what the firm has published for the company, its folders, quotes and statement, what was sent.

Staff enter it by « Portail client » alone (D-08). Each page asks again what is published to the person.
"""

from django.db.models import Count, Exists, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from documents.filing.options import addresses_of
from documents.filing.places import Place
from documents.models import Document, FolderKind
from documents.spaces import archive, deposit, shelves
from documents.spaces.marks import mark_of
from documents.spaces.news import with_news
from documents.spaces.places import seen_spaces
from documents.spaces.published_lists import DepositList, OwnCompanyList, PublishedList
from portal import waiting
from portal.models import Company, Employee

NEWS_SHOWN = 5
SENT_SHOWN = 3


@require_safe
def client_spaces(request):
    """The client's space: my companies, or the only one."""
    mine = own_companies(request.user)
    first = list(mine[:2])
    if not first:
        raise Http404
    if len(first) == 1:
        return redirect("documents:client_space", first[0].code)
    page = OwnCompanyList(request, mine)
    fresh = published(request.user, company__in=[company.pk for company in page.rows]).filter(is_new=True)
    counts = dict(fresh.order_by().values_list("company").annotate(Count("pk")))
    doors = [(company, counts.get(company.pk, 0)) for company in page.rows]
    return render(request, "documents/client_spaces.html", {"page": page, "doors": doors})


@require_safe
def client_space(request, code):
    """The home of a client's company: what is new, and where to go."""
    user = request.user
    employed = (
        Employee.objects.open().filter(user=user) if user.viewed_in is None else Employee.objects.none()
    )
    mine = own_companies(user).with_marks(user).annotate(is_employee_too=Exists(employed))
    company = get_object_or_404(mine, code=code)
    spaces = seen_spaces(company)
    documents = published(user, company)
    found = shelves.of_contact(user, company, documents)
    sent = Document.objects.visible_to(user).filter(company=company, space__in=spaces)
    context = {
        "company": company,
        "news": documents.order_by("-is_new", "-published_at", "-pk")[:NEWS_SHOWN],
        "shelves": found,
        "others": found.others(FolderKind.QUOTES, FolderKind.INVOICES),
        "quotes": found.of_kind(FolderKind.QUOTES),
        "invoices": found.of_kind(FolderKind.INVOICES),
        "latest": sent.select_related("file", "folder")[:SENT_SHOWN],
        "inbound_addresses": company.inbound_addresses.filter(retired_at=None, space__in=spaces).order_by(
            "space"
        ),
        "waiting": waiting.for_companies(user, [company]).get(company.pk, []),
    }
    return render(request, "documents/client_space.html", context)


@require_safe
def client_documents(request, code):
    company = own_company(request.user, code)
    return documents_of(request, company, "documents/client_documents.html", name=_("Documents"))


@require_safe
def client_folder(request, code, folder_id):
    company = own_company(request.user, code)
    return documents_of(request, company, "documents/client_folder.html", folder_id=folder_id)


@require_safe
def client_quotes(request, code):
    """« Devis » (S3-17): all quotes on the portal, in whatever folder for quotes."""
    company = own_company(request.user, code)
    only = Q(folder__top__kind=FolderKind.QUOTES)
    return list_of(request, company, "documents/client_quotes.html", only, name=_("Devis"))


@require_safe
def client_statement(request, code):
    """« Relevé de compte » (S3-17): until there are pièces, the invoices on the portal (D-47)."""
    company = own_company(request.user, code)
    only = Q(folder__top__kind=FolderKind.INVOICES)
    return list_of(request, company, "documents/client_statement.html", only, name=_("Factures"))


def documents_of(request, company, template, *, folder_id=None, name=""):
    """The documents of a folder and of those within it, or of all; its neighbours beside."""
    found = shelves.of_contact(request.user, company, published(request.user, company))
    shelf = None
    if folder_id is not None and (shelf := found.every.get(folder_id)) is None:
        raise Http404
    only = Q(folder__in=shelf.keys) if shelf else Q()
    context = {"shelves": found, "shelf": shelf}
    return list_of(request, company, template, only, name=name or str(shelf.folder), **context)


def list_of(request, company, template, only, *, name, **context):
    page = PublishedList(request, published(request.user, company).filter(only))
    if archive.is_wanted(request):
        return archive.response(page, f"{company.name} – {name}")
    context |= {"company": company, "page": page, "archive_url": archive.url_of(page)}
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def client_deposit(request, code):
    """Files for the firm, with a comment, from wherever one stands; and what became of those sent before."""
    company = own_company(request.user, code)
    place = next((Place(space, company) for space in seen_spaces(company)), None)
    if request.method == "POST":
        if place is None:
            raise Http404
        return deposit.answered(request, place, request.path)
    sent = sent_by(request.user, company) if place else Document.objects.none()
    page = DepositList(request, sent.select_related("file", "folder", "source__mail"))
    context = {
        "company": company,
        "place": place,
        "inbound_address": addresses_of(place).first() if place else None,
        "page": page,
        "rows": [(document, mark_of(document)) for document in page.rows],
        "accepted": ",".join(f".{ending}" for ending in sorted(request.user.firm.accepted_types)),
    }
    return render(request, "documents/client_deposit.html", context)


def own_companies(user):
    """The companies that `user` enters as their contact, not as staff."""
    return Company.objects.visible_to(user).filter(
        pk__in=[member.company_id for member in user.open_memberships]
    )


def own_company(user, code):
    return get_object_or_404(own_companies(user).with_marks(user), code=code)


def published(user, company=None, **where):
    """What lies in the clients' folders of one company, or of several, for their contact `user`, with what rows show."""
    theirs = Document.objects.published_to(user, company).filter(employee=None, **where)
    return with_news(theirs, user).select_related("file", "folder")


def sent_by(user, company):
    """What `user` laid in the spaces of `company`, or sent there from the address of the account."""
    mine = Q(uploaded_by=user)
    if user.email:
        mine |= Q(source__mail__sender=user.email)
    visible = Document.objects.visible_to(user).filter(company=company, space__in=seen_spaces(company))
    return visible.filter(mine)
