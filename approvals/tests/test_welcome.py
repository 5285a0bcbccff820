"""The mail that announces an access: who sends it, what it says, the copy without the link, and what stops it."""

import email
import re
from datetime import timedelta
from email.policy import default

import pytest
from django.test import Client
from django.utils import timezone

from approvals.access.stories import authorise
from approvals.access.welcome import welcome
from approvals.directory.opening import add_contact, add_employee
from mailing.models import (
    Answer,
    DomainCheck,
    OutboxStatus,
    OutgoingMail,
    Suppression,
    SuppressionReason,
)
from mailing.sending.outbox import BadRecipient
from mailing.tasks import outbox as send_all
from mailing.tests.test_unprepared import answered
from notifications.models import Notification, NotificationStatus, NotificationTemplate
from notifications.tasks import notifications as follow
from portal.login.links import WELCOME_LASTS
from portal.models import ClientGroup, ClientMember, HistoryEntry, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "encore un mot de passe"
PERSONAL = "/connexion/nouveau/"


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


@pytest.fixture
def paul(cast):
    """A new contact with an access, whom nothing was said to yet."""
    access = add_contact(cast.company, "Paul Morel", "paul@moimeme.example", token="")
    authorise(access, by=cast.claire)
    return access


def managed(cast):
    cast.company.manager = cast.claire.staff
    cast.company.save()


def mails():
    return [(mail.kind, mail.to_email, mail.secret) for mail in OutgoingMail.objects.order_by("pk")]


def body_of(mail_folder, to):
    """The plain text of the `.eml` to `to`."""
    found = [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in mail_folder.glob("*.eml")
    ]
    [message] = [message for message in found if to in message["To"]]
    return message.get_body(("plain",)).get_content()


def link_in(text):
    return re.search(r"http://\S+/connexion/nouveau/\S+/", text)[0]


def choose(client, link, password=NEW):
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})


@pytest.mark.parametrize(
    ("setting", "sender", "name"),
    [
        ({}, "contact@martin.example", "Cabinet Martin"),
        ({"functional": True}, "bureau@martin.example", "Cabinet Martin"),
        ({"functional": True, "group": True}, "sud@martin.example", "Cabinet Martin"),
        (
            {"functional": True, "group": True, "manager": True},
            "claire@martin.example",
            "Claire Dupont – Cabinet Martin",
        ),
    ],
)
def test_the_cascade_says_who_sends_it_and_who_gets_the_copy(cast, paul, setting, sender, name):
    if "functional" in setting:
        cast.martin.functional_email = "bureau@martin.example"
        cast.martin.save()
    if "group" in setting:
        cast.company.group = ClientGroup.objects.create(
            firm=cast.martin, name="Sud", email="sud@martin.example"
        )
    if "manager" in setting:
        cast.company.manager = cast.claire.staff
    cast.company.save()
    access = ClientMember.objects.get(pk=paul.pk)
    assert welcome(access, by=cast.admin) == ""
    assert mails() == [("welcome", "paul@moimeme.example", "welcome"), ("welcome", sender, "")]
    assert {(mail.from_email, mail.from_name) for mail in OutgoingMail.objects.all()} == {(sender, name)}


def test_the_link_lets_the_person_in_once_and_the_copy_has_none(client, cast, paul, mail_folder):
    managed(cast)
    welcome(paul, by=cast.claire)
    send_all()
    text = body_of(mail_folder, "paul@moimeme.example")
    assert ("4-paul" in text, "Spam" in text, "/connexion/martin/" in text) == (True, True, True)
    copy = body_of(mail_folder, "claire@martin.example")
    assert (PERSONAL in copy, "(lien personnel, envoyé à Paul Morel seulement)" in copy) == (False, True)
    assert choose(client, link_in(text))["Location"] == "/connexion/nouveau/fait/"
    assert client.get(link_in(text)).context["token_fail"] is True
    assert Client().login(email="paul@moimeme.example", password=NEW) is True
    assert Client().login(username="martin/4-paul", password=NEW) is True


@pytest.mark.parametrize(
    ("age", "is_good"),
    [(WELCOME_LASTS - timedelta(minutes=5), True), (WELCOME_LASTS + timedelta(minutes=5), False)],
)
def test_the_link_lasts_seven_days(client, cast, paul, mail_folder, age, is_good):
    welcome(paul, by=cast.claire)
    OutgoingMail.objects.update(created_at=timezone.now() - age)
    send_all()
    page = client.get(link_in(body_of(mail_folder, "paul@moimeme.example")), follow=True)
    assert ("token_fail" not in page.context) is is_good


def test_an_asked_for_link_still_lasts_an_hour(client, cast, mail_folder):
    client.post("/connexion/oubli/", {"email": cast.gerant.email})
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(hours=2))
    send_all()
    page = client.get(link_in(body_of(mail_folder, cast.gerant.email)), follow=True)
    assert page.context["token_fail"] is True


def test_no_row_and_no_page_holds_the_link(client, cast, paul):
    welcome(paul, by=cast.claire)
    send_all()
    mail = OutgoingMail.objects.get(secret="welcome")
    client.force_login(cast.claire)
    page = client.get(f"/emails/{mail.pk}/").content.decode()
    held = mail.text + mail.html + page + "".join(HistoryEntry.objects.values_list("text", flat=True))
    assert (PERSONAL in held, mail.mark in page, "lien personnel masqué" in page) == (False, False, True)


def test_a_retry_sends_the_same_bytes(cast, paul, mail_folder):
    welcome(paul, by=cast.claire)
    send_all()
    before = {path.name: path.read_bytes() for path in mail_folder.iterdir()}
    OutgoingMail.objects.update(status=OutboxStatus.SENDING, next_attempt_at=timezone.now())
    send_all()
    assert {path.name: path.read_bytes() for path in mail_folder.iterdir()} == before
    assert len(before) == 2


def test_what_was_written_to_a_former_address_gives_no_link(cast, paul, mail_folder):
    """A mail that waits, or is sent again, must not open the account to whoever reads the old address."""
    welcome(paul, by=cast.claire)
    User.objects.filter(pk=paul.user_id).update(email="autre@moimeme.example")
    send_all()
    assert PERSONAL not in body_of(mail_folder, "paul@moimeme.example")


def test_the_access_knows_to_whom_and_when_and_the_journal_who(cast, paul):
    paul.notify_wanted = True
    paul.save()
    welcome(paul, by=cast.claire)
    paul.refresh_from_db()
    assert (paul.notified_to, paul.notify_wanted) == ("paul@moimeme.example", False)
    assert timezone.now() - paul.notified_at < timedelta(minutes=1)
    entry = HistoryEntry.objects.get(verb="welcomed")
    assert (entry.text, entry.by, entry.journal, entry.company) == (
        "Claire Dupont envoie à Paul Morel l’e-mail de bienvenue",
        cast.claire,
        "access",
        cast.company,
    )


def test_the_firm_s_own_text_is_used_and_values_are_data(cast, paul):
    cast.company.name = "<b>Roux</b> #lien#"
    cast.company.save()
    NotificationTemplate.objects.create(
        firm=cast.martin,
        reader="client",
        kind="welcome",
        version=1,
        subject="Chez #société#",
        body="Pour #société#\n\n#lien#",
    )
    welcome(ClientMember.objects.get(pk=paul.pk), by=cast.claire)
    mail = OutgoingMail.objects.get(secret="welcome")
    assert mail.subject == "Chez <b>Roux</b> #lien#"
    assert mail.text.startswith(f"Pour <b>Roux</b> #lien#\n\n{mail.mark}\n") is True
    assert ("<b>Roux" in mail.html, "&lt;b&gt;Roux&lt;/b&gt; #lien#" in mail.html) == (False, True)


def test_an_employee_is_written_to_as_one(cast):
    access = add_employee(cast.company, "Zoé Petit", "012", "zoe@moimeme.example", token="")
    authorise(access, by=cast.claire)
    assert welcome(access, by=cast.claire) == ""
    mail = OutgoingMail.objects.get(secret="welcome")
    assert mail.subject == "Bienvenue dans votre espace salarié de Moi Même SARL"
    assert mail.text.startswith("Bonjour Zoé,\n") is True


def test_whoever_has_been_here_gets_the_login_page_and_no_link(client, cast):
    client.login(email=cast.gerant.email, password="un mot de passe correct")
    access = ClientMember.objects.get(user=cast.gerant)
    access.user.last_login = timezone.now()
    assert welcome(access, by=cast.claire) == ""
    assert mails() == [("access", cast.gerant.email, ""), ("access", "contact@martin.example", "")]
    mail = OutgoingMail.objects.earliest("pk")
    assert ("/connexion/martin/" in mail.text, PERSONAL in mail.text) == (True, False)


def test_where_nobody_reads_the_first_address_the_next_one_gets_the_copy(cast, paul):
    """The sending address stays the functional one (D-33)."""
    cast.martin.functional_email, cast.martin.functional_is_unread = "noreply@martin.example", True
    cast.martin.save()
    welcome(ClientMember.objects.get(pk=paul.pk), by=cast.claire)
    sent = [(mail.from_email, mail.to_email) for mail in OutgoingMail.objects.order_by("pk")]
    assert sent == [
        ("noreply@martin.example", "paul@moimeme.example"),
        ("noreply@martin.example", "contact@martin.example"),
    ]


def test_without_an_address_there_is_a_letter(cast):
    access = add_contact(cast.company, "Ana Silva", token="")
    authorise(access, by=cast.claire)
    assert welcome(access, by=cast.claire) == (
        "Ana Silva n’a pas d’adresse e-mail : complétez sa fiche, ou remettez-lui ses accès par une lettre "
        "(« Mdp aléatoire »)."
    )
    assert mails() == []


def test_an_access_that_is_not_open_is_not_announced(cast):
    access = add_contact(cast.company, "Ana Silva", "ana@moimeme.example", token="")
    assert welcome(access, by=cast.claire).startswith("L’accès de Ana Silva n’est pas ouvert") is True
    assert mails() == []


def test_an_address_that_is_active_at_another_firm_has_its_remedy_and_no_name(cast):
    """S1-09, S1-10."""
    access = add_contact(cast.company, "Jan Vier", cast.patron.email, token="")
    said = welcome(access, by=cast.claire)
    assert said == (
        "L’adresse patron@vier.example est déjà utilisée sur le portail et, par sécurité, n’y sert qu’une fois. Donnez "
        "une autre adresse, ou un alias de la même adresse, par exemple patron+martin@vier.example."
    )
    assert mails() == []


@pytest.mark.parametrize(
    ("reason", "stops"),
    [
        (SuppressionReason.HARD_BOUNCE, True),
        (SuppressionReason.COMPLAINT, True),
        (SuppressionReason.UNSUBSCRIBE, False),
    ],
)
def test_an_address_to_which_the_firm_writes_no_more_says_so(cast, paul, reason, stops):
    Suppression.objects.create(firm=cast.martin, address="paul@moimeme.example", reason=reason)
    said = welcome(paul, by=cast.claire)
    assert said.startswith("Le cabinet n’écrit plus à paul@moimeme.example") is stops
    assert len(mails()) == (0 if stops else 2)


def test_a_sender_that_is_not_prepared_stops_it_and_resend_lets_it_leave(client, cast, paul, settings):
    """S1-08: the person is kept, the mail waits in « Erreur », and leaves with its link once DNS is in order."""
    settings.MAIL_OUT = "smtp"
    domain = answered(cast.martin, Answer.NO)
    said = welcome(paul, by=cast.claire)
    assert said.startswith("L’adresse contact@martin.example n’est pas correctement préparée") is True
    paul.refresh_from_db()
    assert (paul.notified_to, paul.notified_at, paul.is_open) == ("", None, True)
    mail = OutgoingMail.objects.get(secret="welcome")
    assert mail.status == OutboxStatus.ERROR
    assert HistoryEntry.objects.get(verb="welcome_stopped").reason == said
    DomainCheck.objects.filter(domain=domain).update(answer=Answer.YES, settled=Answer.YES)
    settings.MAIL_OUT = "eml"
    client.force_login(cast.claire)
    client.post(f"/emails/{mail.pk}/renvoyer/")
    paul.refresh_from_db()
    assert (paul.notified_to, paul.notified_at is None) == ("paul@moimeme.example", False)
    send_all()
    link = link_in(body_of(settings.DATA_DIR / "mail", "paul@moimeme.example"))
    assert choose(Client(), link)["Location"] == "/connexion/nouveau/fait/"


def test_a_firm_without_any_address_is_told_what_to_fill_in(cast, paul):
    cast.martin.communication_email = ""
    cast.martin.save()
    said = welcome(ClientMember.objects.get(pk=paul.pk), by=cast.claire)
    assert (
        said == "Aucune adresse ne peut envoyer ce mail : remplissez l’adresse de communication du cabinet."
    )


def test_nothing_is_half_written(cast, paul):
    """Both mails, the row and the history stand in one transaction: a copy that cannot be written undoes all."""
    User.objects.filter(pk=cast.claire.pk).update(email="claire sans arobase")
    managed(cast)
    with pytest.raises(BadRecipient):
        welcome(ClientMember.objects.get(pk=paul.pk), by=cast.admin)
    paul.refresh_from_db()
    assert (mails(), paul.notified_to, HistoryEntry.objects.filter(verb="welcomed").count()) == ([], "", 0)


def test_the_history_of_notifications_follows_it(cast, paul):
    """S3-33: what announces an access is a notification like any other, with its text and what became of its mail."""
    managed(cast)
    own = NotificationTemplate.objects.create(
        firm=cast.martin, reader="client", kind="welcome", version=1, subject="Bonjour", body="#lien#"
    )
    welcome(paul, by=cast.claire)
    [row] = Notification.objects.all()
    assert (row.about, row.person, row.sent_to) == (paul, paul.user, "paul@moimeme.example")
    assert (row.template, row.template_kind, row.status) == (own, "welcome", NotificationStatus.WAITING)
    send_all()
    follow()
    row.refresh_from_db()
    assert (row.status, row.sent_at) == (NotificationStatus.SENT, row.mail.sent_at)
