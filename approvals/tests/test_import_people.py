"""Contacts and employees from a file: who is meant, who is new, and what a file may not change of a person."""

import pytest

from approvals.access import stories as access
from approvals.directory.opening import add_contact, add_employee, add_person, open_company
from approvals.tests.importing import (
    PAGE,
    counts,
    csv_file,
    done,
    entered,
    errors,
    laid,
    press,
    work,
)
from approvals.tests.odd_names import ODD, odd_companies, odd_contacts, odd_employees
from mailing.models import InboundAddress, OutgoingMail
from portal.models import ClientMember, Employee, HistoryEntry, Job, Journal, LoginCode, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ZOE = {"Code entreprise": "31", "Nom": "Zoé Lambert", "E-mail": "Zoe@Fleurs.example", "Administrateur": "oui"}


@pytest.fixture
def flowers(cast):
    return open_company(cast.martin, "31", "Fleurs Nord")


def contacts(company):
    return sorted(
        (member.user.name, member.user.email, member.user.login_codes.get().code)
        for member in company.client_members.select_related("user")
    )


def wrong(person, kind, *rows):
    return errors(laid(person, kind, csv_file(rows)))


def test_a_new_contact_may_not_log_in_and_has_all_that_one_added_by_hand_has(cast, flowers):
    done(
        cast.admin, "contacts", csv_file([ZOE, ZOE | {"Nom": "Zoé Petit", "E-mail": "zoe+2@fleurs.example"}])
    )
    assert contacts(flowers) == [
        ("Zoé Lambert", "zoe@fleurs.example", "31"),
        ("Zoé Petit", "zoe+2@fleurs.example", "31-zoe"),
    ]
    member = flowers.client_members.get(user__name="Zoé Lambert")
    assert (member.is_admin, member.sees_box, member.sees_image, member.sees_employees) == (
        True,
        True,
        True,
        False,
    )
    assert (member.is_open, member.user.is_active, member.user.has_usable_password()) == (False, False, False)
    [address] = InboundAddress.objects.filter(owner=member.user)
    assert address.address.split(".")[:2] == ["zoe", "mes-documents"]
    assert [entry.text for entry in HistoryEntry.objects.of(member)] == [
        "Anne Martin importe le contact Zoé Lambert"
    ]
    assert OutgoingMail.objects.count() == 0
    assert access.authorise(member, by=cast.admin)
    member.user.refresh_from_db()
    assert member.user.may_log_in


def test_one_by_hand_and_many_by_file_have_the_same_identifiants(cast, flowers):
    other = open_company(cast.martin, "32", "Fleurs Sud")
    names = ["Zoé A", "Zoé B", "Zoé C", "株式", "Anne-Marie D"]
    for number, name in enumerate(names):
        add_contact(flowers, name, f"z{number}@fleurs.example")
    rows = [
        {"Code entreprise": "32", "Nom": name, "E-mail": f"z{number}@sud.example"}
        for number, name in enumerate(names)
    ]
    done(cast.admin, "contacts", csv_file(rows))
    by_hand, by_file = ([code for _name, _email, code in contacts(company)] for company in (flowers, other))
    assert [code.replace("32", "31", 1) for code in by_file] == by_hand


def test_a_contact_is_known_by_the_identifiant_or_the_address(cast, flowers):
    add_contact(flowers, "Zoé Lambert", "zoe@fleurs.example")
    add_contact(flowers, "Sans Adresse")
    rows = [
        {"Code entreprise": "31", "E-mail": "ZOE@fleurs.example", "Voit la box": "non"},
        {
            "Code entreprise": "31",
            "Identifiant": "31-sans",
            "Nom": "Avec Adresse",
            "E-mail": "avec@fleurs.example",
        },
    ]
    imported = done(cast.admin, "contacts", csv_file(rows))
    assert counts(imported) == (0, 2, 0, 0)
    assert contacts(flowers) == [
        ("Avec Adresse", "avec@fleurs.example", "31-sans"),
        ("Zoé Lambert", "zoe@fleurs.example", "31"),
    ]
    zoe = flowers.client_members.get(user__email="zoe@fleurs.example")
    [told] = HistoryEntry.objects.of(zoe)
    assert (zoe.sees_box, told.text, told.journal) == (
        False,
        "Anne Martin change par un import – Voit la box : oui → non",
        Journal.ACCESS,
    )


def test_an_identifiant_that_nobody_has_is_the_new_contact_s(cast, flowers):
    done(
        cast.admin,
        "contacts",
        csv_file([{"Code entreprise": "31", "Nom": "Léo", "Identifiant": "31-compta"}]),
    )
    assert contacts(flowers) == [("Léo", "", "31-compta")]


def test_whoever_the_firm_knows_by_that_address_is_the_same_person(cast, flowers):
    """Here the client administrator of another company, whose name is written without its capitals."""
    people = User.objects.count()
    rows = [{"Code entreprise": "31", "Nom": "marc roux", "E-mail": cast.gerant.email}]
    done(cast.admin, "contacts", csv_file(rows))
    member = flowers.client_members.get()
    assert (member.user, member.user.name, User.objects.count()) == (cast.gerant, "Marc Roux", people)
    assert sorted(cast.gerant.login_codes.values_list("code", flat=True)) == ["31", "4"]


def test_a_new_person_of_two_companies_is_one_person(cast, flowers):
    open_company(cast.martin, "32", "Fleurs Sud")
    done(cast.admin, "contacts", csv_file([ZOE, ZOE | {"Code entreprise": "32"}]))
    [zoe] = User.objects.filter(email="zoe@fleurs.example")
    assert sorted(member.company.code for member in zoe.client_memberships.all()) == ["31", "32"]
    assert InboundAddress.objects.filter(owner=zoe).count() == 1


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ({"Code entreprise": "nulle-part"}, "Code entreprise", "aucune entreprise n’a le code « nulle-part »."),
        ({"Code entreprise": ""}, "Code entreprise", "à remplir."),
        ({"Nom": ""}, "Nom", "à remplir."),
        ({"E-mail": ""}, "E-mail", "donnez l’e-mail ou l’identifiant"),
        ({"E-mail": "zoe"}, "E-mail", "« zoe » n’est pas une adresse e-mail."),
        ({"E-mail": "gerant@moimeme.example"}, "E-mail", "cette adresse est déjà celle de « Marc Roux »"),
        ({"Administrateur": "peut-être"}, "Administrateur", "écrivez « oui » ou « non »."),
        ({"Identifiant": "4"}, "Identifiant", "cet identifiant n’est pas celui d’un contact de cette entreprise."),
        ({"Identifiant": "32-zoe"}, "Identifiant", "un identifiant est le code de l’entreprise, ou commence par « 31- »."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_contact_is_said(cast, flowers, line, column, said):
    found = wrong(cast.admin, "contacts", ZOE | {"Nom": "Bien", "E-mail": "bien@fleurs.example"}, ZOE | line)
    assert [(number, where, why[: len(said)]) for number, where, why in found] == [(3, column, said)]


def test_twice_in_the_file(cast, flowers):
    add_contact(flowers, "Anne", "anne@fleurs.example")
    assert wrong(
        cast.admin,
        "contacts",
        ZOE,
        ZOE | {"E-mail": "ZOE@fleurs.example"},
        {"Code entreprise": "31", "E-mail": "anne@fleurs.example", "Nom": "Anne B"},
        {"Code entreprise": "31", "Identifiant": "31", "Nom": "Anne C"},
    ) == [
        (3, "E-mail", "ce contact est déjà à la ligne 2."),
        (5, "E-mail", "ce contact est déjà à la ligne 4."),
        (5, "Nom", "cette personne est à la ligne 4 avec « Anne B »."),
    ]


def test_one_address_two_names(cast, flowers):
    open_company(cast.martin, "32", "Fleurs Sud")
    [(number, column, why)] = wrong(
        cast.admin, "contacts", ZOE, ZOE | {"Code entreprise": "32", "Nom": "Léa"}
    )
    assert (number, column, why) == (
        3,
        "E-mail",
        "cette adresse est déjà celle de « Zoé Lambert » : une adresse est celle d’une seule personne.",
    )


def test_a_file_does_not_change_the_address_of_somebody_who_may_log_in(cast):
    rows = [{"Code entreprise": "4", "Identifiant": "4", "E-mail": "pirate@ailleurs.example"}]
    assert wrong(cast.admin, "contacts", *rows) == [
        (2, "E-mail", "« Marc Roux » a un accès au portail : son adresse se change sur sa fiche.")
    ]


def test_an_address_that_is_somebody_else_s(cast, flowers):
    add_contact(flowers, "Anne", "anne@fleurs.example")
    add_contact(flowers, "Léa", "lea@fleurs.example")
    found = wrong(
        cast.admin, "contacts", {"Code entreprise": "31", "Identifiant": "31", "E-mail": "lea@fleurs.example"}
    )
    assert found == [(2, "E-mail", "cette adresse est déjà celle de « Léa ».")]


def test_archived_contacts_and_companies_are_not_woken(cast, flowers):
    member = add_contact(flowers, "Anne", "anne@fleurs.example")
    ClientMember.objects.filter(pk=member.pk).update(is_archived=True)
    open_company(cast.martin, "32", "Vieille", is_archived=True)
    assert wrong(
        cast.admin, "contacts", ZOE | {"E-mail": "anne@fleurs.example"}, ZOE | {"Code entreprise": "32"}
    ) == [
        (2, "Code entreprise", "ce contact est archivé : restaurez-le d’abord."),
        (3, "Code entreprise", "cette entreprise est archivée : restaurez-la d’abord."),
    ]


def test_the_other_firm_s_people_and_companies_are_simply_not_there(cast, flowers):
    """An address that is active elsewhere is taken: that is asked when the access is given (S1-09)."""
    open_company(cast.peeters, "77", "Zwijgen NV")
    before = sorted(cast.peeters.people.values_list("name", "email", "is_active"))
    rows = [ZOE | {"Nom": "Jan", "E-mail": cast.patron.email}]
    assert counts(done(cast.admin, "contacts", csv_file(rows))) == (1, 0, 0, 0)
    assert flowers.client_members.get().user != cast.patron
    assert sorted(cast.peeters.people.values_list("name", "email", "is_active")) == before
    assert wrong(cast.admin, "contacts", ZOE | {"Code entreprise": "77"}) == [
        (2, "Code entreprise", "aucune entreprise n’a le code « 77 ».")
    ]


def test_employees_are_known_by_their_matricule(cast, flowers):
    add_employee(flowers, "Ali", "12", city="Nîmes")
    rows = [
        {"Code entreprise": "31", "Matricule": "12", "Nom": "Ali Ben", "Ville": "—"},
        {
            "Code entreprise": "31",
            "Matricule": "13",
            "Nom": "Ève",
            "E-mail": "eve@maison.example",
            "Code postal": "06000",
        },
        {"Code entreprise": "31", "Matricule": "14", "Nom": "Ève"},
        {"Code entreprise": "4", "Matricule": "12", "Nom": "Autre"},
    ]
    assert counts(done(cast.admin, "salaries", csv_file(rows))) == (3, 1, 0, 0)
    found = Employee.objects.filter(company=flowers).order_by("matricule").select_related("user")
    assert [
        (e.matricule, e.user.name, e.user.email, e.postcode, e.city, e.user.login_codes.get().code)
        for e in found
    ] == [
        ("12", "Ali Ben", "", "", "", "31-ali"),
        ("13", "Ève", "eve@maison.example", "06000", "", "31-eve"),
        ("14", "Ève", "", "", "", "31-eve2"),
    ]
    assert [e.user.may_log_in for e in found] == [False, False, False]


def test_what_is_wrong_with_an_employee_is_said(cast, flowers):
    add_employee(flowers, "Ali", "12", "ali@maison.example")
    line = {"Code entreprise": "31", "Matricule": "13", "Nom": "Ève"}
    assert wrong(
        cast.admin,
        "salaries",
        line | {"Matricule": "1 3"},
        line,
        line,
        line | {"Matricule": "14", "Nom": "Ali", "E-mail": "ali@maison.example"},
        line | {"Matricule": "15", "Nom": ""},
    ) == [
        (2, "Matricule", "De 1 à 32 lettres sans accent, chiffres, points, tirets ou soulignés."),
        (4, "Matricule", "est déjà à la ligne 3, pour la même entreprise."),
        (5, "E-mail", "cette adresse est celle du salarié de matricule « 12 »."),
        (6, "Nom", "à remplir."),
    ]


def test_what_is_exported_comes_back_unchanged(cast):
    done(cast.admin, "entreprises", csv_file(odd_companies(20)))
    codes = [f"d{number}" for number in range(20)]
    done(cast.admin, "contacts", csv_file(odd_contacts(60, codes)))
    done(cast.admin, "salaries", csv_file(odd_employees(60, codes)))
    add_contact(cast.martin.companies.get(code="d1"), "Sans adresse")
    for kind, number in (("contacts", 63), ("salaries", 61)):
        for form in ("csv", "xlsx"):
            export = entered(cast.admin).get(f"{PAGE}export/", {"quoi": kind, "forme": form})
            imported = laid(cast.admin, kind, export.content, f"e.{form}")
            assert (kind, form, counts(imported), errors(imported)) == (kind, form, (0, 0, number, 0), [])


def test_odd_names_of_people_are_data(cast, flowers):
    done(cast.admin, "contacts", csv_file(odd_contacts(len(ODD), ["31"])))
    kept = [
        flowers.client_members.get(user__email__startswith=f"contact+{number}@").user.name
        for number in range(len(ODD))
    ]
    assert kept == [*ODD]


def test_a_name_that_came_twice_since_keeps_all_out(cast, flowers):
    """Real data, not a mock: the identifiant that the file wants was given to somebody before the worker came."""
    rows = [ZOE, ZOE | {"Nom": "Léo", "E-mail": "leo@fleurs.example", "Identifiant": "31-leo"}]
    imported = laid(cast.admin, "contacts", csv_file(rows))
    press(cast.admin, imported)
    taken = add_person(cast.martin, "Autre", is_active=False)
    LoginCode.objects.create(firm=cast.martin, code="31-leo", user=taken)
    work()
    assert (flowers.client_members.count(), Job.objects.get().report[-1]) == (
        0,
        "Ligne 3, Identifiant : cet identifiant n’est pas celui d’un contact de cette entreprise.",
    )
