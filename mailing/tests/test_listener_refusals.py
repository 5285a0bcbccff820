"""What the listener refuses, for good (5xx) or for now (4xx), and that a second try then works."""

from contextlib import contextmanager

import pytest
from django.db import connection

from mailing.models import InboundAddress, InboundMail, RawMail
from mailing.tests.smtp import BOX, IMAGE, Client, kept_files, running, stored

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]


@contextmanager
def without_table(model):
    """The database answers, and cannot do what is asked."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone_for_a_while")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE gone_for_a_while RENAME TO {table}")


def test_the_greeting_tells_what_is_offered_and_no_version(listener):
    with Client(listener.port, greeting=None) as client:
        assert client.hear() == "220 depot.localhost ESMTP\r\n"
        client.send(b"EHLO x\r\n")
        offers = [client.lines.readline() for _ in range(6)]
    assert offers == [
        b"250-depot.localhost\r\n",
        b"250-SIZE 75497472\r\n",
        b"250-8BITMIME\r\n",
        b"250-SMTPUTF8\r\n",
        b"250-PIPELINING\r\n",
        b"250 HELP\r\n",
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"MAIL FROM:<a@b.example> SIZE=75497473", "552"),
        (b"MAIL FROM:<a@b.example> SIZE=75497472", "250"),
        (b"MAIL FROM:<a@b.example", "553"),
        (b"MAIL FROM:" + b"(" * 900, "250"),
        (b"MAIL FROM:<" + b"a" * 3000 + b"@b.example>", "500"),
        (b"MAIL FROM:", "553"),
        (b"MAIL", "501"),
        (b"RCPT TO:<" + BOX.encode() + b">", "503"),
        (b"DATA", "503"),
        (b"VRFY " + BOX.encode(), "252"),
        (b"VRFY \xff", "252"),
        (b"EXPN staff", "502"),
        (b"HELP", "250"),
        (b"STARTTLS", "454"),
        (b"AUTH PLAIN AGEAYg==", "538"),
        (b"\xff\xfe", "500"),
        (b"GET / HTTP/1.1", "500"),
    ],
)
def test_commands_are_answered_without_a_word_too_many(listener, said, code):
    with Client(listener.port) as client:
        answer = client.say(said + b"\r\n")
        assert answer.startswith(code + " ")
        assert BOX not in answer
        assert client.say(b"NOOP\r\n").startswith("250")


def test_nothing_is_taken_before_the_greeting(listener):
    with Client(listener.port, greeting=None) as client:
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n" % BOX.encode())
        assert [client.hear()[:3] for _ in range(4)] == ["220", "503", "503", "503"]


@pytest.mark.parametrize("size", [1_000, 1_500, 600_000])
def test_a_mail_beyond_the_limit_is_refused_after_its_end(size):
    with running(size=999 if size < 2_000 else 400_000) as listener, Client(listener.port) as client:
        assert client.deliver(b"x" * (size - 2) + b"\r\n").startswith("552")
        assert client.deliver(b"small\r\n").startswith("250")
    assert stored() == [b"small\r\n"]
    assert len(kept_files()) == 1


def test_a_mail_without_end_is_cut_off():
    with running(size=1_000) as listener, Client(listener.port) as client:
        client.start_data()
        with pytest.raises(ConnectionError):
            client.send(b"x" * 50_000_000)
    assert (stored(), kept_files()) == ([], [])


def test_recipients_are_limited(listener):
    with Client(listener.port) as client:
        client.say(b"MAIL FROM:<>\r\n")
        client.send(b"RCPT TO:<nobody@x.example>\r\n" * 99)
        assert {client.hear()[:3] for _ in range(99)} == {"550"}
        assert client.say(b"RCPT TO:<%s>\r\n" % BOX.encode()).startswith("250")
        assert client.say(b"RCPT TO:<%s>\r\n" % IMAGE.encode()).startswith("452 4.5.3")
        assert client.say(b"DATA\r\n").startswith("354")
        assert client.say(b"mail\r\n.\r\n").startswith("250")
    assert [mail.envelope_to for mail in InboundMail.objects.all()] == [BOX]


def test_sessions_are_limited():
    with running(sessions=2) as listener, Client(listener.port) as first, Client(listener.port):
        with Client(listener.port, greeting=None) as third:
            assert third.hear().startswith("421")
            assert third.hear() == ""
        assert first.say(b"QUIT\r\n").startswith("221")
        assert first.hear() == ""
        with Client(listener.port) as fourth:
            assert fourth.say(b"NOOP\r\n").startswith("250")


def test_an_idle_client_is_sent_away():
    with running(seconds=0.2) as listener, Client(listener.port) as client:
        assert client.hear().startswith("421")
        assert client.hear() == ""


@pytest.mark.parametrize("what", ["command", "mail"])
def test_a_byte_now_and_then_is_not_enough(what):
    with running(seconds=0.5) as listener, Client(listener.port) as client:
        if what == "mail":
            client.start_data()
        client.socket.settimeout(0.05)
        answer = b""
        while not answer:
            client.send(b"x")
            try:
                answer = client.socket.recv(100)
            except TimeoutError:
                continue
        assert answer.startswith(b"421")
    assert (stored(), kept_files()) == ([], [])


def test_a_long_mail_has_its_time_for_each_piece():
    with running(seconds=1) as listener, Client(listener.port) as client:
        client.start_data()
        client.socket.settimeout(0.3)
        for _ in range(5):
            client.send(b"x" * 300_000)
            with pytest.raises(TimeoutError):
                client.socket.recv(1)
        client.socket.settimeout(30)
        client.send(b"\r\n.\r\n")
        assert client.socket.recv(4) == b"250 "
    assert [len(mail) for mail in stored()] == [1_500_002]


def test_it_listens_to_this_machine_alone(listener):
    assert [s.getsockname()[0] for server in listener.servers for s in server.sockets] == ["127.0.0.1"]


@pytest.mark.parametrize("model", [RawMail, InboundMail])
def test_a_database_that_fails_is_451_and_the_next_try_is_stored_once(listener, model):
    with Client(listener.port) as client:
        with without_table(model):
            answer = client.deliver(b"mail\r\n")
        assert answer == "451 4.3.0 Cannot take this mail now, try again later\r\n"
        assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]
    assert InboundMail.objects.count() == 1


def test_a_database_that_fails_at_rcpt_is_451_and_no_550(listener):
    with Client(listener.port) as client:
        client.say(b"MAIL FROM:<>\r\n")
        with without_table(InboundAddress):
            assert client.say(b"RCPT TO:<%s>\r\n" % BOX.encode()).startswith("451")
        assert client.say(b"RCPT TO:<%s>\r\n" % BOX.encode()).startswith("250")


def test_an_address_deleted_between_rcpt_and_data_harms_no_other_mail(listener):
    with Client(listener.port) as client, Client(listener.port) as other:
        client.start_data()
        other.start_data(IMAGE)
        InboundAddress.objects.get(address=BOX).delete()
        client.send(b"to nobody\r\n.\r\n")
        other.send(b"to image\r\n.\r\n")
        assert client.hear().startswith("451")
        assert other.hear().startswith("250")
        client.say(b"MAIL FROM:<>\r\n")
        assert client.say(b"RCPT TO:<%s>\r\n" % BOX.encode()).startswith("550")
    assert stored() == [b"to image\r\n"]


@pytest.mark.parametrize("size", [10, 600_000], ids=["in memory", "on disk"])
def test_files_that_cannot_be_written_are_451(listener, settings, size):
    settings.FILES_DIR.write_bytes(b"not a folder")
    with Client(listener.port) as client:
        assert client.deliver(b"x" * size + b"\r\n").startswith("451")
        settings.FILES_DIR.unlink()
        assert client.deliver(b"x" * size + b"\r\n").startswith("250")
    assert stored() == [b"x" * size + b"\r\n"]
