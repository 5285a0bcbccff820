"""The trash: who puts what there, that it is then out of sight, that it comes back, and that what is deleted is gone."""

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from documents.filing import trash
from documents.models import Document
from documents.tests.lay import laid, said
from mailing.models import InboundAttachment
from portal.files import pages
from portal.files.keep import path_of
from portal.models import HistoryEntry, StoredFile
from portal.testing import arrive, mail_from, pdf
from portal.undo import offered

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STAFF_AND_CLIENTS = ("admin", "hugo", "gerant", "compta")
STRANGERS = ("lea", "charlie", "patron")


def by_mail(cast, *names):
    arrive(mail_from(cast.compta.email, files={name: pdf(name.partition(".")[0]) for name in names}))
    return list(Document.objects.filter(name__in=names).order_by("pk"))


def url(name, document):
    return reverse(f"documents:{name}", args=[document.pk])


def listed(client, path):
    return [row.name for row in client.get(path).context["page"].rows]


def answers(client, cast, roles, ask):
    found = {}
    for role in roles:
        client.force_login(getattr(cast, role))
        found[role] = ask()
    return found


def test_staff_throws_everything_a_client_what_they_laid_themselves(client, cast):
    """The rule of `movable_by`, for a document by mail, one of Sophie's, and one of Hugo's."""
    [mailed], [sophies], [hugos] = (
        by_mail(cast, "mail.pdf"),
        laid(cast.compta, "box", "a.pdf"),
        laid(cast.hugo, "box", "b.pdf"),
    )
    may = {}
    for role in STAFF_AND_CLIENTS + STRANGERS:
        client.force_login(getattr(cast, role))
        may[role] = [client.post(url("throw", d)).status_code == 302 for d in (mailed, sophies, hugos)]
        Document.objects.update(trashed_at=None, trashed_by=None)
    everything, nothing = [True] * 3, [False] * 3
    assert may == {
        "admin": everything, "hugo": everything, "gerant": nothing, "compta": [False, True, False],
        "lea": nothing, "charlie": nothing, "patron": nothing,
    }  # fmt: skip


def test_what_was_laid_is_not_moved_by_who_has_left_the_company(client, cast):
    [document] = laid(cast.hugo, "box", "a.pdf")
    cast.hugo.staff.attachments.all().delete()
    client.force_login(cast.hugo)
    assert client.post(url("throw", document)).status_code == 404


def test_thrown_it_is_out_of_sight(client, cast):
    before, thrown, after = by_mail(cast, "un.pdf", "deux.pdf", "trois.pdf")
    client.force_login(cast.hugo)
    client.post(url("throw", thrown))
    assert listed(client, "/entreprises/4/box/") == ["trois.pdf", "un.pdf"]
    context = client.get(url("document", before)).context
    assert (context["newer"], context["older"]) == (after.pk, None)
    client.force_login(cast.gerant)
    space = client.get("/espace/4/").context
    assert [d.name for d in space["latest"]] == ["trois.pdf", "un.pdf"]
    mail = client.get(reverse("mailing:inbound", args=[thrown.source.mail_id])).content.decode()
    assert (url("document", thrown) in mail, "à la corbeille" in mail) == (False, True)
    paths = [url(name, thrown) for name in ("document", "download")] + [
        reverse("documents:page", args=[thrown.pk, 1, 600])
    ]
    found = answers(
        client, cast, STAFF_AND_CLIENTS + STRANGERS, lambda: {client.get(path).status_code for path in paths}
    )
    assert found == dict.fromkeys(("admin", "hugo"), {200}) | dict.fromkeys(
        ("gerant", "compta", *STRANGERS), {404}
    )


def test_the_message_offers_to_take_it_back(client, cast):
    [document] = by_mail(cast, "a.pdf")
    client.force_login(cast.hugo)
    answer = client.post(url("throw", document))
    page = client.get(answer["Location"])
    [message] = page.context["messages"]
    assert str(message) == "« a.pdf » est à la corbeille."
    undo = offered(message.extra_tags)
    assert f'action="{undo.url}"' in page.content.decode()
    answer = client.post(undo.url, dict(undo.fields))
    assert (answer["Location"], said(answer)) == (
        "/entreprises/4/box/",
        [("success", "« a.pdf » est restauré.")],
    )
    assert listed(client, "/entreprises/4/box/") == ["a.pdf"]


def test_the_trash_says_who_and_when_and_gives_back(client, cast):
    one, two, three = by_mail(cast, "un.pdf", "deux.pdf", "trois.pdf")
    trash.throw([one, two], by=cast.hugo)
    client.force_login(cast.claire)
    page = client.get("/entreprises/4/box/corbeille/")
    assert [(row.name, row.trashed_by) for row in page.context["page"].rows] == [
        ("deux.pdf", cast.hugo),
        ("un.pdf", cast.hugo),
    ]
    assert listed(client, "/entreprises/4/image/corbeille/") == []
    answer = client.post(url("restore", one), {"next": "/entreprises/4/box/corbeille/"})
    assert (answer["Location"], said(answer)) == (
        "/entreprises/4/box/corbeille/", [("success", "« un.pdf » est restauré.")],
    )  # fmt: skip
    assert [entry.text for entry in HistoryEntry.objects.of(one)] == [
        "Claire Dupont sort « un.pdf » de la corbeille de Box",
        "Hugo Lenoir met « un.pdf » à la corbeille de Box",
    ]
    assert listed(client, "/entreprises/4/box/") == ["trois.pdf", "un.pdf"]


def test_a_client_sees_in_the_trash_what_they_put_there(client, cast):
    own, by_staff = laid(cast.compta, "box", "à moi.pdf", "par hugo.pdf")
    [mailed] = by_mail(cast, "mail.pdf")
    trash.throw([own], by=cast.compta)
    trash.throw([by_staff, mailed], by=cast.hugo)
    found = answers(
        client, cast, STAFF_AND_CLIENTS, lambda: sorted(listed(client, "/entreprises/4/box/corbeille/"))
    )
    everything = ["mail.pdf", "par hugo.pdf", "à moi.pdf"]
    assert found == {"admin": everything, "hugo": everything, "gerant": [], "compta": ["à moi.pdf"]}
    client.force_login(cast.compta)
    assert [client.post(url("restore", d)).status_code for d in (own, by_staff, mailed)] == [302, 404, 404]


# Selections


def test_a_selection_goes_to_the_trash_and_comes_back(client, cast):
    one, two, three = by_mail(cast, "un.pdf", "deux.pdf", "trois.pdf")
    client.force_login(cast.hugo)
    chosen = {"geste": "corbeille", "choix": [one.pk, three.pk, "²", 0]}
    assert said(client.post("/entreprises/4/box/selection/", chosen)) == [
        ("success", "2 documents sont à la corbeille.")
    ]
    assert listed(client, "/entreprises/4/box/") == ["deux.pdf"]
    back = {"geste": "restaurer", "choix": [one.pk, two.pk, three.pk]}
    assert said(client.post("/entreprises/4/box/corbeille/selection/", back)) == [
        ("success", "2 documents sont restaurés.")
    ]
    assert listed(client, "/entreprises/4/box/") == ["trois.pdf", "deux.pdf", "un.pdf"]


def test_a_selection_moves_only_what_the_person_may_move(client, cast):
    [mailed], [own] = by_mail(cast, "mail.pdf"), laid(cast.compta, "box", "own.pdf")
    [elsewhere] = laid(cast.compta, "own", "privé.pdf")
    client.force_login(cast.compta)
    page = client.get("/entreprises/4/box/").content.decode()
    assert [f'value="{d.pk}" form="liste-choix"' in page for d in (own, mailed)] == [True, False]
    keys = {"choix": [mailed.pk, own.pk, elsewhere.pk]}
    assert said(client.post("/entreprises/4/box/selection/", keys)) == [
        ("info", "Aucun document n’a été mis à la corbeille.")
    ]  # no gesture named
    client.post("/entreprises/4/box/selection/", keys | {"geste": "corbeille"})
    assert [d.name for d in Document.objects.trashed()] == ["own.pdf"]


def test_all_that_is_found_is_chosen_at_once(client, cast):
    by_mail(cast, *(f"facture-{number}.pdf" for number in range(60)), "autre.pdf")
    client.force_login(cast.hugo)
    client.post("/entreprises/4/box/selection/?q=facture", {"geste": "corbeille", "choix": "tous"})
    assert listed(client, "/entreprises/4/box/") == ["autre.pdf"]
    assert len(listed(client, "/entreprises/4/box/corbeille/")) == 50
    client.post("/entreprises/4/box/corbeille/selection/", {"geste": "restaurer", "choix": "tous"})
    assert Document.objects.live().count() == 61


def test_a_thousand_are_taken_back_at_once(client, cast):
    [first] = by_mail(cast, "0.pdf")
    copies = [
        Document(firm=first.firm, company=first.company, space="box", name=f"{n}.pdf", file=first.file)
        for n in range(1, 1000)
    ]
    Document.objects.bulk_create(copies)
    client.force_login(cast.hugo)
    answer = client.post("/entreprises/4/box/selection/", {"geste": "corbeille", "choix": "tous"})
    [message] = client.get(answer["Location"]).context["messages"]
    undo = offered(message.extra_tags)
    gesture = {
        "geste": "restaurer",
        "next": "/entreprises/4/box/",
        "choix": [v for n, v in undo.fields if n == "choix"],
    }
    assert said(client.post(undo.url, gesture)) == [("success", "1000 documents sont restaurés.")]


def test_twice_is_once(client, cast):
    [document] = by_mail(cast, "a.pdf")
    for moves in (trash.throw, trash.restore):
        assert [len(moves([document], by=cast.hugo)) for _ in range(2)] == [1, 0]
    assert HistoryEntry.objects.of(document).count() == 2


# Deleted for good


@pytest.fixture
def thrown(cast):
    [document] = by_mail(cast, "facture.pdf")
    trash.throw([document], by=cast.hugo)
    return document


def test_only_an_administrator_deletes_a_document_of_a_company(client, cast, thrown):
    roles = ("hugo", "claire", "gerant", "compta", *STRANGERS)
    found = answers(client, cast, roles, lambda: client.post(url("delete", thrown)).status_code)
    assert found == dict.fromkeys(roles, 404)
    client.force_login(cast.admin)
    assert said(client.post(url("delete", thrown))) == [
        ("success", "« facture.pdf » est supprimé définitivement.")
    ]
    assert Document.objects.count() == 0


def test_what_is_not_in_the_trash_is_not_deleted(client, cast):
    [document] = by_mail(cast, "a.pdf")
    client.force_login(cast.admin)
    assert (client.post(url("delete", document)).status_code, Document.objects.count()) == (404, 1)


def test_deleted_the_bytes_and_the_pages_are_gone_and_the_history_stays(
    client, cast, thrown, django_capture_on_commit_callbacks
):
    key = thrown.file.key
    client.force_login(cast.admin)
    assert client.get(reverse("documents:page", args=[thrown.pk, 1, 600])).status_code == 200
    assert (path_of(key).exists(), pages._folder(key).exists()) == (True, True)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("delete", thrown))
    assert (path_of(key).exists(), pages._folder(key).exists(), StoredFile.objects.count()) == (
        False,
        False,
        0,
    )
    attachment = InboundAttachment.objects.get()
    assert (attachment.name, attachment.file) == ("facture.pdf", None)
    assert [(entry.by, entry.text) for entry in HistoryEntry.objects.of(thrown)][0] == (
        cast.admin, "Anne Martin supprime définitivement « facture.pdf » de Box",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_fails_has_lost_nothing(client, cast, thrown):
    key = thrown.file.key

    def fail(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "portal_storedfile"'):
            raise IntegrityError("the disk of the database is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail), pytest.raises(IntegrityError):
        trash.delete(thrown, by=cast.admin)
    assert (Document.objects.count(), path_of(key).exists()) == (1, True)


# Mes documents


def test_mes_documents_have_a_trash_of_their_own(client, cast):
    one, two = laid(cast.lea, "own", "contrat.pdf", "bulletin.pdf")
    client.force_login(cast.lea)
    client.post("/mes-documents/selection/", {"geste": "corbeille", "choix": [one.pk, two.pk]})
    assert (listed(client, "/mes-documents/"), len(listed(client, "/mes-documents/corbeille/"))) == ([], 2)
    answer = client.post(url("restore", one))
    assert (answer["Location"], said(answer)) == (
        "/mes-documents/",
        [("success", "« contrat.pdf » est restauré.")],
    )
    assert said(client.post(url("delete", two))) == [
        ("success", "« bulletin.pdf » est supprimé définitivement.")
    ]
    assert [d.name for d in Document.objects.all()] == ["contrat.pdf"]


def test_nobody_else_touches_mes_documents_and_no_history_names_them(client, cast):
    one, two = laid(cast.claire, "own", "secret.pdf", "brouillon.pdf")
    trash.throw([two], by=cast.claire)
    found = answers(
        client, cast, ("admin", "hugo", "gerant", "charlie"),
        lambda: {
            client.post(path).status_code
            for path in (url("throw", one), url("restore", two), url("delete", two))
        },
    )  # fmt: skip
    assert found == dict.fromkeys(("admin", "hugo", "gerant", "charlie"), {404})
    trash.delete(two, by=cast.claire)
    texts = HistoryEntry.objects.values_list("text", flat=True)
    assert [text for text in texts if "secret" in text or "brouillon" in text] == []
    assert set(HistoryEntry.objects.filter(company=None).values_list("text", flat=True)) == {
        "2 documents déposés par Claire Dupont dans Mes documents",
        "Claire Dupont met un document à la corbeille de Mes documents",
        "Claire Dupont supprime définitivement un document de Mes documents",
    }


# The preview keeps to the list


def test_in_a_filtered_list_the_neighbours_are_those_of_the_filter(client, cast):
    one, _other, three = by_mail(cast, "bois 1.pdf", "autre.pdf", "bois 2.pdf")
    client.force_login(cast.hugo)
    page = client.get("/entreprises/4/box/?q=bois").content.decode()
    assert f'href="{url("document", one)}?q=bois"' in page
    answer = client.get(f"{url('document', one)}?q=bois")
    assert (answer.context["newer"], answer.context["older"]) == (three.pk, None)
    page = answer.content.decode()
    assert [f'href="{path}?q=bois"' in page for path in (url("document", three), "/entreprises/4/box/")] == [
        True,
        True,
    ]
    trash.throw([three], by=cast.hugo)
    assert client.get(f"{url('document', one)}?q=bois").context["newer"] is None
