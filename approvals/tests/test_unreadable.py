"""« Non traitables »: what could not be read is seen by its staff, read again, filed by hand or put aside."""

from email.message import EmailMessage
from email.policy import SMTP
from threading import Barrier, Thread

import pytest
from django.db import connections

from approvals.models import SenderAddress
from approvals.senders import intake
from approvals.tasks import inbound
from approvals.unreadable import stories
from documents.models import Document
from mailing.models import Fate, InboundMail, OutgoingMail, Space
from portal.files.keep import path_of
from portal.models import FailedTask, HistoryEntry
from portal.testing import BOX, IMAGE, arrive, mail_from, pdf, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLAIRES = "claire.mes-documents@martin.depot.localhost"
PROGRAM = b"MZ\x90\x00" + b"\0" * 300


def two_from(subject="Deux expéditeurs", **files) -> bytes:
    """A mail that no rule can read: two From (R0b), with two good files and a program unless `files` says other."""
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("Bonjour,\nvoici.\n")
    for name, content in (files or {"a.pdf": pdf("A"), "b.pdf": pdf("B"), "c.exe": PROGRAM}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return b"From: un@bois.example\r\nFrom: deux@bois.example\r\n" + message.as_bytes(policy=SMTP)


def parked(to=BOX, subject="Échoué"):
    """A mail that was given up after five attempts."""
    [mail] = receive(mail_from("facture@bois.example", subject=subject), to)
    InboundMail.objects.filter(pk=mail.pk).update(attempts=5)
    mail.refresh_from_db()
    intake.park(mail, "cinq essais de lecture ont échoué")
    mail.refresh_from_db()
    return mail


def said(response):
    return [str(message) for message in response.context["messages"]]


def now(mail):
    mail.refresh_from_db()
    return mail.fate


def history_of(mail):
    return [(entry.verb, entry.by, entry.reason) for entry in HistoryEntry.objects.of(mail)]


# The list


def test_both_kinds_are_listed_with_reason_and_sender_as_received(client, cast):
    arrive(two_from())
    parked()
    client.force_login(cast.hugo)
    rows = client.get("/non-traitables/").context["page"].rows
    assert [(mail.subject, mail.from_line, mail.note) for mail in rows] == [
        ("Échoué", "facture@bois.example", "cinq essais de lecture ont échoué"),
        (
            "Deux expéditeurs",
            "un@bois.example, deux@bois.example",
            "Expéditeur non reconnu : plusieurs champs From.",
        ),
    ]


def test_what_the_disk_does_not_give_is_parked_all_the_same(cast):
    [mail] = receive(mail_from("facture@bois.example"))
    path_of(mail.raw.key).unlink()
    intake.park(mail, "disque")
    assert (now(mail), mail.from_line, mail.subject) == (Fate.UNREADABLE, "", "")


@pytest.mark.parametrize(
    ("role", "seen", "count"),
    [("admin", ["Box"], 1), ("hugo", ["Box"], 1), ("charlie", [], 0), ("gerant", 404, 0), ("lea", 404, 0)],
)
def test_who_sees_it_and_the_count_of_the_menu(client, cast, role, seen, count):
    arrive(two_from("Box"))
    arrive(two_from("De Claire"), CLAIRES)
    client.force_login(getattr(cast, role))
    answer = client.get("/non-traitables/")
    rows = answer.status_code if answer.status_code != 200 else answer.context["page"].rows
    assert ([m.subject for m in rows] if rows != 404 else 404) == seen
    assert client.get("/mon-compte/").context["to_repair"] == count


def test_what_is_unreadable_is_no_decision_to_take(client, cast):
    arrive(two_from())
    client.force_login(cast.claire)
    page = client.get("/portefeuille/")
    [line] = page.context["lines"]
    assert [(w.label, w.count, w.url) for w in line.waiting] == [
        ("Non traitables", 1, "/non-traitables/?entreprise=4")
    ]
    assert (page.context["to_decide"], page.context["to_repair"]) == (0, 1)


# Réessayer


def test_read_again_after_five_failures(client, cast):
    mail = parked()
    client.force_login(cast.claire)
    response = client.post(f"/activite/{mail.pk}/reessayer/", {"next": "/non-traitables/"}, follow=True)
    assert (response.redirect_chain, said(response)) == ([("/non-traitables/", 302)], ["Le mail est relu."])
    inbound()
    assert (now(mail), mail.rule, FailedTask.objects.get().status) == (Fate.HELD, "R11", "retried")
    assert history_of(mail) == [("read_again", cast.claire, "")]


def test_read_again_what_a_rule_could_not_read(client, cast):
    mail = arrive(two_from())
    first = list(mail.attachments.values_list("name", flat=True))
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/reessayer/")
    assert now(mail) == Fate.RECEIVED
    inbound()
    assert (now(mail), list(mail.attachments.values_list("name", flat=True))) == (Fate.UNREADABLE, first)


def test_what_was_read_is_not_read_again(client, cast):
    mail = arrive(mail_from("facture@bois.example"))
    client.force_login(cast.claire)
    response = client.post(f"/activite/{mail.pk}/reessayer/", follow=True)
    assert (said(response), now(mail)) == (["Ce mail n’est plus à relire."], Fate.HELD)


# Écarter


def test_put_aside_with_a_reason_and_taken_back(client, cast):
    mail = parked()
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/ecarter/", {"reason": "doublon"})
    assert (now(mail), mail.note) == (Fate.REJECTED, "écarté par Claire Dupont : doublon")
    assert history_of(mail) == [("put_aside", cast.claire, "doublon")]
    assert FailedTask.objects.get().status == "done"
    assert client.get("/non-traitables/").context["page"].rows == []
    assert client.get("/non-traitables/?ecartes=oui").context["page"].rows == [mail]

    client.post(f"/activite/{mail.pk}/reessayer/")
    assert (now(mail), mail.discarded_at) == (Fate.RECEIVED, None)
    inbound()
    assert now(mail) == Fate.HELD


def test_a_mail_that_a_rule_rejected_is_not_taken_back(client, cast):
    mail = arrive(mail_from("autre@bois.example"), CLAIRES)
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/reessayer/")
    assert now(mail) == Fate.REJECTED


def test_a_selection_is_put_aside_and_read_again(client, cast):
    mails = [arrive(two_from()), parked(), parked(subject="Un autre")]
    others = arrive(two_from("Vier"), "4.box@peeters.depot.localhost")
    ticked = {"choix": [mail.pk for mail in (*mails[:2], others)]}
    client.force_login(cast.hugo)
    response = client.post("/non-traitables/selection/", {"geste": "ecarter", **ticked}, follow=True)
    assert said(response) == ["2 mails sont écartés."]
    assert [now(mail) for mail in (*mails, others)] == [
        Fate.REJECTED, Fate.REJECTED, Fate.UNREADABLE, Fate.UNREADABLE,
    ]  # fmt: skip
    response = client.post(
        "/non-traitables/selection/?ecartes=oui", {"geste": "reessayer", "choix": "tous"}, follow=True
    )
    assert said(response) == ["2 mails sont relus."]
    assert [now(mail) for mail in mails] == [Fate.RECEIVED, Fate.RECEIVED, Fate.UNREADABLE]


@pytest.mark.parametrize("data", [{}, {"geste": "ecarter"}, {"geste": "autre", "choix": "tous"}])
def test_a_selection_of_nothing_does_nothing(client, cast, data):
    mail = parked()
    client.force_login(cast.hugo)
    response = client.post("/non-traitables/selection/", data, follow=True)
    assert said(response) == ["Aucun mail n’était coché, ou un autre l’a déjà traité."]
    assert now(mail) == Fate.UNREADABLE


# Classer à la main


def test_chosen_files_go_where_the_mail_was_sent_and_nobody_is_answered(client, cast):
    mail = arrive(two_from(), IMAGE)
    client.force_login(cast.claire)
    page = client.get(f"/activite/{mail.pk}/classer/")
    choices = [label for _index, label in page.context["form"].fields["chosen"].choices]
    assert [label.split(" – ")[0] for label in choices] == ["a.pdf", "b.pdf", "Deux expéditeurs.eml"]
    response = client.post(
        f"/activite/{mail.pk}/classer/", {"chosen": ["1"], "reason": "vu avec le client"}, follow=True
    )
    assert said(response) == ["1 document classé."]
    document = Document.objects.get()
    assert (document.name, document.space, document.company) == ("b.pdf", Space.IMAGE, cast.company)
    assert path_of(document.file.key).read_bytes() == pdf("B")
    assert (now(mail), mail.sender, mail.note) == (
        Fate.FILED,
        "",
        "classé à la main par Claire Dupont : vu avec le client",
    )
    assert [(file.name, file.outcome) for file in mail.attachments.select_related("document")] == [
        ("a.pdf", "laissé de côté : pas choisi par Claire Dupont"),
        ("b.pdf", "classé dans Image"),
        ("c.exe", "laissé de côté : Programme ou script : type non accepté."),
    ]
    assert (SenderAddress.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    [entry] = HistoryEntry.objects.of(mail)
    assert (entry.verb, entry.by, entry.reason, entry.text) == (
        "filed",
        cast.claire,
        "vu avec le client",
        "1 document reçu d’un expéditeur inconnu, classé dans Image",
    )


def test_the_whole_mail_may_be_filed_as_it_came(client, cast):
    raw = b"From: a@b.example\r\nFrom: c@d.example\r\nSubject: ../Sans fichier\r\n\r\nbonjour\r\n"
    mail = arrive(raw)
    client.force_login(cast.claire)
    form = client.get(f"/activite/{mail.pk}/classer/").context["form"]
    assert form.fields["chosen"].initial == [0]
    client.post(f"/activite/{mail.pk}/classer/", {"chosen": ["0"]})
    document = Document.objects.get()
    assert (document.name, document.file.type) == ("Sans fichier.eml", "message/rfc822")
    assert (path_of(document.file.key).read_bytes(), document.file.key != mail.raw.key) == (raw, True)


def test_what_cannot_be_parsed_at_all_is_filed_whole(client, cast):
    raw = b"From: a@b.example\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\nbonjour\r\n"
    mail = arrive(raw)
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/classer/", {"chosen": ["0"]})
    assert (now(mail), path_of(Document.objects.get().file.key).read_bytes() == raw) == (Fate.FILED, True)


@pytest.mark.parametrize("chosen", [[], ["2"], ["9"], ["-1"], ["x"], ["9" * 400]])
def test_what_cannot_be_chosen_is_told_and_what_was_typed_is_kept(client, cast, chosen):
    """2 is the program, which a rule leaves out whoever asks (D-20)."""
    mail = arrive(two_from())
    client.force_login(cast.claire)
    answer = client.post(f"/activite/{mail.pk}/classer/", {"chosen": chosen, "reason": "parce que"})
    assert (answer.status_code, "parce que" in answer.content.decode()) == (200, True)
    assert (list(answer.context["form"].errors), now(mail)) == (["chosen"], Fate.UNREADABLE)


def test_filing_by_hand_closes_the_failed_task(client, cast):
    mail = parked()
    client.force_login(cast.claire)
    client.post(f"/activite/{mail.pk}/classer/", {"chosen": ["0"]})
    assert (now(mail), FailedTask.objects.get().status, mail.text) == (
        Fate.FILED,
        "done",
        "Bonjour,\nvoici nos documents.\n",
    )


def test_the_second_person_is_told_and_nothing_is_filed_twice(client, cast, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    mail = arrive(two_from())
    read = stories.read_for_hand(mail)
    assert len(stories.file_by_hand(mail, read, {0}, by=cast.claire)) == 1
    kept = sum(path.is_file() for path in settings.FILES_DIR.rglob("*"))
    assert stories.file_by_hand(mail, read, {0, 1}, by=cast.hugo) == []
    assert (sum(path.is_file() for path in settings.FILES_DIR.rglob("*")), Document.objects.count()) == (
        kept,
        1,
    )
    client.force_login(cast.hugo)
    response = client.get(f"/activite/{mail.pk}/classer/", follow=True)
    assert said(response) == ["Ce mail a déjà été traité."]


@pytest.mark.django_db(transaction=True)
def test_one_of_two_at_once_wins(cast):
    mail = arrive(two_from())
    read, start, done = stories.read_for_hand(mail), Barrier(2), []

    def by_hand():
        start.wait()
        done.append(bool(stories.file_by_hand(mail, read, {0}, by=cast.claire)))
        connections.close_all()

    def aside():
        start.wait()
        done.append(stories.put_aside(mail, by=cast.hugo))
        connections.close_all()

    threads = [Thread(target=target) for target in (by_hand, aside)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    assert Document.objects.count() == (now(mail) == Fate.FILED)


def test_a_mail_that_the_disk_lost_says_so(client, cast):
    mail = parked()
    path_of(mail.raw.key).unlink()
    client.force_login(cast.claire)
    response = client.get(f"/activite/{mail.pk}/classer/", follow=True)
    assert said(response) == ["Le disque ne rend pas ce mail : prévenez la personne qui tient le portail."]


# Mes documents


def test_the_owner_has_the_same_gestures_and_nobody_else(client, cast):
    mail = arrive(two_from("À Claire"), CLAIRES)
    client.force_login(cast.claire)
    assert [m.subject for m in client.get("/mes-documents/").context["unreadable"]] == ["À Claire"]
    page = client.get(f"/activite/{mail.pk}/").content.decode()
    gestures = [f"/activite/{mail.pk}/{name}/" for name in ("reessayer", "classer", "ecarter")]
    assert [gesture in page for gesture in gestures] == [True] * 3
    client.post(f"/activite/{mail.pk}/classer/", {"chosen": ["0"]})
    document = Document.objects.get()
    assert (now(mail), document.owner, document.company) == (Fate.FILED, cast.claire, None)
    client.force_login(cast.admin)
    assert [client.post(gesture).status_code for gesture in gestures] == [404] * 3


def test_a_client_administrator_reads_the_reason_and_repairs_nothing(client, cast):
    mail = arrive(two_from())
    client.force_login(cast.gerant)
    page = client.get(f"/activite/{mail.pk}/").content.decode()
    assert ("plusieurs champs From" in page, "Classer à la main" in page) == (True, False)
