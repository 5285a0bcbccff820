"""The portal's own picture and links: only for who has accepted, never elsewhere than the mail says (D-35, T28, T29)."""

import email
import re
import threading
from datetime import timedelta
from email.policy import default
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import MailEvent, MailStatus, OutboxStatus, OutgoingMail, Secret, Source
from mailing.sending import delivery, outbox
from mailing.tasks import outbox as send_all
from mailing.tracking import events, tokens
from portal.models import User
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SITE = "http://localhost:8000"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
GMAIL = {
    "User-Agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
}
GERANT = "gerant@moimeme.example"


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


@pytest.fixture
def reader():
    """A mail program: no session, a browser's name."""
    return Client(headers=BROWSER)


def accept(person, answer="oui"):
    client = Client()
    client.force_login(person)
    assert client.post("/mon-compte/mesure/", {"accord": answer})["Location"] == "/mon-compte/"


def asked(folder):
    """The request that a stranger's mail made the portal send to the client administrator: its row, and its message."""
    arrive(mail_from("facture@bois.example"))
    send_all()
    mail = OutgoingMail.objects.get(kind=MailKind.APPROVAL_REQUEST)
    [path] = folder.glob(f"*{mail.key.hex}.eml")
    return mail, email.message_from_bytes(path.read_bytes(), policy=default)


def html_of(message):
    return message.get_body(("html",)).get_content().replace("\r\n", "\n")


def links_in(html):
    return [unescape(url).removeprefix(SITE) for url in re.findall(r'<a\s[^>]*href="([^"]*)"', html)]


def picture_in(html):
    return [
        url.removeprefix(SITE) for url in re.findall(r'<img src="([^"]*)" width="1" height="1" alt="">', html)
    ]


def heard(mail):
    return [(e.code, e.nature, e.source, e.detail) for e in mail.events.exclude(code=MailStatus.SENT)]


def status(mail):
    mail.refresh_from_db()
    return mail.last_status


# Whose mails


def test_nobody_has_accepted_anything_at_first(cast, mail_folder):
    mail, message = asked(mail_folder)
    assert (User.objects.filter(accepts_measuring=True).count(), mail.is_measured) == (0, False)
    assert html_of(message).rstrip() == mail.html.rstrip()
    assert "/m/" not in message.as_string()


def test_of_who_accepts_the_links_go_through_the_portal_and_the_text_stays(cast, mail_folder):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    html, before = html_of(message), links_in(mail.html)
    assert (mail.to_email, mail.is_measured, len(before)) == (GERANT, True, 2)
    assert [bool(re.fullmatch("/m/[a-z2-7]{55}", path)) for path in links_in(html)] == [True, True]
    assert [bool(re.fullmatch(r"/m/[a-z2-7]{52}\.gif", path)) for path in picture_in(html)] == [True]
    assert html.rstrip().endswith('.gif" width="1" height="1" alt=""></body>\n</html>')
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == mail.text
    assert "/m/" not in mail.html + mail.text  # derived, kept nowhere
    assert [
        name for name in (GERANT, "Marc", "Roux", "/4/") if any(name in url for url in links_in(html))
    ] == []


def test_each_attempt_sends_the_same_bytes_also_after_a_withdrawal(cast, mail_folder):
    accept(cast.gerant)
    asked(mail_folder)
    before = {path.name: path.read_bytes() for path in mail_folder.iterdir()}
    accept(cast.gerant, "non")
    OutgoingMail.objects.update(status=OutboxStatus.SENDING, next_attempt_at=timezone.now())
    send_all()
    assert {path.name: path.read_bytes() for path in mail_folder.iterdir()} == before


def post(kind, to, firm, **more):
    mail = {"subject": "Facture", "address": {"address": "4.box@martin.depot.localhost"}}
    context = {"mail": mail, "attachments": []}
    return outbox.post(kind, "approvals/email/receipt", to_email=to, firm=firm, context=context, **more)


def test_of_which_mails(cast):
    """Of the person's own firm, to the address of an active account; never of security, nor with a personal link."""
    User.objects.filter(pk=cast.gerant.pk).update(accepts_measuring=True)
    secret = {"secret": Secret.PASSWORD_RESET, "person": cast.gerant}
    mails = {
        "to who accepts": post(MailKind.RECEIPT, GERANT, cast.martin),
        "to a colleague": post(MailKind.RECEIPT, cast.compta.email, cast.martin),
        "to who has no account": post(MailKind.RECEIPT, "client@bois.example", cast.martin),
        "of another firm": post(MailKind.RECEIPT, GERANT, cast.peeters),
        "of security": post(MailKind.PASSWORD_CHANGED, GERANT, cast.martin),
        "with a personal link": post(MailKind.ACCESS, GERANT, cast.martin, **secret),
    }
    User.objects.filter(pk=cast.gerant.pk).update(is_active=False)
    mails["to a closed account"] = post(MailKind.RECEIPT, GERANT, cast.martin)
    assert [name for name, mail in mails.items() if mail.is_measured] == ["to who accepts"]


def test_a_personal_link_leaves_as_it_is(cast, mail_folder, client):
    accept(cast.gerant)
    client.post("/connexion/oubli/", {"email": GERANT})
    send_all()
    [message] = [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in mail_folder.glob("*.eml")
    ]
    assert [path[:19] for path in links_in(html_of(message))] == ["/connexion/nouveau/"] * 2
    assert picture_in(html_of(message)) == []


# What is told


def test_opened_then_clicked(cast, mail_folder, reader):
    """A thread from the agreement to the page of the mail."""
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    [picture], [link, again] = picture_in(html_of(message)), links_in(html_of(message))
    assert status(mail) == MailStatus.SENT

    answer = reader.get(picture)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "image/gif",
        "no-store",
    )
    assert (answer.content[:6], answer.content[6:10], len(answer.content)) == (b"GIF89a", b"\1\0\1\0", 42)
    assert (heard(mail), status(mail)) == ([("opened", "observed", "portal", "")], MailStatus.OPENED)

    target = links_in(mail.html)[0]
    answer = reader.get(link)
    assert (answer.status_code, answer["Location"], status(mail)) == (302, SITE + target, MailStatus.CLICKED)
    assert reader.get(again)["Location"] == SITE + links_in(mail.html)[1]
    reader.get(picture)
    reader.get(link)
    clicks = [("clicked", "observed", "portal", SITE + url) for url in links_in(mail.html)]
    assert heard(mail) == [("opened", "observed", "portal", ""), *clicks]
    assert {str(event.payload) for event in mail.events.all()} == {"{}"}

    staff = Client()
    staff.force_login(cast.claire)
    page = staff.get(f"/emails/{mail.pk}/").content.decode()
    assert (
        "Ouvertures et clics : mesurés, avec l’accord du destinataire." in page,
        "source : portail" in page,
    ) == (
        True,
        True,
    )


def test_of_who_has_not_accepted_the_page_says_so(cast, mail_folder, client, settings):
    mail, _message = asked(mail_folder)
    client.force_login(cast.claire)
    for way in settings.MAIL_OUTS:
        OutgoingMail.objects.update(provider=way)
        page = client.get(f"/emails/{mail.pk}/").content.decode()
        assert (way, "Ouvertures et clics : non mesurés" in page) == (way, True)


def test_after_a_withdrawal_links_lead_on_and_nothing_is_written(cast, mail_folder, reader):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    accept(cast.gerant, "non")
    assert reader.get(picture_in(html_of(message))[0]).status_code == 200
    assert reader.get(links_in(html_of(message))[0])["Location"] == SITE + links_in(mail.html)[0]
    assert (heard(mail), status(mail)) == ([], MailStatus.SENT)


def test_head_options_and_post_write_nothing(cast, mail_folder, reader):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    for path, code in ((picture_in(html_of(message))[0], 200), (links_in(html_of(message))[0], 302)):
        answers = [reader.generic(method, path).status_code for method in ("HEAD", "OPTIONS", "POST", "PUT")]
        assert answers == [code, 405, 405, 405]
    assert (heard(mail), status(mail)) == ([], MailStatus.SENT)


MACHINES = {
    "Gmail": GMAIL,
    "Gmail before it shows": {
        "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
    },
    "Apple Mail": {"User-Agent": "Mozilla/5.0"},
    "Yahoo": {"User-Agent": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"},
    "Defender": {"User-Agent": "Mozilla/5.0 (compatible; Microsoft Defender SafeLinks)"},
    "Barracuda": {"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"},
    "nobody": {"User-Agent": ""},
    "fetched ahead": {**BROWSER, "Sec-Purpose": "prefetch;anonymous-client-ip"},
    "fetched ahead, Safari": {**BROWSER, "Purpose": "prefetch"},
}


@pytest.mark.parametrize("headers", MACHINES.values(), ids=MACHINES)
def test_a_machine_is_marked_and_counts_for_nothing(cast, mail_folder, headers):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    machine, [link, _again] = Client(headers=headers), links_in(html_of(message))
    machine.get(picture_in(html_of(message))[0])
    assert machine.get(link)["Location"] == SITE + links_in(mail.html)[0]
    steps = [
        ("opened", "machine", "portal", ""),
        ("clicked", "machine", "portal", SITE + links_in(mail.html)[0]),
    ]
    assert (heard(mail), status(mail)) == (steps, MailStatus.SENT)
    kept = [event.payload for event in mail.events.filter(nature="machine")]
    assert kept == [{"user_agent": headers["User-Agent"]}] * 2
    Client(headers=BROWSER).get(link)  # and then the person
    assert status(mail) == MailStatus.CLICKED


def test_a_thousand_looks_are_a_row_a_day(cast, mail_folder, reader):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    [picture] = picture_in(html_of(message))
    for _look in range(20):
        reader.get(picture)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        reader.get(picture)
    assert heard(mail) == [("opened", "observed", "portal", "")] * 2


def test_a_late_bounce_is_shown_all_the_same(cast, mail_folder, reader):
    """T28: opened by a scanner nobody knows, and refused by the mailbox behind it."""
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    reader.get(picture_in(html_of(message))[0])
    events.observe(mail, MailStatus.HARD_BOUNCED, source=Source.REPORT)
    reader.get(links_in(html_of(message))[0])
    assert status(mail) == MailStatus.HARD_BOUNCED


def test_opened_before_we_hear_that_it_was_accepted(cast, mail_folder, reader):
    accept(cast.gerant)
    arrive(mail_from("facture@bois.example"))
    OutgoingMail.objects.exclude(kind=MailKind.APPROVAL_REQUEST).delete()
    mail = OutgoingMail.objects.claim(lease=delivery.LEASE)
    reader.get(tokens.picture_url(mail).removeprefix(SITE))
    delivery.accepted(mail, mail.message_id)
    assert status(mail) == MailStatus.OPENED


# Who guesses


def test_every_picture_is_the_same_known_or_not(cast, mail_folder, reader):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    [picture], [link, _again] = picture_in(html_of(message)), links_in(html_of(message))
    token = picture.removeprefix("/m/").removesuffix(".gif")
    turned = ("a" if token[-2] != "a" else "b").join([token[:-2], token[-1]])
    unknown = [
        turned,
        token.upper(),
        token[:-1],
        "x",
        "é",
        "1",
        link.removeprefix("/m/"),
        "a" * 52,
        "%00",
        "a.b",
    ]
    answers = [reader.get(path) for path in (picture, *(f"/m/{other}.gif" for other in unknown))]
    assert {(a.status_code, a.content, str(sorted(a.items()))) for a in answers} == {
        (200, answers[0].content, str(sorted(answers[0].items())))
    }
    assert heard(mail) == [("opened", "observed", "portal", "")]


def test_a_link_leads_only_where_its_mail_says(cast, mail_folder, reader):
    """No open redirect (T28), and a token serves one purpose, of one mail (T18)."""
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    arrive(mail_from("autre@bois.example", subject="Autre"))
    other = OutgoingMail.objects.filter(kind=MailKind.APPROVAL_REQUEST).exclude(pk=mail.pk).get()
    [link, _again], [picture] = links_in(html_of(message)), picture_in(html_of(message))
    own, others = (tokens.link_url(m, 0).removeprefix(SITE) for m in (mail, other))
    assert own == link
    assert reader.get(f"{link}?url=https://attaque.example/&next=//attaque.example")["Location"] == (
        SITE + links_in(mail.html)[0]
    )
    nowhere = reader.get("/nulle-part/")
    bad = [
        *(picture.removesuffix(".gif"), link[:-1], "/m/x", "/m/https:attaque.example"),
        own[:-26] + others[-26:],
        tokens.link_url(mail, 2).removeprefix(SITE),  # signed, and the mail has two
        tokens.link_url(mail, 65535).removeprefix(SITE),
        tokens.unsubscribe_url(mail).replace(f"{SITE}/desabonnement", "/m").rstrip("/"),
    ]
    answers = [reader.get(path) for path in bad]
    assert {(a.status_code, a.content) for a in answers} == {(404, nowhere.content)}
    assert (heard(mail), heard(other)) == (
        [("clicked", "observed", "portal", SITE + links_in(mail.html)[0])],
        [],
    )


def test_a_mail_that_is_not_measured_answers_like_none(cast, mail_folder, reader):
    mail, _message = asked(mail_folder)
    accept(cast.gerant)  # later
    assert reader.get(tokens.link_url(mail, 0).removeprefix(SITE)).status_code == 404
    assert reader.get(tokens.picture_url(mail).removeprefix(SITE)).status_code == 200
    assert heard(mail) == []


def test_links_of_a_former_secret_still_work(cast, mail_folder, reader, settings):
    accept(cast.gerant)
    mail, message = asked(mail_folder)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "une autre clé " * 5
    reader.get(picture_in(html_of(message))[0])
    assert reader.get(links_in(html_of(message))[0]).status_code == 302
    assert [code for code, *_rest in heard(mail)] == ["opened", "clicked"]
    settings.SECRET_KEY_FALLBACKS = []
    assert reader.get(links_in(html_of(message))[0]).status_code == 404


def test_markup_of_a_sender_is_no_link(cast, mail_folder, reader):
    """What people write stands in the mail as text: no link of theirs goes through the portal."""
    accept(cast.gerant)
    arrive(
        mail_from(
            "facture@bois.example", subject='<a href="https://attaque.example/">"https://attaque.example'
        )
    )
    mail = OutgoingMail.objects.get(kind=MailKind.APPROVAL_REQUEST)
    targets = [
        reader.get(tokens.link_url(mail, number).removeprefix(SITE)).get("Location") for number in range(4)
    ]
    assert targets == [SITE + url for url in links_in(mail.html)] + [None, None]
    assert [url.startswith(f"{SITE}/entreprises/4/acces-email/") for url in targets[:2]] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one_row(cast, mail_folder):
    User.objects.filter(pk=cast.gerant.pk).update(accepts_measuring=True)
    mail = post(MailKind.RECEIPT, GERANT, cast.martin)
    path, codes = tokens.picture_url(mail).removeprefix(SITE), []

    def look():
        codes.append(Client(headers=BROWSER).get(path).status_code)
        connection.close()

    threads = [threading.Thread(target=look) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (codes, MailEvent.objects.filter(code="opened").count()) == ([200] * 4, 1)
