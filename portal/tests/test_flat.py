"""A list costs as many queries for 300 rows as for one, and never more than twelve (quality.md, section 4).

The first twelve come in by the stories, as differently as they do in life; the others are copies in the database.
"""

import copy
import re
from uuid import UUID, uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.directory.opening import add_contact, add_employee, attach, give_access, open_company
from approvals.models import AddressStatus, RequestKind, SenderAddress, UserRequest
from approvals.requests import stories as requests
from approvals.requests.stories import Wish
from approvals.senders import intake
from documents.filing import trash
from documents.models import Document, Folder, Tag
from documents.tests.lay import filed, laid
from mailing.models import (
    InboundAddress,
    InboundAttachment,
    InboundMail,
    MailEvent,
    OutgoingMail,
    RawMail,
)
from portal.models import (
    Attachment,
    ClientMember,
    Company,
    FailedTask,
    HistoryEntry,
    LoginCode,
    StoredFile,
)
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
    "/entreprises/4/image/corbeille/": lambda context: context["page"].rows,
    "/mes-documents/": lambda context: [*context["page"].rows, *context["held"]],
    "/approbations/": lambda context: context["rows"],
    "/entreprises/4/acces-email/": lambda context: context["rows"],
    "/entreprises/4/acces-email/activite/": lambda context: context["page"].rows,
    "/entreprises/4/acces-email/{always}/": lambda context: context["row"].proved,
    "/entreprises/4/acces/": lambda context: context["rows"],
    "/entreprises/4/emails/": lambda context: context["page"].rows,
    "/emails/": lambda context: context["page"].rows,
    "/activite/": lambda context: context["page"].rows,
    "/non-traitables/": lambda context: context["page"].rows,
    "/taches/": lambda context: context["page"].rows,
    "/activite/{many}/": lambda context: context["attachments"],
    "/entreprises/4/acces/demandes/": lambda context: context["page"].rows,
    "/demandes/": lambda context: context["page"].rows,
    "/espace/": lambda context: context["doors"],
    "/espace/4/": lambda context: context["others"],
    "/espace/4/documents/": lambda context: context["page"].rows,
    "/espace/4/documents/{folder}/": lambda context: context["page"].rows,
    "/espace/4/devis/": lambda context: context["page"].rows,
    "/espace/4/releve/": lambda context: context["page"].rows,
    "/espace/4/deposer/": lambda context: context["rows"],
}
OF_CLIENTS = [path for path in LISTS if path.startswith("/espace/")]
# The history of a company tells its clients what was filed, not who may send: nothing there grows with the addresses.
OF_STAFF = ("/demandes/", "/emails/", "/activite/", "/non-traitables/", "/taches/", "/entreprises/4/")
SEEN_BY = {
    "hugo": [path for path in LISTS if path not in OF_CLIENTS],
    "gerant": [path for path in LISTS if path not in (*OF_STAFF, "/espace/4/deposer/")],
    "compta": [path for path in [*list(LISTS)[:7], *OF_CLIENTS] if path not in OF_STAFF],
}
EMPTY = (("gerant", "/mes-documents/"), ("compta", "/mes-documents/"))


def add_rows(cast, numbers):
    """One more row on every list for each of `numbers`; the mail with a file for each."""
    page, named = pdf(), {f"page-{number}.pdf": pdf() for number in numbers}
    for number in numbers:
        company = open_company(cast.martin, f"c{number}", f"Entreprise {number}", token="")
        attach(cast.hugo.staff, company)
        give_access(cast.gerant, company, login_code=f"c{number}", is_admin=True)
        give_access(cast.compta, company, login_code=f"c{number}-compta")
        requests.ask(cast.company, Wish(RequestKind.CONTACT, f"Personne {number}"), by=cast.gerant)
        arrive(mail_from(f"ici{number}@bois.example", files={"un.pdf": page, "deux.pdf": page}))
        [unread] = receive(mail_from(f"illisible{number}@bois.example"))
        intake.park(unread, "illisible")
        if number % 3 == 1:  # one of three is enough to see what grows, and three times as quick
            box = f"c{number}.box@martin.depot.localhost"
            arrive(mail_from("partout@bois.example", to=box), box)
            arrive(mail_from("toujours@bois.example", subject=f"Facture {number}"))
            arrive(mail_from(cast.hugo.email, to=HUGOS, subject=f"Douteux {number}"), HUGOS, local=False)
    arrive(mail_from(cast.hugo.email, to=HUGOS, files=named), HUGOS)
    arrive(mail_from(cast.compta.email, to=IMAGE, files=named), IMAGE)
    for person in (cast.hugo, cast.gerant, cast.compta):  # what each of them sees in the trash
        trash.throw(laid(person, "image", *named), by=person)
    decided = SenderAddress.objects.filter(
        address__in=[f"ici{number}@bois.example" for number in numbers[1::2]]
    )
    decided.update(status=AddressStatus.AUTHORISED, decided_by=cast.hugo, decided_at=timezone.now())
    full = arrive(mail_from(cast.compta.email, to=BOX, files=named))
    shelve(cast, numbers)
    return full


def shelve(cast, numbers):
    """One more document in two of the clients' folders for each of `numbers`, and in a folder of the company's own; rows
    alone, for the history of the company shows the last twenty of its events."""
    now, file = timezone.now(), StoredFile.objects.earliest("pk")
    kept = {"firm": cast.martin, "company": cast.company, "file": file, "published_at": now}
    invoices, quotes = (
        cast.martin.folders.get(audience="clients", label=label) for label in ("Facture", "Devis")
    )
    for number in numbers:
        own = Folder.objects.create(
            firm=cast.martin,
            company=cast.company,
            audience="clients",
            path=f"Chantier-{number}",
            label=f"Chantier {number}",
            key=f"chantier {number}",
            published_at=now,
        )
        Folder.objects.filter(pk=own.pk).update(top=own)
        for folder in (invoices, quotes, own):
            Document.objects.create(folder=folder, name=f"{folder}-{number}.pdf", **kept)


# What `add_rows` makes, the rows that others point to first.
COPIED = (
    *(Company, LoginCode, Attachment, ClientMember, StoredFile),
    *(InboundAddress, RawMail, InboundMail, InboundAttachment, Document, SenderAddress, UserRequest),
    *(OutgoingMail, MailEvent, FailedTask, HistoryEntry),
)


def last_rows():
    return {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in COPIED}


def copy_rows(since, times, *, keep):
    """Every row made after those of `since`, `times` over; copies point to copies, but files stay with the mail `keep`."""
    new = {}  # (model, number of the copy, old pk) to the copy
    for model in COPIED:
        rows = list(
            model.objects.filter(pk__gt=since[model]).exclude(pk=keep.pk if model is InboundMail else None)
        )
        for number in range(times):
            for row in rows:
                new[model, number, row.pk] = copied(row, number, new)
        model.objects.bulk_create([row for (made, _, _), row in new.items() if made is model], batch_size=500)


def copied(row, number, new):
    """One more row like `row`, other where it must be: its unique texts, what it points to, who sends."""
    other = copy.copy(row)
    other._state = copy.copy(row._state)
    other._state.fields_cache, other._state.adding, other.pk = {}, True, None
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.is_relation and (related := new.get((field.related_model, number, value))):
            setattr(other, field.attname, related.pk)
        elif field.name in ("address", "sender") and isinstance(value, str):
            setattr(other, field.name, re.sub(r"^(ici|illisible|c)(?=\d)", rf"\g<1>{number}-", value))
        elif field.name == "code" and isinstance(row, (Company, LoginCode)):
            setattr(other, field.name, value.replace("c", f"c{number}-", 1))
        elif field.unique and isinstance(value, UUID):
            setattr(other, field.name, uuid4())
        elif field.unique and isinstance(value, str):
            setattr(other, field.name, f"{number}-{value}"[-field.max_length :])
    if about := getattr(row, "about_id", None):
        model = ContentType.objects.get_for_id(row.about_type_id).model_class()
        other.about_id = new[model, number, about].pk if (model, number, about) in new else about
    if isinstance(row, InboundAttachment):
        other.part_no += 1000 * (number + 1)
    return other


def visits(cast, many):
    """Of each person and list: the rows shown, and the queries it took."""
    ContentType.objects.get_for_model(SenderAddress)  # known to every process that has served a page
    places = {
        "always": SenderAddress.objects.get(company=cast.company, address="toujours@bois.example").pk,
        "many": many.pk,
        "folder": cast.martin.folders.get(audience="clients", label="Facture").pk,
    }
    shown, queries = {}, {}
    for role in SEEN_BY:
        client = Client()
        client.force_login(getattr(cast, role))
        for path in SEEN_BY[role]:
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path.format(**places))
            shown[role, path], queries[role, path] = len(LISTS[path](answer.context)), len(captured)
    return shown, queries


def test_a_list_costs_the_same_for_one_row_and_for_300(cast, folders):
    few, before = visits(cast, add_rows(cast, range(1, 2)))
    since = last_rows()
    full = add_rows(cast, range(2, 13))
    copy_rows(since, 27, keep=full)
    for number in range(20):
        add_contact(cast.company, f"Contact {number}")
    many, after = visits(cast, full)
    assert Company.objects.visible_to(cast.hugo).count() == 1 + 1 + 11 * 28
    assert cast.company.documents.count() > 300
    assert [where for where in few if where not in EMPTY and many[where] < few[where] + 9] == []
    assert many["hugo", "/activite/{many}/"] == 11 * 28
    more = {where: after[where] - before[where] for where in after if after[where] != before[where]}
    assert more == {}


def test_a_list_costs_twelve_queries_at_most(cast, folders):
    _, queries = visits(cast, add_rows(cast, range(1, 3)))
    lists = {where: count for where, count in queries.items() if "{" not in where[1]}
    assert {where: count for where, count in lists.items() if count > MOST} == {}


def of_ged(cast, paths):
    """The queries that each page of the GED takes."""
    client, found = Client(), {}
    client.force_login(cast.hugo)
    client.get(paths[0])  # what a process learns once
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        found[path] = len(captured)
    return found


def test_the_ged_costs_the_same_for_a_document_and_for_many_in_many_folders(cast, folders):
    invoices, payslips = folders["CLIENTS\\Facture\\"], folders["SALARIES\\Bulletins\\"]
    lea = cast.company.employees.get()
    [invoice] = filed(cast.hugo, cast.company, invoices, "facture.pdf")
    [payslip] = filed(cast.hugo, cast.company, payslips, "bulletin.pdf", employee=lea)
    tag = Tag.objects.create(firm=cast.martin, name="Bail", key="bail")
    invoice.tags.add(tag)
    trashed, *_others = trash.throw(filed(cast.hugo, cast.company, invoices, "jetee.pdf"), by=cast.hugo)
    paths = [
        *("/entreprises/4/documents/", f"/entreprises/4/documents/{invoices.pk}/"),
        *("/entreprises/4/salaries/007/documents/", "/entreprises/4/documents/corbeille/"),
        *("/entreprises/4/salaries/", f"/documents/{invoice.pk}/?liste=dossier"),
    ]
    before = of_ged(cast, paths)
    for number in range(60):
        own = Folder(firm=cast.martin, company=cast.company, audience="clients", label=f"R {number}")
        own.parent = own.top = invoices
        own.key = own.path = f"r{number}"
        own.save()
        for row in (invoice, payslip, trashed):
            other = copy.copy(row)
            other._state = copy.copy(row._state)
            other.pk, other._state.adding = None, True
            other.save()
            other.tags.add(tag)
        add_employee(cast.company, f"Salarié {number}", f"m{number}")
    assert of_ged(cast, paths) == before
    lists = {path: count for path, count in before.items() if path != paths[-1]}
    assert {path: count for path, count in lists.items() if count > MOST} == {}
