"""« Renvoyer » from « Comparer avec le portail »: who has heard hears again by force, what waits is tried (S3-39)."""

import pytest
from django.test import Client

from approvals.directory.opening import open_company
from documents.folders import stories
from documents.models import Document, Folder
from documents.publication import resending
from documents.tests.lay import filed, said
from mailing.tasks import outbox
from notifications.models import Notification
from notifications.tasks import notifications
from portal import tasks
from portal.models import Company, Firm, HistoryEntry, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, CONTRACTS, PAYSLIPS = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\", "SALARIES\\Bulletins\\"
OLD, NEW = "factures@moimeme.example", "compta@ailleurs.example"


@pytest.fixture
def house(cast, folders):
    """Each notification leaves by itself as soon as the queue turns; the company has its addresses."""
    Firm.objects.update(grouping_minutes=0)
    Company.objects.update(email="fiche@moimeme.example", billing_email=OLD)
    for person in (cast.admin, cast.claire):
        person.firm.refresh_from_db()
    cast.company.refresh_from_db()
    return cast


@pytest.fixture
def path(folders):
    return f"/entreprises/4/documents/{folders[INVOICES].pk}/comparer/"


@pytest.fixture
def client(house):
    return window(house.claire)


def window(person):
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def lay(cast, folders, *names):
    return filed(cast.claire, cast.company, folders[INVOICES], *names)


def leave():
    notifications()
    outbox()
    notifications()


def again(client, path, *documents, **more):
    choice = {"geste": "renvoyer", "choix": [document.pk for document in documents]}
    return client.post(f"{path}renvoyer/", {**choice, **more})


def told():
    rows = Notification.objects.order_by("pk")
    return [(row.title, row.status, row.sent_to, row.is_forced) for row in rows]


def write_billing(person, address):
    """« Email facturation » of the card, by its form."""
    client, card = window(person), "/entreprises/4/fiche/facturation/"
    form = client.get(card).context["form"]
    values = {name: form[name].value() for name in form.fields}
    typed = {name: "" if value is None else value for name, value in values.items()}
    answer = client.post(card, {**typed, "billing_email": address})
    assert answer.status_code == 302
    assert Company.objects.get(code="4", firm__slug="martin").billing_email == address


def test_a_forced_notification_goes_to_the_address_as_it_is_now(client, house, folders, path):
    one, other = lay(house, folders, "a.pdf", "b.pdf")
    leave()
    write_billing(house.claire, NEW)
    synchronised = client.post("/entreprises/4/documents/synchroniser/", {"tells_first": "non"})
    assert said(synchronised) == [("info", "Rien à faire : tout est synchronisé.")]
    answer = again(client, path, one, other)
    assert said(answer) == [
        ("warning", "2 notifications ne partent pas – « b.pdf » : déjà notifié ; « a.pdf » : déjà notifié.")
    ]
    before = [("a.pdf", "sent", OLD, False), ("b.pdf", "sent", OLD, False)]
    assert told() == before
    answer = again(client, path, one, forcee="oui", next=f"{path}?differences=oui")
    assert (answer["Location"], said(answer)) == (
        f"{path}?differences=oui",
        [("success", "1 notification part.")],
    )
    leave()
    assert told() == [*before, ("a.pdf", "sent", NEW, True)]
    rows = {row.document.name: row.told for row in client.get(path).context["rows"]}
    assert {name: (row.status.label, row.address, row.is_by_hand) for name, row in rows.items()} == {
        "a.pdf": ("Envoyé", NEW, True),
        "b.pdf": ("Envoyé", OLD, False),
    }
    assert "renvoyée, forcée" in client.get(path).content.decode()
    assert "Claire Dupont renvoie la notification de « a.pdf »" in [
        entry.text for entry in HistoryEntry.objects.of(one)
    ]


def test_in_a_firm_that_publishes_by_hand_it_leaves_with_synchronise(client, house, folders, path):
    [document] = lay(house, folders, "a.pdf")
    leave()
    Firm.objects.update(publishes_by_itself=False)
    answer = again(client, path, document, forcee="oui")
    assert said(answer) == [("success", "1 notification partira avec « Synchroniser ».")]
    leave()
    assert told() == [("a.pdf", "sent", OLD, False), ("a.pdf", "waiting", "", True)]
    client.post("/entreprises/4/documents/synchroniser/", {"tells_first": "non"})
    tasks.jobs()
    leave()
    assert told() == [("a.pdf", "sent", OLD, False), ("a.pdf", "sent", OLD, True)]


def test_what_waits_is_tried_again_and_not_written_twice(client, house, folders, path):
    Company.objects.update(billing_email="")
    [document] = lay(house, folders, "a.pdf")
    assert said(again(client, path, document)) == [
        ("warning", "1 notification ne part pas – « a.pdf » : adresse absente.")
    ]
    write_billing(house.claire, NEW)
    assert said(again(client, path, document)) == [("success", "1 notification part.")]
    leave()
    assert told() == [("a.pdf", "sent", NEW, False)]


def test_of_several_each_has_its_own_fate(client, house, folders, path):
    """One was told, one waits for an address that came since, one was never told of: its folder was silent then."""
    [heard] = lay(house, folders, "lue.pdf")
    leave()
    folder = Folder.objects.get(pk=folders[INVOICES].pk)
    cells = folder.cells
    Folder.objects.filter(pk=folder.pk).update(published={**cells, "notifies": False})
    [silent] = lay(house, folders, "muette.pdf")
    Folder.objects.filter(pk=folder.pk).update(published=cells)
    Company.objects.update(billing_email="")
    [late] = lay(house, folders, "tard.pdf")
    write_billing(house.claire, NEW)
    answer = again(client, path, heard, silent, late)
    assert said(answer) == [
        ("success", "2 notifications partent."),
        ("warning", "1 notification ne part pas – « lue.pdf » : déjà notifié."),
    ]
    leave()
    assert sorted(told()) == [
        ("lue.pdf", "sent", OLD, False),
        ("muette.pdf", "sent", NEW, False),
        ("tard.pdf", "sent", NEW, False),
    ]


def test_a_document_that_is_not_on_the_portal_says_so(client, house, folders, path):
    [document] = lay(house, folders, "a.pdf")
    leave()
    Document.objects.filter(pk=document.pk).update(published_at=None)
    answer = again(client, path, document, forcee="oui")
    assert said(answer) == [("warning", "1 notification ne part pas – « a.pdf » : document non publié.")]


def test_what_nobody_may_read_is_told_to_nobody(house, folders):
    """A supplier's folder has no reader on the portal: no notification can be written."""
    [document] = lay(house, folders, "a.pdf")
    folder = Folder(firm=house.martin, audience="suppliers", label="Achats", path="Achats")
    stories.add(folder, by=house.admin)
    Document.objects.filter(pk=document.pk).update(folder=folder)
    Notification.objects.all().delete()
    done = resending.resend([document], by=house.claire, is_forced=True)
    assert (done.count, done.held) == (0, ("« a.pdf » : personne ne lit ce répertoire sur le portail",))


def test_a_salarie_is_told_again_at_the_own_address(client, house, folders):
    employee = house.company.employees.get()
    [payslip] = filed(house.claire, house.company, folders[PAYSLIPS], "bulletin.pdf", employee=employee)
    leave()
    path = f"/entreprises/4/salaries/007/documents/{folders[PAYSLIPS].pk}/comparer/"
    answer = again(client, path, payslip, forcee="oui")
    assert (answer["Location"], said(answer)) == (path, [("success", "1 notification part.")])
    leave()
    assert told() == [
        ("bulletin.pdf", "sent", house.lea.email, False),
        ("bulletin.pdf", "sent", house.lea.email, True),
    ]


def test_only_the_documents_on_screen_and_only_by_staff_of_the_company(client, house, folders, path):
    [mine] = lay(house, folders, "a.pdf")
    [contract] = filed(house.claire, house.company, folders[CONTRACTS], "contrat.pdf")
    other = open_company(house.martin, "12", "Boulangerie", token="", billing_email=OLD)
    [theirs] = filed(house.admin, other, folders[INVOICES], "la-leur.pdf")
    leave()
    before = told()
    answer = again(client, path, contract, theirs, forcee="oui")
    assert said(answer) == [("info", "Aucun document n’a été choisi.")]
    answer = client.post(f"{path}renvoyer/", {"geste": "autre", "choix": [mine.pk]})
    assert said(answer) == [("info", "Aucun document n’a été choisi.")]
    house.hugo.staff.attachments.filter(company=house.company).delete()
    for person in (house.hugo, house.gerant, house.compta, house.lea):
        assert again(window(person), path, mine, forcee="oui").status_code == 404
    # Of the other firm, who has a company « 4 » too: her folder is another.
    assert again(window(house.charlie), path, mine, forcee="oui").status_code == 404
    assert told() == before


def test_all_that_is_found_goes_with_one_tick(client, house, folders, path):
    lay(house, folders, "a.pdf", "b.pdf", "autre.pdf")
    leave()
    answer = client.post(f"{path}renvoyer/?q=autre", {"geste": "renvoyer", "choix": "tous", "forcee": "oui"})
    assert said(answer) == [("success", "1 notification part.")]
    assert [row.title for row in Notification.objects.filter(is_forced=True)] == ["autre.pdf"]
