"""A bounce by SMTP to the listener, from the null sender, to the signed return path: the mail's status follows (D-35)."""

import pytest

from approvals.tasks import inbound as decide_all
from mailing.kinds import MailKind
from mailing.models import InboundMail, MailStatus, OutboxStatus, OutgoingMail, Suppression
from mailing.tests.smtp import Client, addresses, listener
from mailing.tracking import tokens
from portal.models import Firm

__all__ = ["addresses", "listener"]

pytestmark = [pytest.mark.database]

DSN = (
    b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; gerant@bois.example\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n\r\n--b--\r\n"
)


def test_a_bounce_by_smtp(listener):
    mail = OutgoingMail.objects.create(
        firm=Firm.objects.get(),
        kind=MailKind.APPROVAL_REQUEST,
        from_email="contact@martin.example",
        to_email="gerant@bois.example",
        subject="Demande",
        status=OutboxStatus.SENT,
        provider="smtp",
    )
    for to in (tokens.return_path(mail), "rebond+faux@martin.depot.localhost"):
        with Client(listener.port) as client:
            assert client.say(b"MAIL FROM:<>\r\n").startswith("250")
            assert client.say(b"RCPT TO:<%s>\r\n" % to.encode()).startswith("250")
            assert client.say(b"DATA\r\n").startswith("354")
            assert client.say(DSN + b".\r\n").startswith("250")
    decide_all()
    mail.refresh_from_db()
    assert (mail.last_status, mail.events.count()) == (MailStatus.HARD_BOUNCED, 1)
    assert [s.address for s in Suppression.objects.all()] == [mail.to_email]
    assert [row.note for row in InboundMail.objects.order_by("pk")] == [
        "rapport de remise lu : Rejeté définitivement (adresse invalide) – gerant@bois.example",
        "rebond non authentifié : rien n’est changé",
    ]
