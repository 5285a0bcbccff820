"""« Paramètres internet », tab « Portail »: one button for accesses and GED, and the automatic mode (S3-06)."""

import pytest

from documents.models import Document
from documents.tests.lay import filed, said
from portal import tasks
from portal.models import ClientMember, Employee, Firm, Job

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TAB = "/parametres/internet/portail/"


def test_one_button_publishes_accesses_and_documents_once(client, cast, folders):
    client.force_login(cast.admin)
    answer = client.post("/parametres/portail/reglage/", {"next": TAB})
    assert (answer["Location"], Firm.objects.get(slug="martin").publishes_by_itself) == (TAB, False)
    cast.claire.firm.refresh_from_db()
    filed(cast.claire, cast.company, folders["CLIENTS\\Facture\\"], "facture.pdf")
    ClientMember.objects.filter(user=cast.compta).update(published={})
    Employee.objects.filter(user=cast.lea).update(published={})
    context = client.get(TAB).context
    assert (context["accesses"].opening, context["plan"].appearing) == (2, 1)
    assert client.post(TAB)["Location"] == "/travaux/"
    assert said(client.post(TAB)) == [
        ("info", "Une synchronisation est déjà en cours : il n’y a rien de plus à publier.")
    ]
    tasks.jobs()
    assert [job.title for job in Job.objects.order_by("pk")] == [
        "Synchroniser 1 accès",
        "Synchroniser 1 accès",
        "Synchroniser la GED",
    ]
    assert ClientMember.objects.get(user=cast.compta).is_open
    assert Employee.objects.get(user=cast.lea).is_open
    assert Document.objects.published_to(cast.compta).count() == 1
    assert said(client.post(TAB)) == [("info", "Rien à faire : tout est synchronisé.")]
