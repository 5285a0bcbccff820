"""What comes in by SMTP is kept as it came, for those it is for."""

import os
import smtplib
import socket
import threading
from functools import partial

import pytest

from mailing.models import InboundMail
from mailing.receiving.listener import HOST
from mailing.tests.smtp import BOX, IMAGE, SENDER, Client, kept_files, running, stored

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b"Subject: x\r\n\r\n.a\r\n..\r\n.\r\n",
        b"x" * 100_000 + b"\r\n" + b"y" * 700_000 + b"\r\n",
        b"nul \x00 and \xff\xfe\r\n",
        b"no final newline",
        b".",
    ],
    ids=["empty", "line", "dots", "long lines", "8 bit", "no newline", "dot"],
)
def test_the_bytes_of_a_real_client_are_kept(listener, mail):
    with smtplib.SMTP(HOST, listener.port) as client:
        client.ehlo()
        assert client.sendmail(SENDER, [BOX], mail) == {}
    whole = (
        mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    )  # smtplib ends the last line (RFC 5321, 4.1.1.4)
    assert stored() == [whole]


@pytest.mark.parametrize(
    "mail",
    [
        b"lone\rCR, lone\nLF, both\n\rturned\r\n",
        b"smuggled\n.\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<" + IMAGE.encode() + b">\r\nDATA\r\n",
        b"smuggled\n.\r\nMAIL FROM:<evil@x.example>\r\n",
        b"smuggled\r.\rMAIL FROM:<evil@x.example>\r\n",
        b"smuggled\r.\r\nMAIL FROM:<evil@x.example>\r\n",
    ],
)
def test_only_crlf_dot_crlf_ends_a_mail(listener, mail):
    with Client(listener.port) as client:
        assert client.deliver(mail).startswith("250")
        assert client.say(b"NOOP\r\n").startswith("250")
    assert stored() == [mail]
    assert InboundMail.objects.get().address.address == BOX


def test_a_dot_before_a_bare_lf_is_stuffing_and_no_end(listener):
    with Client(listener.port) as client:
        assert client.deliver(b"smuggled\r\n.\nMAIL FROM:<evil@x.example>\r\n").startswith("250")
    assert stored() == [b"smuggled\r\n\nMAIL FROM:<evil@x.example>\r\n"]


def test_two_pipelined_mails_in_one_segment(listener):
    with Client(listener.port, greeting=None) as client:
        command = b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n"
        client.send(
            b"EHLO x\r\n"
            + command % BOX.encode()
            + b"one\r\n.\r\n"
            + command % IMAGE.encode()
            + b"two\r\n.\r\nQUIT\r\n"
        )
        codes = [client.hear()[:3] for _ in range(11)]
    assert codes == ["220", "250"] + ["250", "250", "354", "250"] * 2 + ["221"]
    assert stored() == [b"one\r\n", b"two\r\n"]


def test_a_mail_cut_anywhere_by_the_network(listener):
    session = b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n..%%d\r\n.\r\nNOOP\r\n" % BOX.encode()
    with Client(listener.port) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = session.index(b"DATA")
        for cut in range(start, len(session) - 1):
            whole = session % cut
            client.send(whole[:cut])
            client.send(whole[cut:])
            assert [client.hear()[:3] for _ in range(5)] == ["250", "250", "354", "250", "250"], cut
    assert stored() == [b".%d\r\n" % cut for cut in range(start, len(session) - 1)]


def test_a_client_that_closes_its_side_still_hears_its_answers(listener):
    with Client(listener.port) as client:
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\nmail\r\n.\r\n" % BOX.encode())
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.hear()[:3] for _ in range(5)] == ["250", "250", "354", "250", ""]
    assert stored() == [b"mail\r\n"]


@pytest.mark.parametrize("size", [10, 600_000], ids=["in memory", "on disk"])
def test_a_mail_that_breaks_off_leaves_nothing(size):
    with running() as listener, Client(listener.port) as client:
        client.start_data()
        client.send(b"x" * size + b"\r\n.\r")
    assert (stored(), kept_files()) == ([], [])


def test_two_recipients_are_two_rows_and_one_file(listener):
    with smtplib.SMTP(HOST, listener.port) as client:
        client.sendmail(SENDER, [BOX.upper(), IMAGE], b"mail\r\n")
    mails = InboundMail.objects.order_by("pk").select_related("address", "company")
    assert [(m.address.address, m.envelope_to, m.company.code) for m in mails] == [
        (BOX, BOX.upper(), "4"),
        (IMAGE, IMAGE, "4"),
    ]
    assert {(m.envelope_from, m.channel, m.is_local_submission) for m in mails} == {(SENDER, "smtp", False)}
    assert len(stored()) == len(kept_files()) == 1


def test_an_unknown_address_is_refused_and_the_known_one_served(listener):
    with smtplib.SMTP(HOST, listener.port) as client:
        refused = client.sendmail(SENDER, ["5.box@martin.depot.localhost", BOX], b"mail\r\n")
    assert {to: code for to, (code, _) in refused.items()} == {"5.box@martin.depot.localhost": 550}
    assert [mail.envelope_to for mail in InboundMail.objects.all()] == [BOX]


def test_the_same_mail_twice_is_answered_twice_and_stored_once(listener):
    with Client(listener.port) as client:
        for _ in range(2):
            assert client.deliver(b"mail\r\n").startswith("250")
    assert stored() == [b"mail\r\n"]
    assert len(kept_files()) == 1


@pytest.mark.parametrize("trusted", [True, False])
def test_a_local_submission_is_marked_where_the_setting_trusts_it(listener, settings, trusted):
    settings.LOCAL_SUBMISSION_TRUSTED = trusted
    with Client(listener.port) as client:
        client.deliver(b"mail\r\n")
    assert InboundMail.objects.get().is_local_submission is trusted


def test_a_null_sender_a_source_route_and_utf8(listener):
    with Client(listener.port) as client:
        for sender in (
            b"<>",
            b"<@relay.example:a@b.example>",
            "<rené@b.example> SMTPUTF8 BODY=8BITMIME".encode(),
        ):
            assert client.say(b"MAIL FROM:" + sender + b"\r\n").startswith("250")
            assert client.say(b"RCPT TO:<@relay.example:%s>\r\n" % BOX.encode()).startswith("250")
            assert client.say(b"DATA\r\n").startswith("354")
            assert client.say(b"from " + sender + b"\r\n.\r\n").startswith("250")
    senders = InboundMail.objects.order_by("pk").values_list("envelope_from", flat=True)
    assert list(senders) == ["", "a@b.example", "rené@b.example"]


def test_twenty_clients_at_once(listener):
    mails = [b"%d" % n + os.urandom(50_000 * (n % 3)).replace(b".", b"") + b"\r\n" for n in range(60)]

    def deliver(share):
        with Client(listener.port) as client:
            answers.extend(client.deliver(mail)[:3] for mail in share)

    answers = []
    clients = [threading.Thread(target=partial(deliver, mails[n::20])) for n in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(60)
    assert answers == ["250"] * 60
    assert sorted(stored()) == sorted(mails)
