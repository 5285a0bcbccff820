"""Addresses with a token, to which the answers to the portal's own mails come: accepted with any token, never lost."""

import smtplib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from mailing.models import InboundAddress, InboundMail, Space
from mailing.receiving.listener import HOST
from mailing.receiving.store import find_recipients
from mailing.tests.smtp import BOX, Client, running, stored

pytestmark = [pytest.mark.usefixtures("addresses"), pytest.mark.database]

REPORT, REPLY = "rebond+AbC=1@martin.depot.localhost", "reponse+xyz@martin.depot.localhost"


def led_to():
    mails = InboundMail.objects.order_by("pk").select_related("address__firm")
    return [
        (m.envelope_to, m.address.space, m.address.firm and m.address.firm.slug, m.company) for m in mails
    ]


@pytest.mark.parametrize(
    ("typed", "space", "firm"),
    [
        (REPORT, Space.REPORTS, "martin"),
        (REPLY, Space.REPLIES, "martin"),
        ("REBOND+AbC@Martin.Depot.localhost", Space.REPORTS, "martin"),
        ("rebond+@martin.depot.localhost", Space.REPORTS, "martin"),
        ("rebond+a+b@martin.depot.localhost", Space.REPORTS, "martin"),
        ("rebond+" + "x" * 200 + "@martin.depot.localhost", Space.REPORTS, "martin"),
        ("rebond+1@depot.localhost", Space.REPORTS, None),
        ("Reponse+1@DEPOT.localhost", Space.REPLIES, None),
    ],
)
def test_any_token_is_accepted_and_kept_as_written(listener, typed, space, firm):
    with smtplib.SMTP(HOST, listener.port) as client:
        assert client.sendmail("", [typed], b"mail\r\n") == {}
    assert led_to() == [(typed, space, firm, None)]
    assert stored() == [b"mail\r\n"]


@pytest.mark.parametrize(
    "typed",
    [
        "rebond@martin.depot.localhost",
        "reponse@depot.localhost",
        "xrebond+1@martin.depot.localhost",
        "rebond-1@martin.depot.localhost",
        "réponse+1@martin.depot.localhost",
        "rebond+1@inconnu.depot.localhost",
        "rebond+1@x.martin.depot.localhost",
        "rebond+1@martin.example",
        "rebond+1@martindepot.localhost",
        "rebond+1@localhost",
        "4.box+1@martin.depot.localhost",
        "rebond+" + "x" * 300 + "@martin.depot.localhost",
    ],
)
def test_what_only_looks_like_one_is_refused(listener, typed):
    with Client(listener.port) as client:
        client.say(b"MAIL FROM:<>\r\n")
        assert client.say(f"RCPT TO:<{typed}>\r\n".encode()).startswith("550 5.1.1")
    assert InboundAddress.objects.count() == 2


def test_an_idn_domain_is_the_same_in_both_forms(settings, listener):
    settings.DEPOSIT_DOMAIN = "xn--dpt-bma0d.example"
    with smtplib.SMTP(HOST, listener.port) as client:
        client.ehlo()
        for number, domain in enumerate(("dépôt.example", "martin.DÉPÔT.example", "xn--dpt-bma0d.example")):
            to = f"rebond+{number}@{domain}"
            assert client.sendmail("", [to], b"%d" % number, ["SMTPUTF8"]) == {}
    assert [firm for _, _, firm, _ in led_to()] == [None, "martin", None]


def test_each_token_has_its_mail_and_the_same_one_has_it_once(listener):
    to = ["rebond+1@martin.depot.localhost", "rebond+2@martin.depot.localhost", BOX]
    for _ in range(2):
        with smtplib.SMTP(HOST, listener.port) as client:
            assert client.sendmail("", [*to, to[0]], b"mail\r\n") == {}
    assert [found for found, *_ in led_to()] == to
    assert len(stored()) == 1
    assert InboundAddress.objects.filter(space=Space.REPORTS).count() == 1


def test_lmtp_answers_a_good_and_a_bad_one_apart():
    with running(lmtp_port=0) as listener, Client(listener.lmtp_port, greeting=b"LHLO") as server:
        server.say(b"MAIL FROM:<>\r\n")
        for to, code in ((REPLY, "250"), ("rebond+1@nobody.example", "550"), (REPORT, "250")):
            assert server.say(f"RCPT TO:<{to}>\r\n".encode()).startswith(code)
        server.say(b"DATA\r\n")
        server.send(b"mail\r\n.\r\n")
        assert [server.hear()[:3] for _ in range(2)] == ["250", "250"]
    assert [(to, space) for to, space, *_ in led_to()] == [(REPLY, Space.REPLIES), (REPORT, Space.REPORTS)]


@pytest.mark.django_db(transaction=True)
def test_two_first_mails_at_once_make_one_address():
    def find(number):
        try:
            return find_recipients([f"rebond+{number}@martin.depot.localhost"])[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(find, range(4)))
    assert found == {InboundAddress.objects.get(space=Space.REPORTS)}
