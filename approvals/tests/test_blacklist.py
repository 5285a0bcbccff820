"""Addresses blocked for the whole firm (D-11), on the settings screen and beside each company's own decisions."""

import pytest

from approvals.models import AddressStatus, FirmBlacklisting, SenderAddress
from approvals.senders import decisions
from mailing.models import Fate
from portal.models import HistoryEntry
from portal.testing import arrive, mail_from

STRANGER = "facture@bois.example"
SCREEN = "/parametres/adresses/"

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def stopped():
    return list(FirmBlacklisting.objects.values_list("address", "reason", "by__email"))


def test_an_administrator_blocks_an_address_and_what_waits_of_it_is_stopped(client, cast):
    held = arrive(mail_from(STRANGER))
    client.force_login(cast.admin)
    answer = client.post(SCREEN, {"address": STRANGER.upper(), "reason": "publicité"}, follow=True)
    held.refresh_from_db()
    assert f"{STRANGER} est bloquée pour tout le cabinet." in answer.content.decode()
    assert (stopped(), held.fate) == ([(STRANGER, "publicité", cast.admin.email)], Fate.BLACKLISTED)
    entry = HistoryEntry.objects.of(cast.martin).get()
    assert (entry.verb, entry.by, entry.reason) == ("firm_blacklisted", cast.admin, "publicité")


def test_lifting_lets_the_companies_own_decisions_count_again(client, cast):
    arrive(mail_from(STRANGER))
    address = SenderAddress.objects.get()
    decisions.accept(address, by=cast.gerant, seen=AddressStatus.PENDING)
    client.force_login(cast.admin)
    client.post(SCREEN, {"address": STRANGER})
    assert arrive(mail_from(STRANGER, subject="deux")).rule == "R2"
    client.post(f"{SCREEN}{FirmBlacklisting.objects.get().pk}/lever/")
    assert (stopped(), arrive(mail_from(STRANGER, subject="trois")).rule) == ([], "R6")


@pytest.mark.parametrize("address", ["", "personne", "a@b.example, c@d.example", "x@y.example <a@b.example>"])
def test_what_is_no_address_is_refused_beside_its_field(client, cast, address):
    client.force_login(cast.admin)
    page = client.post(SCREEN, {"address": address, "reason": "gardé"}).content.decode()
    assert (stopped(), 'aria-invalid="true"' in page, 'value="gardé"' in page) == ([], True, True)


def test_blocking_twice_says_so(client, cast):
    client.force_login(cast.admin)
    client.post(SCREEN, {"address": STRANGER, "reason": "un"})
    page = client.post(SCREEN, {"address": STRANGER, "reason": "deux"}, follow=True).content.decode()
    assert (f"{STRANGER} était déjà bloquée." in page, stopped()) == (
        True,
        [(STRANGER, "un", cast.admin.email)],
    )


def test_the_company_s_list_shows_what_the_firm_blocks(client, cast):
    arrive(mail_from(STRANGER))
    decisions.accept(SenderAddress.objects.get(), by=cast.gerant, seen=AddressStatus.PENDING)
    client.force_login(cast.admin)
    client.post(SCREEN, {"address": STRANGER})
    client.force_login(cast.gerant)
    [row] = client.get("/entreprises/4/acces-email/").context["rows"]
    assert (row.badge, row.address.badge) == (AddressStatus.BLACKLISTED, AddressStatus.AUTHORISED)
    assert "pour tout le cabinet" in client.get("/entreprises/4/acces-email/").content.decode()


def test_another_firm_is_not_concerned(client, cast):
    client.force_login(cast.charlie)
    client.post(SCREEN, {"address": cast.compta.email})
    assert arrive(mail_from(cast.compta.email)).rule == "R9"
