"""« Paramètres » : the firm's own page, for its administrators alone, with who changed what."""

import pytest

from portal.models import HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

VALUES = {"name": "Cabinet Martin", "communication_email": "bonjour@martin.example", "functional_email": ""}


def test_administrator_changes_the_firm_and_it_is_written_down(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/", VALUES)["Location"] == "/parametres/"
    cast.martin.refresh_from_db()
    assert (cast.martin.communication_email, cast.martin.favourite_suffices) == (
        "bonjour@martin.example",
        False,
    )
    entry = HistoryEntry.objects.get()
    assert (entry.by, entry.text) == (
        cast.admin,
        "Anne Martin change les paramètres du cabinet – adresse de communication : bonjour@martin.example, "
        "favori suffit : non",
    )


def test_nothing_changed_nothing_written(client, cast):
    client.force_login(cast.admin)
    client.post(
        "/parametres/", VALUES | {"communication_email": "contact@martin.example", "favourite_suffices": "on"}
    )
    assert HistoryEntry.objects.count() == 0


def test_bad_address_is_said_beside_the_field_and_what_was_typed_stays(client, cast):
    client.force_login(cast.admin)
    page = client.post("/parametres/", VALUES | {"communication_email": "pas une adresse"})
    assert page.context["form"].errors == {
        "communication_email": ["Saisissez une adresse de courriel valide."]
    }
    assert "pas une adresse" in page.content.decode()
    cast.martin.refresh_from_db()
    assert cast.martin.communication_email == "contact@martin.example"


def test_other_firm_and_other_fields_cannot_be_named(client, cast):
    client.force_login(cast.admin)
    client.post("/parametres/", VALUES | {"slug": "peeters", "id": cast.peeters.pk, "pk": cast.peeters.pk})
    cast.martin.refresh_from_db()
    cast.peeters.refresh_from_db()
    assert (cast.martin.slug, cast.peeters.communication_email) == ("martin", "info@peeters.example")


def test_everybody_else_gets_404(client, cast):
    for user in (cast.claire, cast.hugo, cast.gerant, cast.compta, cast.lea):
        client.force_login(user)
        assert client.get("/parametres/").status_code == 404
        assert client.post("/parametres/", VALUES).status_code == 404
