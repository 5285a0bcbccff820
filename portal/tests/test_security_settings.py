"""« Paramètres », tab « Sécurité »: what the firm asks of its staff."""

import pytest

from portal.models import HistoryEntry
from portal.tests.second_factors import with_application

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAGE = "/parametres/securite/"


def test_an_administrator_asks_for_a_second_factor_and_it_is_written_down(client, cast):
    with_application(cast.admin)
    client.force_login(cast.admin)
    assert client.post(PAGE, {"mfa_is_required": "on"})["Location"] == PAGE
    cast.martin.refresh_from_db()
    assert cast.martin.mfa_is_required is True
    entry = HistoryEntry.objects.get()
    assert (entry.journal, entry.text) == (
        "access",
        "Anne Martin change les paramètres du cabinet – double authentification obligatoire pour les collaborateurs : oui",
    )


def test_the_administrator_who_asks_without_one_is_the_first_to_be_asked(client, cast):
    client.force_login(cast.admin)
    client.post(PAGE, {"mfa_is_required": "on"})
    assert client.get(PAGE)["Location"] == "/mon-compte/securite/"


def test_the_page_says_how_many_have_one(client, cast):
    with_application(cast.hugo)
    with_application(cast.gerant)  # a client
    with_application(cast.charlie)  # of the other firm
    client.force_login(cast.admin)
    answer = client.get(PAGE)
    assert answer.context["staff"] == {"total": 3, "safe": 1}
    assert "1 collaborateur sur 3 en a un." in answer.content.decode()


def test_no_other_field_and_no_other_firm_can_be_named(client, cast):
    """T36: what a form does not show it does not take."""
    client.force_login(cast.admin)
    others = {
        "name": "Pris",
        "slug": "pris",
        "publishes_by_itself": "",
        "id": cast.peeters.pk,
        "firm": cast.peeters.pk,
    }
    client.post(PAGE, {"mfa_is_required": "on", **others})
    cast.martin.refresh_from_db()
    cast.peeters.refresh_from_db()
    assert (cast.martin.name, cast.martin.slug, cast.martin.publishes_by_itself) == (
        "Cabinet Martin",
        "martin",
        True,
    )
    assert (cast.peeters.name, cast.peeters.mfa_is_required) == ("Bureau Peeters", False)


def test_everybody_else_gets_404(client, cast):
    for person in (cast.claire, cast.hugo, cast.gerant, cast.compta, cast.lea):
        client.force_login(person)
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE, {"mfa_is_required": "on"}).status_code == 404
    cast.martin.refresh_from_db()
    assert cast.martin.mfa_is_required is False
