"""One mail over the wire to several addresses: one decision for each, by SMTP and by LMTP (D-10, D-16)."""

import smtplib

import pytest

from approvals.senders import intake
from documents.models import Document
from mailing.models import InboundMail, OutgoingMail
from mailing.receiving.listener import HOST
from mailing.tests.smtp import Client, running
from portal.testing import BOX, IMAGE, mail_from

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

CLAIRES, COMPTAS = (
    "claire.mes-documents@martin.depot.localhost",
    "compta.mes-documents@martin.depot.localhost",
)
VIERS, NOBODY = "4.box@peeters.depot.localhost", "5.box@martin.depot.localhost"


def decided():
    """What became of each row: the address it was written to, the rule, how far the sender was proved."""
    for mail in InboundMail.objects.order_by("pk"):
        intake.process(mail)
    return list(InboundMail.objects.order_by("pk").values_list("envelope_to", "rule", "auth"))


def test_by_smtp_from_this_machine(cast):
    raw = mail_from(cast.compta.email)
    with running() as listener, smtplib.SMTP(HOST, listener.port) as client:
        refused = client.sendmail(cast.compta.email, [BOX, CLAIRES, NOBODY, COMPTAS, VIERS, IMAGE], raw)
    assert {to: code for to, (code, _) in refused.items()} == {NOBODY: 550}
    assert decided() == [
        (BOX, "R9", "yes"),
        (CLAIRES, "R5", "yes"),
        (COMPTAS, "R3", "yes"),
        (VIERS, "R11", "yes"),
        (IMAGE, "R9", "yes"),
    ]
    filed = Document.objects.order_by("pk").values_list("firm__slug", "space", "owner__email")
    assert list(filed) == [
        ("martin", "box", None),
        ("martin", "personal", cast.compta.email),
        ("martin", "image", None),
    ]


def test_by_lmtp_nothing_is_proved_and_nobody_is_answered(cast, settings):
    settings.LOCAL_SUBMISSION_TRUSTED = True
    raw = mail_from(cast.compta.email)
    with running(lmtp_port=0) as listener, Client(listener.lmtp_port, greeting=b"LHLO") as server:
        server.say(b"MAIL FROM:<compta@moimeme.example>\r\n")
        codes = [server.say(f"RCPT TO:<{to}>\r\n".encode())[:3] for to in (BOX, NOBODY, COMPTAS)]
        assert (codes, server.say(b"DATA\r\n")[:3]) == (["250", "550", "250"], "354")
        server.send(raw + b".\r\n")
        assert [server.hear()[:3] for _ in range(2)] == ["250", "250"]
    assert decided() == [(BOX, "R12", "none"), (COMPTAS, "R4", "none")]
    assert Document.objects.count() == 0
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == [cast.gerant.email]
