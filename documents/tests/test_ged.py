"""The GED of a company and of a salarié: its tree, its list, what is laid there, and its document's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from documents.filing import moving
from documents.ged.tree import FolderMark, mark_for, mark_of
from documents.models import Document, Folder, FolderException, Tag
from documents.tests.lay import filed, laid, said
from portal.models import ClientMember, Employee, HistoryEntry
from portal.testing import arrive, mail_from, pdf
from portal.undo import offered

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, CONTRACTS = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\"
PAYSLIPS = "SALARIES\\Bulletins\\"
GED = "/entreprises/4/documents/"
LEAS = "/entreprises/4/salaries/007/documents/"


@pytest.fixture
def lea(cast):
    return cast.company.employees.get()


def names(client, path):
    return [row.name for row in client.get(path).context["page"].rows]


def branches(client, path):
    tree = client.get(path).context["tree"]
    return {
        branch.folder.label: (branch.count, branch.mark, branch.depth)
        for _label, group in tree.groups
        for branch in group
    }


def gesture(client, where, name, *documents, **told):
    """Post a gesture on `documents`; `told` is what its own form asks for."""
    more = {"suite": "oui"} if told else {}
    return client.post(
        f"{where}selection/", {"geste": name, "choix": [d.pk for d in documents], **more, **told}
    )


def way_back(client, answer):
    """What the page to which `answer` leads offers to take back, as a function that does so."""
    [message] = client.get(answer["Location"]).context["messages"]
    undo = offered(message.extra_tags)
    assert undo is not None
    fields = {name: [value for other, value in undo.fields if other == name] for name, _value in undo.fields}
    return lambda: client.post(undo.url, fields)


def test_the_tree_counts_and_marks(client, cast, folders, lea):
    own = Folder.objects.create(
        firm=cast.martin, company=cast.company, audience="clients", parent=folders[CONTRACTS],
        top=folders[CONTRACTS], path="Contrat\\Bail", label="Baux", key="baux",
    )  # fmt: skip
    filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    filed(cast.claire, cast.company, own, "bail.pdf")
    filed(cast.claire, cast.company, folders[PAYSLIPS], "bulletin.pdf", employee=lea)
    FolderException.objects.create(folder=folders[INVOICES], company=cast.company)
    client.force_login(cast.claire)
    tree = branches(client, GED)
    assert list(tree) == ["Contrats à signer", "Devis à signer", "Contrats", "Baux", "Devis", "Facture"]
    assert tree["Baux"] == (1, FolderMark.SHARED, 1)
    assert tree["Facture"] == (2, FolderMark.TO_HIDE, 0)
    assert branches(client, LEAS)["Bulletins"] == (1, FolderMark.SHARED, 0)
    assert sorted(names(client, GED)) == ["bail.pdf", "deux.pdf", "un.pdf"]
    assert names(client, f"{GED}{own.pk}/") == ["bail.pdf"]
    assert names(client, LEAS) == ["bulletin.pdf"]
    assert [row.filed for row in client.get("/entreprises/4/salaries/").context["page"].rows] == [1]


@pytest.mark.parametrize(
    ("is_wanted", "is_there", "mark"),
    [
        (True, True, FolderMark.SHARED),
        (True, False, FolderMark.TO_SHARE),
        (False, True, FolderMark.TO_HIDE),
        (False, False, None),
    ],
)
def test_the_mark_of_a_folder(is_wanted, is_there, mark):
    assert mark_of(is_wanted=is_wanted, is_there=is_there) is mark
    top = Folder(is_shared=is_wanted, published_at=timezone.now() if is_there else None)
    assert mark_for(top, None) is mark
    dropped = FolderException(is_shared=not is_wanted, is_dropped=True)
    assert mark_for(top, dropped) is mark


def test_search_filters_and_orders(client, cast, folders):
    documents = filed(cast.claire, cast.company, folders[INVOICES], "Énergie.pdf", "loyer.pdf", "tva.pdf")
    documents[1].tags.add(Tag.objects.create(firm=cast.martin, name="Bail", key="bail"))
    Document.objects.filter(pk=documents[2].pk).update(published_at=None)
    client.force_login(cast.hugo)
    where = f"{GED}{folders[INVOICES].pk}/"
    tag = Tag.objects.get()
    found = {
        query: names(client, f"{where}?{query}")
        for query in ("q=energie", "q=bail", f"etiquette={tag.pk}", "etiquette=0", "attente=oui", "type=image",
                      "portail=to_publish", "tri=nom", "classe_au=2020-01-01")
    }  # fmt: skip
    everything = ["tva.pdf", "loyer.pdf", "Énergie.pdf"]
    assert found == {
        "q=energie": ["Énergie.pdf"], "q=bail": ["loyer.pdf"], f"etiquette={tag.pk}": ["loyer.pdf"],
        "etiquette=0": everything, "attente=oui": ["tva.pdf"], "type=image": [], "portail=to_publish": ["tva.pdf"],
        "tri=nom": ["loyer.pdf", "tva.pdf", "Énergie.pdf"], "classe_au=2020-01-01": [],
    }  # fmt: skip
    export = b"".join(client.get(f"{where}?export=csv").streaming_content).decode()
    assert [line.split(";")[0] for line in export.splitlines()[1:]] == everything
    context = client.get(f"/documents/{documents[1].pk}/?liste=dossier&tri=nom").context
    assert (context["newer"], context["older"]) == (None, documents[2].pk)
    assert context["space_url"] == f"{where}?tri=nom"


def test_staff_lays_files_into_a_folder_which_publishes_them(client, cast, folders, lea):
    client.force_login(cast.claire)
    where = f"{LEAS}{folders[PAYSLIPS].pk}/"
    given = [
        SimpleUploadedFile("../bulletin\u202efdp.pdf", pdf("Bulletin")),
        SimpleUploadedFile("plan.dwg", b"AC1032" + bytes(60)),
        SimpleUploadedFile("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ]
    answer = client.post(f"{where}deposer/", {"fichiers": given})
    assert (answer["Location"], said(answer)) == (where, [
        ("success", "2 documents déposés."),
        ("error", "page.svg – Page HTML ou image SVG : type non accepté."),
    ])  # fmt: skip
    assert sorted(names(client, where)) == ["bulletinfdp.pdf", "plan.dwg"]
    client.force_login(cast.lea)
    bulletin = Document.objects.get(name="bulletinfdp.pdf")
    page = client.get(f"/documents/{bulletin.pk}/")
    assert (page.status_code, page.context["space_url"], page.context["kept"]) == (
        200,
        f"/espace-salarie/{lea.pk}/{folders[PAYSLIPS].pk}/",
        None,
    )
    assert "Claire Dupont" not in page.content.decode()


def test_a_client_administrator_reads_the_salaries_with_the_right_alone(client, cast, folders, lea):
    published, hidden = filed(cast.claire, cast.company, folders[PAYSLIPS], "a.pdf", "b.pdf", employee=lea)
    Document.objects.filter(pk=hidden.pk).update(published_at=None)
    where = f"{LEAS}{folders[PAYSLIPS].pk}/"
    client.force_login(cast.gerant)
    assert {client.get(path).status_code for path in (LEAS, where, "/entreprises/4/salaries/")} == {404}
    ClientMember.objects.filter(company=cast.company).update(sees_employees=True)
    assert names(client, where) == ["a.pdf"]
    assert branches(client, LEAS)["Bulletins"] == (1, None, 0)
    page = client.get(where)
    assert [action.name for action in page.context["page"].actions] == ["zip"]
    assert page.content.decode().count("upload-files") == 0
    context = client.get(f"/documents/{published.pk}/").context
    assert (context["space_url"], context["kept"]) == (where, None)
    for name in ("deplacer", "retirer", "corbeille", "etiqueter", "fusionner"):
        assert said(gesture(client, LEAS, name, published)) == [("info", "Aucun document n’a été choisi.")]
    assert client.post(f"{where}deposer/").status_code == 404
    Folder.objects.filter(pk=folders[PAYSLIPS].pk).update(published_at=None)
    assert (client.get(where).status_code, names(client, LEAS)) == (404, [])
    client.force_login(cast.compta)
    assert client.get(LEAS).status_code == 404


def test_moved_between_the_company_and_a_salarie_and_back(client, cast, folders, lea):
    one, two = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf", "deux.pdf")
    client.force_login(cast.claire)
    where = f"{GED}{folders[INVOICES].pk}/"
    asked = gesture(client, where, "deplacer", one, two)
    assert (asked.status_code, asked.templates[0].name) == (200, "documents/ged_move.html")
    wrong = gesture(client, where, "deplacer", one, two, dossier=folders[PAYSLIPS].pk)
    assert wrong.context["form"].errors == {
        "salarie": ["Ce répertoire est un répertoire des salariés : choisissez le salarié."]
    }
    foreign = cast.peeters.folders.first()
    assert gesture(client, where, "deplacer", one, dossier=foreign.pk).context["form"].errors.keys() == {
        "dossier"
    }
    answer = gesture(client, where, "deplacer", one, two, dossier=folders[PAYSLIPS].pk, salarie=lea.pk)
    take_back = way_back(client, answer)
    assert sorted(names(client, LEAS)) == ["deux.pdf", "un.pdf"]
    assert set(Document.objects.published_to(cast.lea)) == {one, two}
    assert set(Document.objects.published_to(cast.gerant)) == set()
    take_back()
    assert (sorted(names(client, where)), names(client, LEAS)) == (["deux.pdf", "un.pdf"], [])
    assert set(Document.objects.published_to(cast.lea)) == set()


def test_withdrawn_and_back_at_once_or_in_red(client, cast, folders):
    [document] = filed(cast.claire, cast.company, folders[INVOICES], "un.pdf")
    client.force_login(cast.claire)
    page = f"/documents/{document.pk}/"
    answer = gesture(client, GED, "retirer", document)
    assert said(answer) == [("success", "1 document n’est plus sur le portail.")]
    assert set(Document.objects.published_to(cast.gerant)) == set()
    kept = client.get(page).context["kept"]
    assert (kept.state, kept.why) == ("off", "Retiré du portail.")
    assert said(gesture(client, GED, "partager", document)) == [("success", "1 document est sur le portail.")]
    assert set(Document.objects.published_to(cast.gerant)) == {document}
    cast.martin.publishes_by_itself = False
    cast.martin.save()
    answer = gesture(client, GED, "retirer", document)
    assert said(answer) == [("success", "1 document quittera le portail avec « Synchroniser ».")]
    assert set(Document.objects.published_to(cast.gerant)) == {document}
    kept = client.get(page).context["kept"]
    assert (kept.state, kept.why) == (
        "to_withdraw", "Attend « Synchroniser » pour quitter le portail : retiré du portail.",
    )  # fmt: skip


def test_the_trash_of_folders(client, cast, folders, lea):
    [invoice] = filed(cast.claire, cast.company, folders[INVOICES], "facture.pdf")
    [payslip] = filed(cast.claire, cast.company, folders[PAYSLIPS], "bulletin.pdf", employee=lea)
    client.force_login(cast.claire)
    answer = way_back(client, gesture(client, GED, "corbeille", invoice))()
    assert said(answer) == [("success", "« facture.pdf » est restauré.")]
    client.post(reverse("documents:throw", args=[payslip.pk]))
    gesture(client, GED, "corbeille", invoice)
    assert sorted(names(client, f"{GED}corbeille/")) == ["bulletin.pdf", "facture.pdf"]
    assert set(Document.objects.visible_to(cast.gerant)) | set(Document.objects.visible_to(cast.lea)) == set()
    answer = client.post(reverse("documents:restore", args=[payslip.pk]))
    assert answer["Location"] == f"{LEAS}{folders[PAYSLIPS].pk}/"
    assert set(Document.objects.visible_to(cast.lea)) == {payslip}
    told = HistoryEntry.objects.filter(company=cast.company, is_internal=False)
    assert [entry.text for entry in told if "bulletin" in entry.text or "facture" in entry.text] == []


def test_a_client_does_not_throw_what_the_firm_has_filed(client, cast, folders):
    [document] = laid(cast.compta, "box", "a.pdf")
    moving.move([document], folders[INVOICES], by=cast.claire)
    client.force_login(cast.compta)
    assert client.post(reverse("documents:throw", args=[document.pk])).status_code == 404


def test_a_mail_s_sender_is_not_told_to_whom_it_is_published(client, cast, folders):
    arrive(mail_from(cast.compta.email))
    document = Document.objects.get()
    ClientMember.objects.filter(user=cast.compta).update(sees_box=False)
    moving.move([document], folders[INVOICES], by=cast.claire)
    client.force_login(cast.compta)
    page = client.get(f"/documents/{document.pk}/")
    assert (page.status_code, "reçu le" in page.content.decode()) == (200, False)


def test_the_card_of_a_salarie_says_paper_and_left(client, cast, lea):
    client.force_login(cast.claire)
    path = f"/entreprises/4/fiche/salaries/{lea.pk}/"
    seen = client.get(path).context["form"]["seen"].value()
    typed = {"matricule": "007", "name": "Léa Girard", "email": cast.lea.email, "seen": seen}
    answer = client.post(path, {**typed, "wants_paper": "on", "left_on": "2026-10-31"})
    assert answer.status_code == 302
    saved = Employee.objects.get(pk=lea.pk)
    assert (saved.wants_paper, saved.left_on.isoformat()) == (True, "2026-10-31")
    assert "bulletins sur papier" in client.get(LEAS).content.decode()
