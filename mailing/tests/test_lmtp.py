"""The door for the mail server before the portal: LMTP (RFC 2033), with what is true of SMTP and what differs."""

import smtplib
import threading

import pytest

from mailing.models import InboundAddress, InboundMail
from mailing.receiving.listener import HOST
from mailing.tests.smtp import BOX, IMAGE, SENDER, Client, kept_files, running, stored
from mailing.tests.test_listener_refusals import without_table

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]

NOBODY = "5.box@martin.depot.localhost"


@pytest.fixture
def listener(addresses):
    with running(lmtp_port=0) as listener:
        yield listener


@pytest.fixture
def server(listener):
    """A mail server that has greeted."""
    with Client(listener.lmtp_port, greeting=b"LHLO") as server:
        yield server


def answers(server, *to, mail=b"mail\r\n"):
    """What is answered to one mail, recipient by recipient: at RCPT, then after the final dot."""
    server.say(b"MAIL FROM:<%s>\r\n" % SENDER.encode())
    at_rcpt = [server.say(b"RCPT TO:<%s>\r\n" % address.encode())[:9] for address in to]
    assert server.say(b"DATA\r\n").startswith("354")
    server.send(mail + b".\r\n")
    return at_rcpt, [server.hear() for code in at_rcpt if code.startswith("250")]


@pytest.fixture
def addresses_of_mails():
    return lambda: list(InboundMail.objects.order_by("pk").values_list("envelope_to", "channel"))


def test_a_real_client_hands_over(listener, addresses_of_mails):
    with smtplib.LMTP(HOST, listener.lmtp_port) as client:
        assert client.sendmail(SENDER, [BOX], b"mail\r\n") == {}
        assert client.sendmail("", [IMAGE], b"null sender\r\n") == {}
    assert stored() == [b"mail\r\n", b"null sender\r\n"]
    assert addresses_of_mails() == [(BOX, "lmtp"), (IMAGE, "lmtp")]


def test_what_is_offered(listener):
    with Client(listener.lmtp_port, greeting=None) as server:
        assert server.hear() == "220 depot.localhost LMTP\r\n"
        server.send(b"LHLO x\r\n")
        offers = [server.lines.readline() for _ in range(7)]
    assert offers == [
        b"250-depot.localhost\r\n",
        b"250-SIZE 75497472\r\n",
        b"250-8BITMIME\r\n",
        b"250-SMTPUTF8\r\n",
        b"250-ENHANCEDSTATUSCODES\r\n",
        b"250-PIPELINING\r\n",
        b"250 HELP\r\n",
    ]


def test_each_recipient_has_its_answer_in_order(server, addresses_of_mails):
    at_rcpt, after = answers(server, BOX, NOBODY, IMAGE, BOX.upper())
    assert at_rcpt == ["250 2.1.5", "550 5.1.1", "250 2.1.5", "250 2.1.5"]
    assert after == ["250 2.0.0 OK\r\n"] * 3
    assert server.say(b"NOOP\r\n") == "250 2.0.0 OK\r\n"
    assert addresses_of_mails() == [
        (BOX, "lmtp"),
        (IMAGE, "lmtp"),
    ]  # the same address twice is one mail (D-19)
    assert len(stored()) == len(kept_files()) == 1


def test_a_refusal_is_said_to_each_too(server):
    with without_table(InboundMail):
        assert (
            answers(server, BOX, IMAGE)[1] == ["451 4.3.0 Cannot take this mail now, try again later\r\n"] * 2
        )
    assert server.say(b"NOOP\r\n").startswith("250")
    assert answers(server, BOX, IMAGE)[1] == ["250 2.0.0 OK\r\n"] * 2
    assert stored() == [b"mail\r\n"]


def test_an_address_deleted_since_rcpt_is_tried_again_and_then_refused(server):
    server.say(b"MAIL FROM:<>\r\n")
    for address in (BOX, IMAGE):
        assert server.say(b"RCPT TO:<%s>\r\n" % address.encode()).startswith("250")
    InboundAddress.objects.get(address=BOX).delete()
    assert server.say(b"DATA\r\n").startswith("354")
    server.send(b"mail\r\n.\r\n")
    assert [server.hear()[:3] for _ in range(2)] == ["451", "451"]
    assert answers(server, BOX, IMAGE) == (["550 5.1.1", "250 2.1.5"], ["250 2.0.0 OK\r\n"])


def test_a_mail_that_is_too_big_is_said_to_each():
    with running(size=999, lmtp_port=0) as listener, Client(listener.lmtp_port, greeting=b"LHLO") as server:
        assert (
            answers(server, BOX, IMAGE, mail=b"x" * 1500 + b"\r\n")[1]
            == ["552 5.3.4 Message too big\r\n"] * 2
        )
        assert answers(server, BOX)[1] == ["250 2.0.0 OK\r\n"]
    assert stored() == [b"mail\r\n"]


def test_it_is_never_a_local_submission(server, settings):
    settings.LOCAL_SUBMISSION_TRUSTED = True
    answers(server, BOX)
    assert InboundMail.objects.get().is_local_submission is False


def test_the_same_mail_by_both_doors_is_one(listener, server):
    with Client(listener.port) as client:
        assert client.deliver(b"mail\r\n", BOX).startswith("250")
    assert answers(server, BOX)[1] == ["250 2.0.0 OK\r\n"]
    assert [mail.channel for mail in InboundMail.objects.all()] == ["smtp"]


def test_a_sender_in_utf8(server):
    said = "MAIL FROM:<rené@b.example> SMTPUTF8 BODY=8BITMIME SIZE=10\r\n".encode()
    assert server.say(said) == "250 2.0.0 OK\r\n"
    server.say(b"RCPT TO:<%s>\r\n" % BOX.encode())
    server.say(b"DATA\r\n")
    assert server.say(b"mail\r\n.\r\n").startswith("250")
    assert InboundMail.objects.get().envelope_from == "rené@b.example"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"EHLO x", "500 5.5.1"),
        (b"HELO x", "500 5.5.1"),
        (b"LHLO", "501 5.5.4"),
        (b"DATA", "503 5.5.1"),
        (b"RCPT TO:<a@b.example>", "503 5.0.0"),
        (b"MAIL FROM:<a@b.example> SIZE=75497473", "552 5.0.0"),
        (b"VRFY x", "252 2.1.5"),
        (b"AUTH PLAIN AGEAYg==", "538 5.7.11"),
        (b"STARTTLS", "454 4.0.0"),
        (b"BDAT 3 LAST", "500 5.0.0"),
        (b"QUIT", "221 2.0.0"),
    ],
)
def test_each_reply_has_an_enhanced_code(server, said, answer):
    assert server.say(said + b"\r\n").startswith(answer + " ")


def test_nothing_is_taken_before_the_greeting(listener):
    with Client(listener.lmtp_port, greeting=None) as server:
        server.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n" % BOX.encode())
        assert [server.hear()[:3] for _ in range(4)] == ["220", "503", "503", "503"]


def test_pipelined_mails_in_one_segment(listener):
    command = b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n%%b\r\n.\r\n" % (
        BOX.encode(),
        IMAGE.encode(),
    )
    with Client(listener.lmtp_port, greeting=None) as server:
        server.send(b"LHLO x\r\n" + command % b"one" + command % b"two" + b"QUIT\r\n")
        codes = [server.hear()[:3] for _ in range(15)]
    assert codes == ["220", "250"] + ["250", "250", "250", "354", "250", "250"] * 2 + ["221"]
    assert stored() == [b"one\r\n", b"two\r\n"]


def test_a_mail_server_that_goes_away_leaves_nothing(listener):
    with Client(listener.lmtp_port, greeting=b"LHLO") as server:
        server.start_data()
        server.send(b"x" * 600_000)
    with Client(listener.lmtp_port, greeting=b"LHLO") as server:
        assert answers(server, IMAGE)[1] == ["250 2.0.0 OK\r\n"]
    assert stored() == [b"mail\r\n"]


def test_ten_mail_servers_at_once(listener):
    def deliver(number):
        with Client(listener.lmtp_port, greeting=b"LHLO") as server:
            heard.extend(answers(server, BOX, IMAGE, mail=b"%d\r\n" % number)[1])

    heard = []
    servers = [threading.Thread(target=deliver, args=(number,)) for number in range(10)]
    for server in servers:
        server.start()
    for server in servers:
        server.join(60)
    assert heard == ["250 2.0.0 OK\r\n"] * 20
    assert sorted(stored()) == [b"%d\r\n" % number for number in range(10)]
    assert InboundMail.objects.count() == 20


def test_it_listens_to_this_machine_alone(listener):
    assert [s.getsockname()[0] for server in listener.servers for s in server.sockets] == ["127.0.0.1"] * 2
