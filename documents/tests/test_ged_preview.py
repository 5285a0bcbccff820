"""« Voir ce que verra un client »: what it says is what the portal shows once it is published, and nothing is written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.models import Document, Folder, FolderException, WithheldFolder
from documents.tests.ged_form import form_of
from documents.tests.lay import filed
from portal.models import ClientMember, Employee, Firm

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLIENTS, EMPLOYEES = "/parametres/ged/clients/", "/parametres/ged/salaries/"
INVOICES, QUOTES, CONTRACTS = "CLIENTS\\Facture\\", "CLIENTS\\Devis\\", "CLIENTS\\Contrat\\"
PAYSLIPS, TIMESHEETS = "SALARIES\\Bulletins\\", "SALARIES\\Pointages\\"


@pytest.fixture
def admin(client, cast, folders):
    cast.company.billing_email = "factures@moimeme.example"
    cast.company.save()
    client.force_login(cast.admin)
    return client


def tried(client, path, asked, **changes):
    """The page after « Voir », with the boxes changed on the screen and not saved."""
    data = form_of(client.get(path), **changes) | asked | {"essayer": "oui"}
    return client.get(client.post(path, data)["Location"])


def seen(answer) -> dict[str, tuple[bool, int]]:
    """Of each folder that will be there: how many documents."""
    return {shown.folder.label: shown.count for shown in answer.context["preview"].folders if shown.after}


def synchronise(answer, cast) -> None:
    """Publish what is wanted, with what the page shows: as « Synchroniser » would."""
    now = timezone.now()
    for row in answer.context["rows"]:
        cells = {name: value for name, value in row.cells.items() if name != "signed_into"}
        shared = now if cells["is_shared"] else None
        Folder.objects.filter(pk=row.folder.pk).update(**cells, published=cells, published_at=shared)
    for exception in FolderException.objects.all():
        exception.published = exception.cells
        exception.published_at = now if exception.is_shared else None
        exception.save()
    Document.objects.filter(is_shared=True, published_at=None).update(published_at=now)
    Document.objects.filter(is_shared=False).update(published_at=None)


def test_it_says_what_the_portal_shows_once_it_is_published(admin, cast, folders):
    Folder.objects.filter(pk=folders[QUOTES].pk).update(published_at=None)
    filed(cast.claire, cast.company, folders[INVOICES], "f1.pdf", "f2.pdf")
    filed(cast.claire, cast.company, folders[QUOTES], "devis.pdf")
    [kept] = filed(cast.claire, cast.company, folders[CONTRACTS], "secret.pdf")
    Document.objects.filter(pk=kept.pk).update(is_shared=False)  # wanted off the portal, still there
    member = ClientMember.objects.get(user=cast.compta)
    WithheldFolder.objects.create(member=member, folder=folders["CLIENTS\\A signer\\Devis\\"])
    exception = FolderException.objects.create(
        folder=folders["CLIENTS\\A signer\\Contrat\\"], company=cast.company, is_shared=False
    )
    page = tried(
        admin,
        CLIENTS,
        {"entreprise": "4"},
        Facture={"is_shared": False},
        **{"Contrats à signer": {"notifies": False}},
    )
    [url] = [url for name, url, _shown in page.context["people"] if name == "Sophie Roux"]
    page = admin.get(url)
    assert seen(page) == {"Devis": 1, "Contrats": 0}
    preview = page.context["preview"]
    assert (preview.appearing, preview.disappearing, preview.withheld) == (1, 3, ["Devis à signer"])
    changes = {s.folder.label: (s.names, s.gone) for s in preview.folders if s.appearing or s.disappearing}
    assert changes == {
        "Contrats": ((), ("secret.pdf",)),
        "Devis": (("devis.pdf",), ()),
        "Facture": ((), ("f2.pdf", "f1.pdf")),
    }
    before = Document.objects.published_to(cast.compta).values_list("name", flat=True)
    assert set(before) == {"f1.pdf", "f2.pdf", "secret.pdf"}
    synchronise(page, cast)
    assert list(Document.objects.published_to(cast.compta).values_list("name", flat=True)) == ["devis.pdf"]
    assert exception.is_shared is False


def test_nothing_is_written(admin, cast, folders):
    filed(cast.claire, cast.company, folders[INVOICES], "f1.pdf")
    data = form_of(admin.get(CLIENTS), Facture={"is_shared": False}) | {
        "muet": "on",
        "entreprise": "4",
        "essayer": "oui",
    }
    with CaptureQueriesContext(connection) as captured:
        page = admin.get(admin.post(CLIENTS, data)["Location"])
    written = [q["sql"] for q in captured if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []
    assert [row.unsaved for row in page.context["rows"] if row.unsaved] == [{"is_shared"}]
    assert page.context["mutes"] is True
    assert Firm.objects.get(pk=cast.martin.pk).mutes_clients is False


def told(answer) -> dict[str, str]:
    return {
        shown.folder.label: shown.told.why_not or f"{shown.told.address} {shown.told.path}"
        for shown in answer.context["preview"].folders
    }


def test_it_says_who_would_be_written_to_with_which_link(admin, cast):
    page = tried(
        admin,
        CLIENTS,
        {"entreprise": "4"},
        Contrats={"notify_on": "billing"},
        Devis={"notifies": False},
    )
    assert told(page) == {
        "Contrats à signer": "adresse absente : Email fiche",
        "Devis à signer": "adresse absente : Email devis",
        "Contrats": "factures@moimeme.example /espace/4/",
        "Devis": "sans notification",
        "Facture": "factures@moimeme.example /espace/4/releve/",
    }
    muted = tried(admin, CLIENTS, {"entreprise": "4", "muet": "on"})
    assert set(told(muted).values()) == {"notifications désactivées"}


def test_an_employee_sees_what_is_theirs(admin, cast, folders):
    lea = cast.company.employees.get()
    filed(cast.claire, cast.company, folders[PAYSLIPS], "juin.pdf", employee=lea)
    filed(cast.claire, cast.company, folders[TIMESHEETS], "semaine.pdf", employee=lea)
    asked = {"entreprise": "4", "matricule": "007"}
    page = tried(admin, EMPLOYEES, asked, Contrats={"is_shared": False})
    assert seen(page) == {"Contrats et avenants à signer": 0, "Avenants": 0, "Bulletins": 1, "Pointages": 1}
    assert told(page)["Bulletins"] == "lea@moimeme.example /espace-salarie/bulletins/"
    Employee.objects.filter(pk=lea.pk).update(left_on=timezone.localdate(), wants_paper=True)
    Document.objects.filter(folder=folders[PAYSLIPS]).update(published_at=None)
    assert seen(tried(admin, EMPLOYEES, asked)) == {"Avenants": 0, "Bulletins": 0, "Contrats": 0}


@pytest.mark.parametrize(
    ("path", "asked", "why"),
    [
        (CLIENTS, {"entreprise": "nulle part"}, "Aucune entreprise n’a le code « nulle part »."),
        (
            EMPLOYEES,
            {"entreprise": "4", "matricule": "0"},
            "Aucun salarié de cette entreprise n’a le matricule « 0 ».",
        ),
    ],
)
def test_whoever_is_not_there_is_said(admin, path, asked, why):
    page = tried(admin, path, asked)
    assert (page.context["preview"], page.context["preview_error"]) == (None, why)


def test_a_try_that_nobody_made_is_none(admin, cast):
    page = admin.get(f"{CLIENTS}?essai=faux:signature&entreprise=4&personne={'9' * 30}")
    assert [row.unsaved for row in page.context["rows"] if row.unsaved] == []
    assert page.context["preview"].person is None
