"""« Paramètres », « Fournisseurs »: the cards of whoever the firm buys from (S3-08)."""

import pytest

from approvals.tests.cards import errors_of, form_at, told
from portal.models import Supplier

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/parametres/fournisseurs/"
PAPER = {"code": "PAPET", "name": "Papeterie du Port", "email": "Port@papeterie.example"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def listed(admin, query=""):
    return [supplier.code for supplier in admin.get(LIST + query).context["page"].rows]


def test_a_supplier_is_created_with_its_number_compact(admin, cast):
    admin.post(f"{LIST}ajouter/", PAPER | {"vat_number": "DE 136.695.976", "city": "Köln"})
    supplier = Supplier.objects.get()
    assert (supplier.firm, supplier.email, supplier.vat_number, supplier.city) == (
        cast.martin,
        "port@papeterie.example",
        "DE136695976",
        "Köln",
    )
    assert told(supplier) == ["Anne Martin crée le fournisseur Papeterie du Port"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "PAPET"}, "code"),
        ({"code": "../x"}, "code"),
        ({"vat_number": "136695976"}, "vat_number"),
        ({"email": "personne"}, "email"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(admin, cast, typed, field):
    Supplier.objects.create(firm=cast.martin, code="PAPET", name="Papeterie")
    answer = admin.post(f"{LIST}ajouter/", PAPER | {"code": "AUTRE"} | typed)
    assert (list(errors_of(answer)), Supplier.objects.count()) == ([field], 1)


def test_the_same_code_may_exist_in_two_firms(admin, cast):
    Supplier.objects.create(firm=cast.peeters, code="PAPET", name="Papier")
    assert admin.post(f"{LIST}ajouter/", PAPER).status_code == 302
    assert listed(admin) == ["PAPET"]


def test_a_change_is_written_and_other_fields_are_not_read(admin, cast):
    supplier = Supplier.objects.create(firm=cast.martin, code="PAPET", name="Papeterie")
    url = f"{LIST}{supplier.pk}/"
    added = {"firm": cast.peeters.pk, "is_archived": "on"}
    admin.post(url, form_at(admin, url) | added | {"city": "Nantes"})
    supplier.refresh_from_db()
    assert (supplier.firm, supplier.is_archived, supplier.city) == (cast.martin, False, "Nantes")
    assert told(supplier) == ["Papeterie – ville : vide → Nantes"]


def test_a_code_that_is_taken_meanwhile_is_refused_when_changed_too(admin, cast):
    Supplier.objects.create(firm=cast.martin, code="ENCRE", name="Encres")
    supplier = Supplier.objects.create(firm=cast.martin, code="PAPET", name="Papeterie")
    url = f"{LIST}{supplier.pk}/"
    answer = admin.post(url, form_at(admin, url) | {"code": "ENCRE"})
    assert errors_of(answer) == {"code": ["Ce code est déjà celui d’un autre fournisseur."]}


def test_archived_it_leaves_the_list_until_it_is_restored(admin, cast):
    supplier = Supplier.objects.create(firm=cast.martin, code="PAPET", name="Papeterie")
    admin.post(f"{LIST}{supplier.pk}/archiver/")
    assert (listed(admin), listed(admin, "?archives=oui")) == ([], ["PAPET"])
    admin.post(f"{LIST}{supplier.pk}/restaurer/")
    assert listed(admin) == ["PAPET"]
    assert told(supplier) == [
        "Anne Martin archive le fournisseur Papeterie",
        "Anne Martin restaure le fournisseur Papeterie",
    ]


def test_the_list_is_taken_away_as_a_file(admin, cast):
    Supplier.objects.create(firm=cast.martin, code="PAPET", name="=Papeterie", vat_number="FR40303265045")
    Supplier.objects.create(firm=cast.peeters, code="DRUK", name="Drukkerij")
    rows = b"".join(admin.get(f"{LIST}?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert ("FR40303265045" in rows[1], ";=Papeterie" in rows[1]) == (True, False)
