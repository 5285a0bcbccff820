"""« Comparer avec le portail »: what is wanted, what one reader is shown, who has seen it, what was told (S3-38, D-43)."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.models import Document, WithheldFolder
from documents.tests.lay import filed
from notifications.models import Notification, NotificationStatus
from portal.models import ClientMember, Company

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, PAYSLIPS = "CLIENTS\\Facture\\", "SALARIES\\Bulletins\\"
READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def invoices(cast, folders):
    """Three documents that are there; the second is not wanted, the third not published any more."""
    Company.objects.filter(pk=cast.company.pk).update(billing_email="factures@moimeme.example")
    cast.company.refresh_from_db()
    documents = filed(cast.claire, cast.company, folders[INVOICES], "a.pdf", "b.pdf", "c.pdf")
    Document.objects.filter(name="b.pdf").update(is_shared=False)
    Document.objects.filter(name="c.pdf").update(published_at=None)
    return documents


@pytest.fixture
def path(folders):
    return f"/entreprises/4/documents/{folders[INVOICES].pk}/comparer/"


def rows(client, path):
    shown = client.get(path).context["rows"]
    return {row.document.name: (row.document.is_wanted, row.document.is_shown, row.differs) for row in shown}


def test_each_reader_is_shown_what_the_portal_s_own_query_says(client, cast, folders, invoices, path):
    client.force_login(cast.claire)
    differences = {"a.pdf": (True, True, False), "b.pdf": (False, True, True), "c.pdf": (True, False, True)}
    assert rows(client, path) == differences  # as the client administrator
    assert sorted(rows(client, f"{path}?differences=oui")) == ["b.pdf", "c.pdf"]
    member = ClientMember.objects.get(user=cast.compta)
    WithheldFolder.objects.create(member=member, folder=folders[INVOICES])
    as_compta = f"{path}?lecteur={cast.compta.pk}"
    assert {name: shown for name, (_, shown, _) in rows(client, as_compta).items()} == dict.fromkeys(
        differences, False
    )
    for nobody in (cast.patron.pk, cast.lea.pk, "x"):  # not a contact of the company
        assert client.get(f"{path}?lecteur={nobody}").context["reader"] == cast.gerant


def test_who_has_seen_it_and_what_was_told(client, cast, invoices, path):
    reader = Client()
    for person in (cast.compta, cast.gerant):
        reader.force_login(person)
        reader.get(f"/documents/{invoices[0].pk}/telecharger/", headers=READER)
    at = timezone.now()
    Notification.objects.of(invoices[1]).update(
        status=NotificationStatus.SENT, sent_at=at, sent_to="avant@moimeme.example"
    )
    client.force_login(cast.claire)
    shown = {row.document.name: row for row in client.get(path).context["rows"]}
    assert [view.user for view in shown["a.pdf"].document.views.all()] == [cast.compta, cast.gerant]
    told = {
        name: (row.told.status.label, row.told.hold.label, row.told.address) for name, row in shown.items()
    }
    assert told == {
        "a.pdf": ("En attente", "aucun", "factures@moimeme.example"),
        "b.pdf": ("Envoyé", "aucun", "avant@moimeme.example"),
        "c.pdf": ("En attente", "document non publié", "factures@moimeme.example"),
    }
    assert shown["b.pdf"].told.at == at
    exported = b"".join(client.get(f"{path}?differences=oui&export=csv").streaming_content).decode(
        "utf-8-sig"
    )
    lines = list(csv.DictReader(io.StringIO(exported), delimiter=";"))
    assert [(line["Document"], line["Affiché à ce lecteur"], line["Notification"]) for line in lines] == [
        ("c.pdf", "non", "En attente – document non publié"),
        ("b.pdf", "oui", "Envoyé"),
    ]


def test_an_employee_s_folder_is_read_as_the_employee(client, cast, folders):
    employee = cast.company.employees.get()
    filed(cast.claire, cast.company, folders[PAYSLIPS], "bulletin.pdf", employee=employee)
    client.force_login(cast.hugo)
    path = f"/entreprises/4/salaries/007/documents/{folders[PAYSLIPS].pk}/comparer/"
    page = client.get(path)
    assert (list(page.context["readers"].values()), page.context["reader"]) == ([cast.lea], cast.lea)
    assert rows(client, path) == {"bulletin.pdf": (True, True, False)}
    assert client.get(f"/entreprises/4/documents/{folders[PAYSLIPS].pk}/comparer/").status_code == 404
    assert client.get(path.replace("007", "008")).status_code == 404


def test_it_costs_the_same_for_many_rows(client, cast, folders, invoices, path):
    client.force_login(cast.claire)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        counts.append(len(asked))
        filed(cast.claire, cast.company, folders[INVOICES], *(f"{number}.pdf" for number in range(9)))
    assert counts[0] == counts[1] <= 17
