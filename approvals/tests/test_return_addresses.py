"""What comes to an address of return without a token of ours: nothing changes, and nothing is lost."""

import pytest
from django.core.management import CommandError, call_command

from approvals.models import SenderAddress
from approvals.senders import intake
from documents.models import Document
from mailing.models import Fate, InboundMail, OutgoingMail
from mailing.receiving.unroutable import discard
from portal.models import FailedTask, HistoryEntry
from portal.testing import arrive, mail_from, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

REPORT, REPLY = "rebond+jeton@martin.depot.localhost", "reponse+jeton@martin.depot.localhost"
OURS = "reponse+jeton@depot.localhost"

DSN = (
    b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (DSN, "rebond non authentifié : rien n’est changé"),
        (mail_from("x@y.example"), "reçu à l’adresse des rapports de remise, où rien d’autre n’est lu"),
        (b"no mail at all", "reçu à l’adresse des rapports de remise, où rien d’autre n’est lu"),
        (b"Auto-Submitted: auto-replied\r\n" + mail_from("x@y.example"), "réponse automatique"),
    ],
    ids=["report", "mail", "noise", "vacation"],
)
def test_what_is_not_ours_is_ignored_and_kept(cast, raw, note):
    mail = arrive(raw, REPORT)
    assert (mail.fate, mail.rule, mail.note) == (Fate.IGNORED, "R0a", note)
    assert (mail.raw.size, mail.address.firm) == (len(raw), cast.martin)


@pytest.mark.parametrize("local", [True, False], ids=["proved", "unproved"])
def test_an_answer_with_a_bad_token_is_unroutable_and_nobody_is_told(cast, local):
    mail = arrive(mail_from(cast.compta.email), REPLY, local=local)
    assert (mail.fate, mail.rule) == (Fate.UNROUTABLE, "R0d")
    assert mail.note == "cette adresse de réponse ne mène à aucun échange"
    assert [a.file for a in mail.attachments.all()] == [None]
    assert [model.objects.count() for model in (OutgoingMail, Document, SenderAddress)] == [0, 0, 0]


def test_an_answer_that_cannot_be_read_is_parked_and_a_machine_is_ignored(cast):
    assert arrive(b"Subject: no From\r\n\r\nx\r\n", REPLY).rule == "R0b"
    assert arrive(DSN, REPLY).rule == "R0a"


def test_the_firm_administrator_sees_it_and_nobody_else(cast, client):
    mail = arrive(mail_from("x@y.example"), REPLY)
    seen = {
        person: client.get(f"/activite/{mail.pk}/").status_code
        for person in ("admin", "claire", "gerant", "compta", "lea", "charlie", "patron")
        if client.force_login(getattr(cast, person)) is None
    }
    assert seen == {"admin": 200} | dict.fromkeys(
        ("claire", "gerant", "compta", "lea", "charlie", "patron"), 404
    )


def test_what_is_of_no_firm_is_seen_by_nobody_in_the_portal(cast, client):
    mail = arrive(mail_from("x@y.example"), OURS)
    assert (mail.fate, mail.address.firm) == (Fate.UNROUTABLE, None)
    for person in (cast.admin, cast.charlie):
        client.force_login(person)
        assert client.get(f"/activite/{mail.pk}/").status_code == 404


def said(capsys, *words):
    call_command("unroutable", *words)
    return capsys.readouterr().out.splitlines()


def test_the_administrator_of_the_deployment_lists_why_and_discards(cast, capsys):
    assert said(capsys) == ["Aucun mail."]
    of_a_firm = arrive(mail_from("x@y.example"), REPLY)
    report = arrive(DSN, "rebond+jeton@depot.localhost")
    mail = arrive(mail_from("x@y.example", subject="Re: Bonjour"), OURS)
    (line,) = said(capsys)
    assert line.startswith(f"{mail.pk}  ")
    assert line.endswith(f"  Adresse inconnue  x@y.example → {OURS}  Re: Bonjour")
    assert [line.split()[0] for line in said(capsys, "all")] == [str(report.pk), str(mail.pk)]

    why = said(capsys, "why", str(mail.pk))
    assert why[1] == "Motif : cette adresse de réponse ne mène à aucun échange"
    assert why[-2].startswith("  Est-ce une adresse de réponse dont le jeton ne mène à aucun échange ? oui")
    assert why[-1].endswith(mail.raw.key)

    assert said(capsys, "discard", str(mail.pk), str(report.pk)) == [
        f"{mail.pk} : écarté",
        f"{report.pk} : rien à écarter",
    ]
    assert said(capsys) == ["Aucun mail."]
    with pytest.raises(CommandError, match="n’existe pas, ou il est d’un cabinet"):
        call_command("unroutable", "discard", str(of_a_firm.pk))
    of_a_firm.refresh_from_db()
    assert of_a_firm.fate == Fate.UNROUTABLE


def test_discarding_a_parked_mail_closes_its_task_and_is_written_down(cast):
    (mail,) = receive(mail_from("x@y.example"), OURS)
    intake.park(mail, "cinq essais de lecture ont échoué")
    mail.refresh_from_db()
    assert (mail.fate, FailedTask.objects.open().count()) == (Fate.UNREADABLE, 1)
    assert (discard(mail), discard(mail)) == (True, False)
    mail.refresh_from_db()
    assert (mail.fate, mail.note) == (Fate.IGNORED, "écarté par l’administrateur du déploiement")
    assert [(entry.verb, entry.firm) for entry in HistoryEntry.objects.of(mail)] == [("discarded", None)]
    assert FailedTask.objects.open().count() == 0
    assert InboundMail.objects.get().raw.size > 0
