"""A list costs as many queries for thirty rows as for one, and never more than twelve (quality.md, section 4)."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.directory.opening import attach, give_access, open_company
from approvals.models import AddressStatus, SenderAddress
from approvals.senders import intake
from portal.testing import BOX, IMAGE, arrive, mail_from, pdf, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MOST = 12
HUGOS = "hugo.mes-documents@martin.depot.localhost"
LISTS = {  # each screen, and the rows it shows
    "/portefeuille/": lambda context: context["lines"],
    "/entreprises/": lambda context: context["lines"],
    "/entreprises/4/": lambda context: context["history"],
    "/entreprises/4/box/": lambda context: context["page"].rows,
    "/entreprises/4/image/": lambda context: context["page"].rows,
    "/mes-documents/": lambda context: [*context["page"].rows, *context["held"]],
    "/approbations/": lambda context: context["rows"],
    "/entreprises/4/acces-email/": lambda context: context["rows"],
    "/entreprises/4/acces-email/activite/": lambda context: context["page"].rows,
    "/entreprises/4/acces-email/{always}/": lambda context: context["row"].proved,
    "/entreprises/4/emails/": lambda context: context["page"].rows,
    "/taches/": lambda context: [*context["open_tasks"], *context["closed_tasks"]],
    "/activite/{many}/": lambda context: context["attachments"],
}
# The history of a company tells its clients what was filed, not who may send: nothing there grows with the addresses.
OF_STAFF = ("/taches/", "/entreprises/4/")
SEEN_BY = {
    "hugo": list(LISTS),
    "gerant": [path for path in LISTS if path not in OF_STAFF],
    "compta": [path for path in list(LISTS)[:6] if path not in OF_STAFF],
}


def add_rows(cast, numbers):
    """One more row on every list for each of `numbers`; the mail with a file for each."""
    page, named = pdf(), {f"page-{number}.pdf": pdf() for number in numbers}
    for number in numbers:
        company = open_company(cast.martin, f"c{number}", f"Entreprise {number}", token="")
        attach(cast.hugo.staff, company)
        give_access(cast.gerant, company, login_code=f"c{number}", is_admin=True)
        give_access(cast.compta, company, login_code=f"c{number}-compta")
        arrive(mail_from(f"ici{number}@bois.example", files={"un.pdf": page, "deux.pdf": page}))
        [unread] = receive(mail_from(f"illisible{number}@bois.example"))
        intake.park(unread, "illisible")
        if number % 3 == 1:  # ten of thirty are enough to see what grows, and three times as quick
            box = f"c{number}.box@martin.depot.localhost"
            arrive(mail_from("partout@bois.example", to=box), box)
            arrive(mail_from("toujours@bois.example", subject=f"Facture {number}"))
            arrive(mail_from(cast.hugo.email, to=HUGOS, subject=f"Douteux {number}"), HUGOS, local=False)
    arrive(mail_from(cast.hugo.email, to=HUGOS, files=named), HUGOS)
    arrive(mail_from(cast.compta.email, to=IMAGE, files=named), IMAGE)
    decided = SenderAddress.objects.filter(
        address__in=[f"ici{number}@bois.example" for number in numbers[1::2]]
    )
    decided.update(status=AddressStatus.AUTHORISED, decided_by=cast.hugo, decided_at=timezone.now())
    return arrive(mail_from(cast.compta.email, to=BOX, files=named))


def visits(cast, many):
    """Of each person and list: the rows shown, and the queries it took."""
    ContentType.objects.get_for_model(SenderAddress)  # known to every process that has served a page
    always = SenderAddress.objects.get(company=cast.company, address="toujours@bois.example")
    shown, queries = {}, {}
    for role in SEEN_BY:
        client = Client()
        client.force_login(getattr(cast, role))
        for path in SEEN_BY[role]:
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path.format(always=always.pk, many=many.pk))
            shown[role, path], queries[role, path] = len(LISTS[path](answer.context)), len(captured)
    return shown, queries


def test_a_list_costs_the_same_for_one_row_and_for_thirty(cast):
    few, before = visits(cast, add_rows(cast, range(1, 2)))
    many, after = visits(cast, add_rows(cast, range(2, 31)))
    assert [where for where in few if where[1] != "/mes-documents/" and many[where] < few[where] + 9] == []
    assert many["hugo", "/mes-documents/"] == few["hugo", "/mes-documents/"] + 29 + 9
    assert {where: (before[where], after[where]) for where in after if after[where] != before[where]} == {}


def test_a_list_costs_twelve_queries_at_most(cast):
    _, queries = visits(cast, add_rows(cast, range(1, 3)))
    lists = {where: count for where, count in queries.items() if "{" not in where[1]}
    assert {where: count for where, count in lists.items() if count > MOST} == {}
