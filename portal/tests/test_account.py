"""One's own account, a provisional password, and what supervisors ask."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from mailing.models import OutgoingMail
from portal.models import HistoryEntry, User
from portal.testing import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "tout autre chose 12"


def change(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post(
        "/mon-compte/mot-de-passe/", {"oldpassword": old, "password1": new, "password2": again}
    )


def test_provisional_password_is_changed_before_anything_else(client, cast):
    cast.lea.must_change_password = True
    cast.lea.save()
    client.force_login(cast.lea)
    for path in ("/", "/mes-documents/", "/mon-compte/", "/portefeuille/"):
        assert client.get(path)["Location"] == "/mon-compte/mot-de-passe/"
    assert client.get("/sante/").status_code == 200
    assert change(client)["Location"] == "/"
    cast.lea.refresh_from_db()
    assert (cast.lea.check_password(NEW), cast.lea.must_change_password) == (True, False)
    assert client.get("/mes-documents/").status_code == 200


def test_owner_hears_of_a_changed_password(client, cast):
    client.force_login(cast.gerant)
    change(client)
    assert [(mail.kind, mail.to_email) for mail in OutgoingMail.objects.all()] == [
        ("password_changed", "gerant@moimeme.example")
    ]


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "error"),
    [
        ("faux", NEW, NEW, "oldpassword", "Ce n’est pas votre mot de passe actuel."),
        (PASSWORD, "court", "court", "password1", "Ce mot de passe est trop court."),
        (PASSWORD, "1234567890", "1234567890", "password1", "Ce mot de passe est trop courant."),
    ],
)
def test_password_refused_with_its_reason(client, cast, old, new, again, field, error):
    client.force_login(cast.gerant)
    page = change(client, old, new, again)
    assert page.status_code == 200
    assert [message.partition(" Il ")[0] for message in page.context["form"].errors[field]][:1] == [error]
    cast.gerant.refresh_from_db()
    assert cast.gerant.check_password(PASSWORD) is True


def test_account_shows_identifiants(client, cast):
    client.force_login(cast.gerant)
    assert [code.code for code in client.get("/mon-compte/").context["login_codes"]] == ["4"]


def test_measuring_is_given_and_withdrawn_by_the_person_alone(client, cast):
    client.force_login(cast.gerant)
    assert "Rien n’est mesuré." in client.get("/mon-compte/").content.decode()
    for _twice in range(2):
        assert client.post("/mon-compte/mesure/", {"accord": "oui"})["Location"] == "/mon-compte/"
    page = client.get("/mon-compte/").content.decode()
    assert ("Vous avez donné votre accord" in page, "Retirer mon accord" in page) == (True, True)
    assert list(User.objects.filter(accepts_measuring=True)) == [cast.gerant]
    for answer in ({"accord": "non"}, {"accord": "peut-être"}, {}):  # only « oui » agrees
        client.post("/mon-compte/mesure/", {"accord": "oui"})
        client.post("/mon-compte/mesure/", answer)
        assert list(User.objects.filter(accepts_measuring=True)) == []
    told = HistoryEntry.objects.of(cast.gerant).order_by("pk").values_list("verb", "by", "firm")
    given, withdrawn = (
        (verb, cast.gerant.pk, cast.martin.pk) for verb in ("measuring_accepted", "measuring_withdrawn")
    )
    assert list(told) == [given, withdrawn] * 3


def test_who_receives_no_mail_of_a_firm_is_not_asked(client, cast):
    User.objects.filter(pk=cast.lea.pk).update(email="")
    deployment = User.objects.create(
        name="Exploitation", email="exploitation@portail.example", is_superuser=True
    )
    for person in (cast.lea, deployment):
        client.force_login(person)
        assert "Mesure des ouvertures" not in client.get("/mon-compte/").content.decode()
        assert client.post("/mon-compte/mesure/", {"accord": "oui"}).status_code == 404
    assert list(User.objects.filter(accepts_measuring=True)) == []


def test_health(client, db):
    assert client.get("/sante/").content == b"ok\n"
    ready = client.get("/sante/pret/")
    assert (ready.status_code, ready.content.decode()) == (
        200,
        "base de données : ok\nfile d’attente : ok\nfichiers : ok\n",
    )


def test_ready_says_which_part_does_not_answer(client, db, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "file"
    settings.FILES_DIR.write_text("a file where the folder should be")
    ready = client.get("/sante/pret/")
    assert (ready.status_code, ready.content.decode().splitlines()[-1]) == (503, "fichiers : ne répond pas")


def test_local_submission_fails_the_deployment_check(settings):
    settings.LOCAL_SUBMISSION_TRUSTED = True
    with pytest.raises(SystemCheckError, match="LOCAL_SUBMISSION_TRUSTED"):
        call_command("check", "--deploy", "--tag", "security", "--fail-level", "ERROR")
