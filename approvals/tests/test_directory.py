"""Firms, companies and people come into being with all that belongs to them."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from approvals.directory.opening import add_contact, add_employee, add_person, open_company, open_firm
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


def test_a_contact_has_an_identifiant_at_once_and_no_access(cast):
    company = open_company(cast.martin, "31", "Fleurs Nord")
    first = add_contact(company, "Zoé Lambert", "zoe@fleurs.example", is_admin=True)
    second = add_contact(company, "Zoé Petit", "zoe.petit@fleurs.example")
    assert [
        (m.user.login_codes.get().code, m.is_admin, m.is_open, m.user.may_log_in) for m in (first, second)
    ] == [
        ("31", True, False, False),
        ("31-zoe", False, False, False),
    ]


def test_whoever_the_firm_knows_by_that_address_is_the_same_person(cast):
    company = open_company(cast.martin, "31", "Fleurs Nord")
    assert add_contact(company, "Marc Roux", cast.gerant.email).user == cast.gerant
    assert add_employee(company, "Marc Roux", "12", cast.gerant.email.upper()).user == cast.gerant
    with pytest.raises(ValidationError):
        add_contact(company, "Marc Roux", cast.gerant.email)


def test_a_contact_may_share_an_address_active_at_another_firm_until_the_access(cast):
    company = open_company(cast.martin, "31", "Fleurs Nord")
    member = add_contact(company, "Jan Vier", cast.patron.email)
    assert (member.user.firm, member.user.is_active, member.user != cast.patron) == (cast.martin, False, True)
