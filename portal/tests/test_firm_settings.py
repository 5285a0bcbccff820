"""« Paramètres » : the firm's own page and « Paramètres internet », for its administrators alone, with who changed what."""

import pytest

from portal.models import HistoryEntry
from portal.models.firm import looks_unread

pytestmark = [pytest.mark.django_db, pytest.mark.database]

VALUES = {"name": "Cabinet Martin & Fille"}
SERVER = {"notification_from": "noreply@martin.example", "reply_to": "accueil@martin.example"}


def test_administrator_changes_the_firm_and_it_is_written_down(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/", VALUES)["Location"] == "/parametres/"
    cast.martin.refresh_from_db()
    assert (cast.martin.name, cast.martin.favourite_suffices) == ("Cabinet Martin & Fille", False)
    entry = HistoryEntry.objects.get()
    assert (entry.by, entry.text) == (
        cast.admin,
        "Anne Martin change les paramètres du cabinet – nom : Cabinet Martin & Fille, favori suffit : non",
    )


def test_nothing_changed_nothing_written(client, cast):
    client.force_login(cast.admin)
    client.post("/parametres/", {"name": "Cabinet Martin", "favourite_suffices": "on"})
    assert HistoryEntry.objects.count() == 0


def test_other_firm_and_other_fields_cannot_be_named(client, cast):
    client.force_login(cast.admin)
    others = {
        "slug": "peeters",
        "id": cast.peeters.pk,
        "pk": cast.peeters.pk,
        "communication_email": "x@y.example",
    }
    client.post("/parametres/", VALUES | others)
    client.post("/parametres/internet/", SERVER | others)
    cast.martin.refresh_from_db()
    cast.peeters.refresh_from_db()
    assert (cast.martin.slug, cast.martin.communication_email) == ("martin", "contact@martin.example")
    assert (cast.peeters.name, cast.peeters.notification_from) == ("Bureau Peeters", "")


def test_everybody_else_gets_404(client, cast):
    for user in (cast.claire, cast.hugo, cast.gerant, cast.compta, cast.lea):
        client.force_login(user)
        for path, values in (("/parametres/", VALUES), ("/parametres/internet/", SERVER)):
            assert client.get(path).status_code == 404
            assert client.post(path, values).status_code == 404


def test_serveur_shows_what_the_portal_holds_and_nobody_changes(client, cast, settings):
    settings.SITE_URL = "https://portail.martin.example"
    client.force_login(cast.admin)
    page = client.get("/parametres/internet/").content.decode()
    told = ("Cabinet Martin", "portail.martin.example", "<dd>martin</dd>", "géré par le portail")
    assert [words for words in told if words not in page] == []
    assert page.count("<input") == 4  # the two addresses, and a token in each form


def test_the_addresses_of_notification_and_of_reply(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/internet/", SERVER)["Location"] == "/parametres/internet/"
    cast.martin.refresh_from_db()
    assert (cast.martin.notification_from, cast.martin.reply_to) == tuple(SERVER.values())
    assert HistoryEntry.objects.get().text == (
        "Anne Martin change les paramètres du cabinet – adresse mail de notification : noreply@martin.example, "
        "adresse mail de réponse : accueil@martin.example"
    )


def test_noreply_is_proposed_not_invented(client, cast):
    """D-37: nothing is saved before the administrator saves it, from the page with the proposal in it too."""
    client.force_login(cast.admin)
    assert (
        'href="?proposition=oui">noreply@martin.example'
        in client.get("/parametres/internet/").content.decode()
    )
    form = client.get("/parametres/internet/?proposition=oui").context["form"]
    assert form["notification_from"].value() == "noreply@martin.example"
    cast.martin.refresh_from_db()
    assert cast.martin.notification_from == ""
    client.post("/parametres/internet/?proposition=oui", {**SERVER, "reply_to": ""})
    cast.martin.refresh_from_db()
    assert cast.martin.notification_from == "noreply@martin.example"
    assert "proposition=oui" not in client.get("/parametres/internet/").content.decode()


def test_bad_address_is_said_beside_the_field_and_what_was_typed_stays(client, cast):
    client.force_login(cast.admin)
    page = client.post("/parametres/internet/", SERVER | {"reply_to": "pas une adresse"})
    assert page.context["form"].errors == {"reply_to": ["Saisissez une adresse de courriel valide."]}
    assert "pas une adresse" in page.content.decode()
    cast.martin.refresh_from_db()
    assert (cast.martin.notification_from, cast.martin.reply_to) == ("", "")


@pytest.mark.parametrize("path", ["/parametres/", "/parametres/internet/", "/parametres/adresses/"])
@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({}, False),
        ({"communication_email": ""}, True),
        ({"communication_is_unread": True}, True),
        ({"communication_email": "", "functional_email": "compta@martin.example"}, False),
        (
            {"communication_email": "", "functional_email": "x@martin.example", "functional_is_unread": True},
            True,
        ),
    ],
)
def test_the_settings_say_that_no_address_is_read(client, cast, path, fields, is_told):
    """D-33: a blocking error, on each screen of the settings."""
    for name, value in fields.items():
        setattr(cast.martin, name, value)
    cast.martin.save()
    client.force_login(cast.admin)
    assert ("Aucune adresse du cabinet n’est lue" in client.get(path).content.decode()) == is_told


@pytest.mark.parametrize(
    ("address", "is_unread"),
    [
        ("noreply@martin.example", True),
        ("No-Reply@martin.example", True),
        ("ne-pas-repondre@martin.example", True),
        ("noreply+portail@martin.example", True),
        ("contact@martin.example", False),
        ("noreplying@martin.example", False),
        ("noreply", True),
        ("", False),
    ],
)
def test_the_name_of_an_address_says_that_nobody_reads_it(address, is_unread):
    assert looks_unread(address) == is_unread
