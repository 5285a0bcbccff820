"""T13: whatever a client does on the wire, it hears a short answer, harms no other, and the listener lives."""

import contextlib
import socket
import threading

import pytest

from mailing.models import InboundMail
from mailing.receiving.listener import HOST
from mailing.tests.smtp import BOX, IMAGE, Client, kept_files, running, stored

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]

SECOND_MAIL = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<%s>\r\nDATA\r\nsmuggled\r\n" % IMAGE.encode()
# Every way in which some published server has ended a mail, or is said to have.
FALSE_ENDS = (
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\n", b"\r.\r\n", b"\n.\r", b"\r\n.\r", b"\n\n.\n", b"\r\r.\r\r",
    b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n\0.\0\r\n", b"\n\0.\n", b"\r\n. \r\n", b"\r\n .\r\n", b"\r\n.\t\r\n", b"\r\n..\r\n",
    b"\x85.\x85", b"\x0b.\x0b", b"\x0c.\x0c", "\u2028.\u2028".encode(),
)  # fmt: skip


@pytest.mark.parametrize("end", FALSE_ENDS, ids=[ascii(end)[2:-1] for end in FALSE_ENDS])
def test_no_false_end_lets_a_second_mail_through(listener, end):
    mail = b"first" + end + SECOND_MAIL
    with Client(listener.port) as client:
        assert client.deliver(mail).startswith("250")
        assert client.say(b"NOOP\r\n").startswith("250")
    assert stored() == [
        mail.replace(b"\r\n.", b"\r\n")
    ]  # a dot that opens a line is stuffing, wherever it came from
    assert [found.envelope_to for found in InboundMail.objects.all()] == [BOX]


def test_what_comes_before_the_greeting_is_heard_after_it(listener):
    """A client that does not wait for 220 is only impatient; one that does not say EHLO is refused."""
    with Client(listener.port, greeting=None) as client:
        client.send(b"EHLO x\r\nNOOP\r\n")
        assert [client.hear()[:3] for _ in range(3)] == ["220", "250", "250"]


def test_ten_thousand_recipients_are_a_hundred(listener):
    with Client(listener.port) as client:
        client.say(b"MAIL FROM:<>\r\n")
        codes = []
        for _ in range(20):
            client.send(b"RCPT TO:<%s>\r\n" % BOX.encode() * 500)
            codes += [client.hear()[:9] for _ in range(500)]
        assert codes == ["250 2.1.5"] * 100 + ["452 4.5.3"] * 9_900
        assert client.say(b"DATA\r\n").startswith("354")
        assert client.say(b"mail\r\n.\r\n").startswith("250")
        assert client.say(b"MAIL FROM:<>\r\n").startswith("250")
        assert client.say(b"RCPT TO:<%s>\r\n" % BOX.encode()).startswith("250")
    assert InboundMail.objects.count() == 1


def test_five_hundred_connections_at_once():
    with running(sessions=200) as listener, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(listener.port, greeting=None)) for _ in range(500)]
        assert sorted(client.hear()[:3] for client in clients) == ["220"] * 200 + ["421"] * 300
        served = next(client for client in clients if is_open(client))
        assert served.say(b"EHLO x\r\n").startswith("250")
        assert served.deliver(b"mail\r\n").startswith("250")
        for client in clients:
            if client is not served:
                client.__exit__()
        assert served.say(b"NOOP\r\n").startswith("250")
        with Client(listener.port) as late:
            assert late.deliver(b"late\r\n").startswith("250")
    assert stored() == [b"mail\r\n", b"late\r\n"]


def is_open(client) -> bool:
    client.send(b"NOOP\r\n")
    return client.hear().startswith("250")


def test_a_session_that_is_begun_anew_keeps_nothing(listener):
    with Client(listener.port) as client:
        for again in (b"RSET\r\n", b"EHLO x\r\n"):
            client.say(b"MAIL FROM:<a@b.example>\r\n")
            assert client.say(b"RCPT TO:<%s>\r\n" % IMAGE.encode()).startswith("250")
            assert client.say(again).startswith("250")
            assert client.say(b"DATA\r\n").startswith("503")
            assert client.say(b"RCPT TO:<%s>\r\n" % IMAGE.encode()).startswith("503")
        assert client.deliver(b"mail\r\n").startswith("250")
    assert [found.envelope_to for found in InboundMail.objects.all()] == [BOX]


@pytest.mark.parametrize("command", [b"NOOP", b"RSET", b"VRFY x", b"HELP"])
def test_a_command_said_five_thousand_times(listener, command):
    with Client(listener.port) as client:
        for _ in range(10):
            client.send((command + b"\r\n") * 500)
            assert len({client.hear()[:4] for _ in range(500)}) == 1
        assert client.deliver(b"mail\r\n").startswith("250")


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (b"NOOP " + b"x" * 1_000_000, ["500"]),
        (b"x" * 1_000_000, ["500"]),
        (b"\0" * 1_000, ["500"]),
        (b"MAIL FROM:<a\0b@c.example>", ["250"]),
        (b"MAIL FROM:<\xff\xfe@c.example>", ["250"]),
        (b"MAIL FROM:<a@b.example> SMTPUTF8=1", ["501"]),
        (b"MAIL FROM:<a@b.example> SIZE=-1", ["501"]),
        (b"MAIL FROM:<a@b.example> SIZE=" + b"9" * 500, ["552"]),
        (b"MAIL FROM:<a@b.example> BODY=BINARYMIME", ["501"]),
        (b"MAIL FROM:<a@b.example> X=Y", ["555"]),
        (b"BDAT 6 LAST\r\nNOOP x", ["500", "250"]),
        (b"XCLIENT ADDR=10.0.0.1", ["500"]),
        (b"ETRN example.com", ["500"]),
        (b"NOOP\nNOOP\r\n", ["250", "250", "500"]),
        (b"\r\nNOOP", ["500", "250"]),
    ],
    ids=lambda said: repr(said[:20]) if isinstance(said, bytes) else None,
)
def test_odd_commands_are_answered_and_the_session_goes_on(listener, said, codes):
    with Client(listener.port) as client:
        client.send(said + b"\r\n")
        assert [client.hear()[:3] for _ in codes] == codes
        assert client.say(b"RSET\r\n").startswith("250")
        assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]


def test_too_many_unknown_commands_end_the_session_and_no_other(listener):
    with Client(listener.port) as client, Client(listener.port) as other:
        client.send(b"GET / HTTP/1.1\r\n" * 5)
        assert [client.hear()[:3] for _ in range(6)] == ["500"] * 4 + ["502", ""]
        assert other.deliver(b"mail\r\n").startswith("250")


@pytest.mark.parametrize("size", [0, 10, 600_000])
def test_a_reset_in_the_middle_of_a_mail_leaves_no_file(size):
    with running() as listener:
        with Client(listener.port) as client:
            client.start_data()
            client.send(b"x" * size)
            # RST instead of FIN: the client's machine fell.
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with Client(listener.port) as client:
            assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]
    assert len(kept_files()) == 1


def test_slow_clients_do_not_hold_up_a_quick_one():
    """A hundred that send half a command and a hundred that send half a mail."""
    with running() as listener, contextlib.ExitStack() as stack:
        for number in range(198):
            slow = stack.enter_context(Client(listener.port))
            if number % 2:
                slow.start_data()
            slow.send(b"MAIL FROM")
        answers = []
        quick = threading.Thread(
            target=lambda: answers.append(Client(listener.port).deliver(b"mail\r\n")[:3])
        )
        quick.start()
        quick.join(10)
        assert answers == ["250"]
    assert stored() == [b"mail\r\n"]


def shout(deaf: socket.socket) -> None:
    """Commands without end: its own buffer fills, then ours, then the time is over."""
    while True:
        deaf.sendall(b"HELP\r\n" * 10_000)


def test_a_client_that_never_reads_is_cut_off():
    with running(seconds=0.5) as listener, socket.create_connection((HOST, listener.port)) as deaf:
        deaf.settimeout(30)
        with pytest.raises(OSError, match="reset|Broken pipe"):
            shout(deaf)
        with Client(listener.port) as client:
            assert client.say(b"NOOP\r\n").startswith("250")
