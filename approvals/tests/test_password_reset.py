"""A new password by mail: the link is derived, single use, and shown nowhere (D-30b, T32)."""

import email
import re
from email.policy import default

import pytest
from django.utils import timezone

from mailing.models import OutboxStatus, OutgoingMail
from mailing.tasks import outbox as send_all
from portal.testing import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "encore un mot de passe"


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


def link_in(folder):
    message = email.message_from_bytes(max(folder.glob("*password_reset*.eml")).read_bytes(), policy=default)
    return re.search(r"http://\S+/connexion/nouveau/\S+/", message.get_body(("plain",)).get_content())[0]


def choose(client, link, password):
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})


def ask(client, login, path="/connexion/oubli/"):
    return client.post(path, {"email": login})


def test_link_opens_once_and_changes_the_password(client, cast, mail_folder):
    ask(client, "GERANT@moimeme.example")
    send_all()
    link = link_in(mail_folder)
    assert choose(client, link, NEW)["Location"] == "/connexion/nouveau/fait/"
    cast.gerant.refresh_from_db()
    assert (cast.gerant.check_password(NEW), cast.gerant.check_password(PASSWORD)) == (True, False)
    assert client.get(link).context["token_fail"] is True
    send_all()
    assert [mail.kind for mail in OutgoingMail.objects.order_by("pk")] == [
        "password_reset",
        "password_changed",
    ]


def test_other_sessions_are_closed(client, cast, mail_folder):
    from django.test import Client

    elsewhere = Client()
    elsewhere.login(email=cast.gerant.email, password=PASSWORD)
    elsewhere.force_login(cast.gerant)
    assert elsewhere.get("/portefeuille/").status_code == 200
    ask(client, cast.gerant.email)
    send_all()
    choose(client, link_in(mail_folder), NEW)
    assert elsewhere.get("/portefeuille/")["Location"] == "/connexion/?next=/portefeuille/"


def test_the_row_holds_a_mark_and_no_link(client, cast, mail_folder):
    ask(client, cast.gerant.email)
    send_all()
    mail = OutgoingMail.objects.get()
    assert "/connexion/nouveau/" not in mail.text + mail.html
    assert mail.mark in mail.text
    assert (mail.mark in mail.shown_text, "[lien personnel masqué]" in mail.shown_text) == (False, True)
    assert (mail.from_email, mail.company) == ("portail@depot.localhost", None)


def test_a_retry_sends_the_same_bytes(client, cast, mail_folder):
    ask(client, cast.gerant.email)
    send_all()
    before = {path.name: path.read_bytes() for path in mail_folder.iterdir()}
    OutgoingMail.objects.update(status=OutboxStatus.SENDING, next_attempt_at=timezone.now())
    send_all()
    assert {path.name: path.read_bytes() for path in mail_folder.iterdir()} == before


def test_identifiant_on_the_path_of_the_firm(client, cast, mail_folder):
    ask(client, "4", "/connexion/peeters/oubli/")
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == ["patron@vier.example"]


@pytest.mark.parametrize("login", ["personne@nulle.part", "4", "", "gerant@moimeme.example "])
def test_every_login_reads_the_same(client, cast, login):
    assert ask(client, login or "x")["Location"] == "/connexion/oubli/envoye/"


def test_former_address_withdrawn_access_and_no_address_receive_nothing(client, cast):
    cast.gerant.email = "nouveau@moimeme.example"
    cast.gerant.save()
    cast.compta.client_memberships.update(is_authorised=False)
    cast.lea.email = ""
    cast.lea.save()
    for login in ("gerant@moimeme.example", "compta@moimeme.example"):
        ask(client, login)
    ask(client, "4-lea", "/connexion/martin/oubli/")
    assert OutgoingMail.objects.count() == 0


def test_link_is_made_of_the_configured_site_not_of_the_host_header(client, cast, mail_folder, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/connexion/oubli/", {"email": cast.gerant.email}, headers={"host": "attaque.example"})
    send_all()
    assert link_in(mail_folder).startswith(settings.SITE_URL + "/connexion/nouveau/") is True


def test_mark_in_a_name_is_data(client, cast, mail_folder):
    mark = "[0123456789abcdef0123456789abcdef]"
    cast.gerant.name = mark
    cast.gerant.save()
    ask(client, cast.gerant.email)
    send_all()
    assert mark in OutgoingMail.objects.get().shown_text
