"""Firms, companies and people come into being with all that belongs to them."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from approvals.directory.opening import add_person, open_company, open_firm
from mailing.models import InboundAddress, OutgoingMail
from portal.models import Firm, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_firm_add_opens_a_firm_whose_administrator_chooses_a_password():
    out = StringIO()
    call_command("firm", "add", "durand", "Cabinet Durand", "Chef@Durand.example", stdout=out)
    admin = User.objects.get()
    assert (admin.email, admin.firm.slug, admin.is_firm_admin, admin.has_usable_password()) == (
        "chef@durand.example",
        "durand",
        True,
        False,
    )
    assert [(mail.kind, mail.to_email) for mail in OutgoingMail.objects.all()] == [
        ("password_reset", "chef@durand.example")
    ]


@pytest.mark.parametrize(
    ("address", "is_unread"), [("noreply@durand.example", True), ("contact@durand.example", False)]
)
def test_a_new_firm_does_not_read_a_noreply_address(db, address, is_unread):
    firm = open_firm(
        "Cabinet Durand",
        "durand",
        admin_email="chef@durand.example",
        admin_name="Chef",
        communication_email=address,
    )
    assert (firm.communication_is_unread, firm.has_read_address) == (is_unread, not is_unread)


@pytest.mark.parametrize(
    ("slug", "email"),
    [
        ("martin", "x@durand.example"),
        ("durand", "gerant@moimeme.example"),
        ("a b", "x@d.example"),
        ("d", "x"),
    ],
)
def test_firm_add_refuses_what_is_taken_or_malformed(cast, slug, email):
    with pytest.raises(CommandError):
        call_command("firm", "add", slug, "Cabinet Durand", email)
    assert Firm.objects.count() == 2


def test_addresses_of_a_real_firm_carry_a_random_token(cast):
    company = open_company(cast.martin, "99", "Atelier")
    addresses = sorted(a.address for a in InboundAddress.objects.filter(company=company))
    assert [a.rpartition(".")[0].split(".")[:2] for a in addresses] == [["99", "box"], ["99", "image"]]
    assert [len(a.partition("@")[0].split(".")[2]) for a in addresses] == [6, 6]


def test_two_people_of_one_name_have_two_addresses(cast):
    add_person(cast.martin, "Paul", "paul@un.example", token="")
    add_person(cast.martin, "Paul", "paul@deux.example", token="")
    assert sorted(
        InboundAddress.objects.filter(address__startswith="paul").values_list("address", flat=True)
    ) == [
        "paul.mes-documents.2@martin.depot.localhost",
        "paul.mes-documents@martin.depot.localhost",
    ]


def test_one_active_address_over_the_whole_portal_and_the_message_names_no_firm(cast):
    with pytest.raises(ValidationError) as refusal:
        add_person(cast.peeters, "Double", "GERANT@moimeme.example")
    assert "Martin" not in str(refusal.value)
    cast.gerant.is_active = False
    cast.gerant.save()
    assert add_person(cast.peeters, "Libre", "gerant@moimeme.example").email == "gerant@moimeme.example"


@pytest.mark.parametrize("code", ["4", "", "a b", "é", "x" * 33, "../4"])
def test_code_of_a_company_is_checked(cast, code):
    with pytest.raises(ValidationError):
        open_company(cast.martin, code, "Double")
