"""By SMTP: what the server replies is the mail's status; one connection for many mails, one message a recipient (T2)."""

import smtplib
import socket
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import refusals
from mailing.tasks import outbox as send_all
from mailing.tracking import tokens
from portal.models import FailedTask

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Server:
    """A mail server that replies as it is told, by recipient, and remembers what it took and how often it was called."""

    def __init__(self) -> None:
        self.at_rcpt, self.at_data, self.taken, self.calls = {}, {}, [], 0
        self.hang_up_after, self.extensions, self.options = None, [], []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{extension}" for extension in self.extensions), responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.at_rcpt.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        [to] = envelope.rcpt_tos
        if reply := self.at_data.get(to):
            return reply
        self.taken.append((envelope.mail_from, to, envelope.content))
        if self.hang_up_after and len(self.taken) % self.hang_up_after == 0:
            server.transport.write(b"250 OK\r\n")
            server.transport.close()
        return "250 OK"


class Conversation(SMTP):
    """Knows the parameters of RFC 3461, which aiosmtpd does not, and remembers them."""

    async def smtp_MAIL(self, arg):
        arg, _, options = arg.partition(" RET=")
        self.event_handler.options.append(options)
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        arg, _, options = arg.partition(" NOTIFY=")
        self.event_handler.options.append(options)
        await super().smtp_RCPT(arg)


@contextmanager
def serving(server):
    class Counting(Controller):
        def factory(self):
            server.calls += 1
            return Conversation(self.handler, hostname="mx.example")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Counting(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.calls = 0  # the controller tries its own door
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def server(settings):
    server = Server()
    with serving(server) as port:
        settings.MAIL_OUT = "smtp"
        settings.EMAIL_BACKEND = settings.MAIL_OUTS["smtp"]
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield server


def write(firm, *recipients, kind=MailKind.APPROVAL_REQUEST):
    return [
        OutgoingMail.objects.create(
            firm=firm,
            kind=kind,
            from_email="contact@martin.example",
            to_email=to,
            subject="Demande",
            text="Bonjour\n",
            html="<p>Bonjour</p>",
        )
        for to in recipients
    ]


def after(mail):
    """Where the mail stands, its status and cause, and how many attempts it had."""
    mail.refresh_from_db()
    last = mail.events.last()
    return mail.status, mail.last_status, last.cause, mail.attempts


def test_250_is_sent_from_its_own_signed_return_path(cast, server):
    [mail] = write(cast.martin, "a@bois.example")
    send_all()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.SENT, "", 1)
    [(sender, to, content)] = server.taken
    assert (sender, to) == (tokens.return_path(mail), "a@bois.example")
    assert (sender[:7], sender.partition("@")[2]) == ("rebond+", "martin.depot.localhost")
    assert len(sender.partition("@")[0]) <= 64
    assert b"rebond+" not in content


@pytest.mark.parametrize(
    ("extensions", "asked"), [([], ["", ""]), (["DSN"], ["HDRS", "SUCCESS,FAILURE,DELAY"])]
)
def test_reports_are_asked_for_where_the_server_knows_how(cast, server, extensions, asked):
    server.extensions = extensions
    write(cast.martin, "a@bois.example")
    send_all()
    assert (server.options, len(server.taken)) == (asked, 1)


def test_reports_about_security_mails_do_not_go_to_the_firm(cast, server):
    write(cast.martin, "a@bois.example", kind=MailKind.PASSWORD_RESET)
    send_all()
    assert [sender.partition("@")[2] for sender, _to, _content in server.taken] == ["depot.localhost"]


def test_an_answer_has_the_null_path(cast, server):
    write(cast.martin, "a@bois.example", kind=MailKind.PENDING)
    send_all()
    assert [sender for sender, _to, _content in server.taken] == ["<>"]


@pytest.mark.parametrize(
    ("at", "reply", "code", "cause"),
    [
        ("at_rcpt", "550 5.1.1 User unknown", "invalid", "address"),
        ("at_rcpt", "550 5.1.2 Bad destination domain", "invalid", "domain"),
        ("at_rcpt", "550 No such user here", "invalid", "address"),
        ("at_rcpt", "552 5.2.2 Mailbox full", "soft_bounced", "mailbox_full"),
        ("at_rcpt", "554 5.7.1 Blocked by policy", "blocked", "mailbox_blocked"),
        ("at_rcpt", "550 Requested action not taken", "hard_bounced", "unknown"),
        ("at_data", "554 5.7.1 Spam", "blocked", "mailbox_blocked"),
        ("at_data", "550 5.1.1 User unknown", "hard_bounced", "address"),
        ("at_data", "554 5.6.0 Message content", "hard_bounced", "unknown"),
    ],
)
def test_a_refusal_that_is_meant_is_not_tried_again(cast, server, at, reply, code, cause):
    [mail, other] = write(cast.martin, "non@bois.example", "oui@bois.example")
    setattr(server, at, {"non@bois.example": reply})
    send_all()
    assert after(mail) == (OutboxStatus.ERROR, code, cause, 1)
    assert mail.events.get().detail == f"essai 1 : {reply}"
    assert after(other)[:2] == (OutboxStatus.SENT, MailStatus.SENT)
    assert FailedTask.objects.count() == 0  # a fact about the recipient: no task for anybody


@pytest.mark.parametrize("at", ["at_rcpt", "at_data"])
def test_what_may_pass_is_late_then_given_up(cast, server, at):
    [mail] = write(cast.martin, "tard@bois.example")
    setattr(server, at, {"tard@bois.example": "451 4.7.1 Greylisted, try again later"})
    for attempt in range(1, 6):
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
        send_all()
        assert mail.events.count() == attempt
        if attempt < 5:
            assert after(mail) == (OutboxStatus.QUEUED, MailStatus.DEFERRED, "filtering", attempt)
            assert mail.next_attempt_at > timezone.now()
    assert after(mail) == (OutboxStatus.ERROR, MailStatus.SOFT_BOUNCED, "filtering", 5)
    assert FailedTask.objects.get().title == "E-mail non envoyé à tard@bois.example"


def test_what_passes_in_the_end_is_sent(cast, server, client):
    [mail] = write(cast.martin, "tard@bois.example")
    server.at_rcpt = {"tard@bois.example": "450 4.2.0 later"}
    send_all()
    server.at_rcpt = {}
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    send_all()
    assert after(mail)[:2] == (OutboxStatus.SENT, MailStatus.SENT)
    assert [step.code for step in mail.events.order_by("pk")] == ["deferred", "sent"]


@pytest.mark.parametrize("reply", ["530 5.7.0 Authentication required", "503 5.5.1 Bad sequence"])
def test_what_the_server_wants_of_us_is_an_error_of_ours(cast, server, reply):
    [mail] = write(cast.martin, "a@bois.example")
    server.at_rcpt = {"a@bois.example": reply}
    send_all()
    assert after(mail) == (OutboxStatus.QUEUED, MailStatus.ERROR, "", 1)


def test_a_server_that_is_away_is_tried_again(cast, server, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    [mail] = write(cast.martin, "a@bois.example")
    send_all()
    assert after(mail) == (OutboxStatus.QUEUED, MailStatus.ERROR, "", 1)


def test_one_connection_carries_a_turn(cast, server):
    mails = write(cast.martin, *(f"c{number}@bois.example" for number in range(20)))
    send_all()
    assert (len(server.taken), server.calls) == (20, 1)
    assert {after(mail)[0] for mail in mails} == {OutboxStatus.SENT}
    assert len({tuple(content.splitlines()[:4]) for _, _, content in server.taken}) == 20


def test_a_connection_that_the_server_ends_is_opened_anew(cast, server):
    server.hang_up_after = 3
    mails = write(cast.martin, *(f"c{number}@bois.example" for number in range(10)))
    send_all()
    assert {after(mail)[::3] for mail in mails} == {(OutboxStatus.SENT, 1)}
    assert (len(server.taken), server.calls) == (10, 4)


@pytest.mark.parametrize(
    ("error", "code", "is_final"),
    [
        (smtplib.SMTPSenderRefused(550, b"5.7.1 sender not allowed", "x"), "error", False),
        (smtplib.SMTPSenderRefused(451, b"4.3.0 later", "x"), "deferred", False),
        (smtplib.SMTPConnectError(421, b"4.3.2 busy"), "deferred", False),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), "error", False),
        (smtplib.SMTPServerDisconnected("gone"), "error", False),
        (TimeoutError(), "error", False),
        (ValueError("a bug of ours"), "error", False),
    ],
)
def test_what_is_not_about_the_recipient_may_pass(error, code, is_final):
    failure = refusals.read(error)
    assert (failure.meaning.code, failure.is_final) == (code, is_final)
