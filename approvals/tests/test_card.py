"""« Fiche » of a company, tab by tab: what its staff may change, and what they may not (T36)."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.access import stories as accesses
from approvals.directory import changes, people
from approvals.directory.opening import add_contact, add_person, attach, open_company
from approvals.tests.cards import errors_of, form_at, told
from mailing.models import OutgoingMail
from portal.models import ClientMember, Employee, HistoryEntry, Journal, User
from portal.testing import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CARD = "/entreprises/4/fiche/"
ZOE = {"name": "Zoé Lambert", "email": "Zoe@moimeme.example", "sees_box": "on"}
TAKEN = "Cette adresse est déjà utilisée sur le portail. Utilisez une autre adresse, ou un alias de la même adresse."


@pytest.fixture
def hugo(client, cast):
    """Staff of the company, not an administrator of the firm."""
    client.force_login(cast.hugo)
    return client


def contact(person):
    return f"{CARD}contacts/{person.client_memberships.get().pk}/"


def employee(person):
    return f"{CARD}salaries/{person.employments.get().pk}/"


# Entreprise, facturation


def test_staff_change_the_facts_and_nothing_of_the_firm_s_own(hugo, cast):
    url = f"{CARD}modifier/"
    added = {"code": "40", "manager": cast.hugo.staff_member.pk, "firm": cast.peeters.pk, "group": "1"}
    hugo.post(url, form_at(hugo, url) | added | {"city": "Nantes", "vat_number": "FR 44 732829320"})
    cast.company.refresh_from_db()
    assert (cast.company.city, cast.company.vat_number) == ("Nantes", "FR44732829320")
    assert (cast.company.code, cast.company.manager, cast.company.firm) == ("4", None, cast.martin)


@pytest.mark.parametrize(("role", "offered"), [("admin", 1), ("hugo", 0)])
def test_the_firm_s_own_part_is_offered_to_administrators_alone(client, cast, role, offered):
    client.force_login(getattr(cast, role))
    page = client.get(CARD).content.decode()
    assert page.count(f'href="/parametres/entreprises/{cast.company.pk}/"') == offered


def test_billing_has_three_addresses_and_the_consent(hugo, cast):
    url = f"{CARD}facturation/"
    typed = {
        "paperless_consent": "accepted",
        "quote_email": "Devis@moimeme.example",
        "billing_email": "",
        "dunning_email": "relance@moimeme.example",
        "seen": form_at(hugo, url)["seen"],
    }
    hugo.post(url, typed)
    cast.company.refresh_from_db()
    assert (cast.company.quote_email, cast.company.paperless_consent) == ("devis@moimeme.example", "accepted")
    assert told(cast.company) == [
        "Moi Même SARL – demande de transfert des factures et devis : En demande → Accepté ; email devis : vide → "
        "devis@moimeme.example ; email relance : vide → relance@moimeme.example"
    ]


@pytest.mark.parametrize(
    "address", ["a@b.example, c@d.example", "x@y.example <a@b.example>", "a@b.example\n"]
)
def test_an_address_is_one_address(hugo, cast, address):
    url = f"{CARD}facturation/"
    answer = hugo.post(url, form_at(hugo, url) | {"billing_email": address})
    cast.company.refresh_from_db()
    if address.endswith("\n"):  # a browser's own line end is no part of what was typed
        assert cast.company.billing_email == "a@b.example"
    else:
        assert (list(errors_of(answer)), cast.company.billing_email) == (["billing_email"], "")


# Contacts


def test_a_contact_is_added_with_its_identifiant_and_no_access(hugo, cast):
    hugo.post(f"{CARD}contacts/ajouter/", ZOE | {"is_authorised": "on", "company": cast.vier.pk})
    member = ClientMember.objects.get(user__name="Zoé Lambert")
    assert (member.company, member.user.email, member.is_open, member.user.is_active) == (
        cast.company,
        "zoe@moimeme.example",
        False,
        False,
    )
    assert (member.sees_box, member.sees_image, member.user.login_codes.get().code) == (True, False, "4-zoe")
    assert told(member) == ["Hugo Lenoir ajoute le contact Zoé Lambert"]
    assert OutgoingMail.objects.count() == 0


def test_whoever_is_a_contact_already_is_said_beside_the_address(hugo, cast):
    answer = hugo.post(f"{CARD}contacts/ajouter/", ZOE | {"email": cast.gerant.email})
    assert errors_of(answer) == {"email": ["Marc Roux est déjà un contact de cette entreprise."]}
    assert 'value="Zoé Lambert"' in answer.content.decode()


def test_rights_are_changed_and_stand_in_the_journal(hugo, cast):
    url = contact(cast.compta)
    hugo.post(url, form_at(hugo, url) | {"is_admin": "on", "sees_employees": "on"})
    member = cast.compta.client_memberships.get()
    assert (member.is_admin, member.sees_employees, member.is_open) == (True, True, True)
    [entry] = HistoryEntry.objects.of(member)
    assert (entry.journal, entry.company, entry.is_internal) == (Journal.ACCESS, cast.company, True)
    assert entry.text.endswith(
        "administrateur client : non → oui ; voit les dossiers des salariés : non → oui"
    )


def test_fields_added_to_the_form_change_nothing(hugo, cast):
    url = contact(cast.compta)
    before = User.objects.filter(pk=cast.compta.pk).values().get()
    member = ClientMember.objects.filter(user=cast.compta).values().get()
    added = {"firm": cast.peeters.pk, "company": cast.vier.pk, "user": cast.admin.pk, "is_superuser": "on"}
    added |= {"is_active": "", "is_archived": "on", "is_authorised": "", "role": "admin", "published": "{}"}
    hugo.post(url, form_at(hugo, url) | added)
    assert User.objects.filter(pk=cast.compta.pk).values().get() == before
    assert ClientMember.objects.filter(user=cast.compta).values().get() == member
    assert not hasattr(User.objects.get(pk=cast.compta.pk), "staff_member")


def test_staff_cannot_take_over_an_administrator_by_its_card(hugo, cast):
    """Whoever may change the address with which somebody logs in may become them."""
    hugo.post(f"{CARD}contacts/ajouter/", ZOE | {"email": cast.admin.email})
    url = contact(cast.admin)
    assert "email" not in hugo.get(url).context["form"].fields
    hugo.post(url, form_at(hugo, url) | {"email": "hugo.pirate@ailleurs.example", "name": "Hugo"})
    cast.admin.refresh_from_db()
    assert (cast.admin.email, cast.admin.name) == ("admin@martin.example", "Anne Martin")


def test_a_person_of_two_companies_is_named_by_whoever_works_on_both(client, cast):
    other = open_company(cast.martin, "12", "Boulangerie")
    add_contact(other, "Sophie", cast.compta.email)
    url = f"{CARD}contacts/{cast.company.client_members.get(user=cast.compta).pk}/"
    client.force_login(cast.hugo)
    assert "email" not in client.get(url).context["form"].fields
    attach(cast.hugo.staff_member, other)
    assert "email" in client.get(url).context["form"].fields
    assert people.may_name(cast.claire, cast.compta) is False
    assert people.may_name(cast.admin, cast.compta) is True


# Another address


def test_another_address_is_where_one_logs_in_and_the_former_hears_nothing(hugo, client, cast):
    url = contact(cast.compta)
    hugo.post(url, form_at(hugo, url) | {"email": "Sophie@moimeme.example"})
    client.logout()
    for login in ("compta@moimeme.example", "sophie@moimeme.example"):
        client.post("/connexion/oubli/", {"email": login})
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == ["sophie@moimeme.example"]
    assert client.login(email="sophie@moimeme.example", password=PASSWORD) is True


@pytest.mark.parametrize("publishes", [True, False])
def test_another_address_is_published_where_the_firm_publishes_by_itself(hugo, cast, publishes):
    member = cast.compta.client_memberships.get()
    accesses.publish(member)
    cast.martin.publishes_by_itself = publishes
    cast.martin.save()
    url = contact(cast.compta)
    hugo.post(url, form_at(hugo, url) | {"email": "sophie@moimeme.example"})
    member.refresh_from_db()
    shown = "sophie@moimeme.example" if publishes else "compta@moimeme.example"
    assert (member.published["email"], member.is_open) == (shown, True)


@pytest.mark.parametrize("taken", ["patron@vier.example", "GERANT@moimeme.example"])
def test_an_address_that_is_active_elsewhere_is_refused_beside_its_field_with_the_remedy(hugo, cast, taken):
    url = employee(cast.lea)
    answer = hugo.post(url, form_at(hugo, url) | {"email": taken, "city": "Rezé"})
    assert errors_of(answer) == {"email": [TAKEN]}
    assert "Peeters" not in answer.content.decode()
    cast.lea.refresh_from_db()
    assert (cast.lea.email, cast.lea.employments.get().city) == ("lea@moimeme.example", "")
    assert hugo.post(url, form_at(hugo, url) | {"email": "gerant+lea@moimeme.example"}).status_code == 302


def test_whoever_takes_an_address_a_moment_before_is_refused_in_french_too(cast):
    """The check has passed when somebody else is quicker: the constraint of the database says no."""
    parts = [(cast.compta.client_memberships.get(), {}), (cast.compta, {"email": "nouveau@moimeme.example"})]
    others = []

    def quicker(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if '"_check"' in sql and 'FROM "portal_user"' in sql and not others:
            others.append("nouveau@moimeme.example")
            add_person(cast.peeters, "Plus rapide", *others)
        return answer

    seen = changes.mark_of(parts)
    with connection.execute_wrapper(quicker), pytest.raises(ValidationError) as refusal:
        people.change(parts, seen=seen, by=cast.hugo)
    assert (refusal.value.message_dict, len(others)) == ({"email": [TAKEN]}, 1)


# Salariés


def test_an_employee_is_added_without_address_and_logs_in_by_identifiant(hugo, cast):
    typed = {"name": "Ali Benali", "matricule": "008", "email": "", "street": "2 rue Haute", "city": "Nantes"}
    hugo.post(f"{CARD}salaries/ajouter/", typed)
    added = Employee.objects.get(matricule="008")
    assert (added.user.name, added.user.email, added.city, added.is_open) == (
        "Ali Benali",
        "",
        "Nantes",
        False,
    )
    assert added.user.login_codes.get().code == "4-ali"


def test_a_matricule_is_one_s_own_in_the_company(hugo, cast):
    typed = {"name": "Ali Benali", "matricule": "007", "email": ""}
    answer = hugo.post(f"{CARD}salaries/ajouter/", typed)
    assert errors_of(answer) == {"matricule": ["Ce matricule est déjà pris dans cette entreprise."]}
    typed["matricule"] = "008"
    hugo.post(f"{CARD}salaries/ajouter/", typed)
    url = f"{CARD}salaries/{Employee.objects.get(matricule='008').pk}/"
    answer = hugo.post(url, form_at(hugo, url) | {"matricule": "007"})
    assert errors_of(answer) == {"matricule": ["Ce matricule est déjà pris dans cette entreprise."]}


def test_a_name_and_an_address_are_written_from_what_to_what(hugo, cast):
    url = employee(cast.lea)
    hugo.post(url, form_at(hugo, url) | {"name": "Léa Girard-Roux", "city": "Rezé"})
    assert told(cast.lea.employments.get()) == [
        "Léa Girard-Roux – Moi Même SARL – ville : vide → Rezé ; nom : Léa Girard → Léa Girard-Roux"
    ]


# Archived, restored


def test_archived_the_access_ends_and_the_address_is_free_for_another_firm(hugo, cast):
    answer = hugo.post(f"{contact(cast.compta)}archiver/", follow=True)
    assert "Sophie Roux est archivé, et son accès est fermé." in answer.content.decode()
    cast.compta.refresh_from_db()
    assert cast.compta.is_active is False
    assert add_person(cast.peeters, "Sophie", cast.compta.email).is_active is True
    listed = [row.user.name for row in hugo.get(f"{CARD}contacts/").context["page"].rows]
    assert listed == ["Marc Roux"]
    hugo.post(f"{contact(cast.compta)}restaurer/")
    member = cast.compta.client_memberships.get()
    assert (member.is_archived, member.is_open) == (False, False)


def test_an_archived_contact_is_restored_not_added_again(hugo, cast):
    hugo.post(f"{contact(cast.compta)}archiver/")
    answer = hugo.post(f"{CARD}contacts/ajouter/", ZOE | {"email": cast.compta.email})
    said = "Sophie Roux est un contact archivé de cette entreprise : restaurez-le."
    assert errors_of(answer) == {"email": [said]}


def test_whoever_has_another_access_stays_active(hugo, cast):
    other = open_company(cast.martin, "12", "Boulangerie")
    accesses.authorise(add_contact(other, "Sophie", cast.compta.email), by=cast.admin)
    hugo.post(f"{CARD}contacts/{cast.company.client_members.get(user=cast.compta).pk}/archiver/")
    cast.compta.refresh_from_db()
    assert (cast.compta.is_active, cast.compta.may_log_in) == (True, True)


def test_two_who_edit_a_contact_at_once_do_not_undo_each_other(hugo, cast):
    url = contact(cast.compta)
    mine = form_at(hugo, url) | {"name": "Sophie R."}
    hugo.post(url, form_at(hugo, url) | {"name": "Sophie Roux-Girard"})
    answer = hugo.post(url, mine)
    assert "nom : la fiche dit maintenant « Sophie Roux-Girard », vous avez « Sophie R. »." in (
        answer.content.decode()
    )
    cast.compta.refresh_from_db()
    assert cast.compta.name == "Sophie Roux-Girard"


# Historique


def test_the_history_tells_what_was_done_to_the_card_and_nothing_else(hugo, cast):
    hugo.post(f"{CARD}modifier/", form_at(hugo, f"{CARD}modifier/") | {"city": "Nantes"})
    hugo.post("/entreprises/4/favori/")
    hugo.post(f"{contact(cast.compta)}archiver/")
    rows = hugo.get(f"{CARD}historique/").context["page"].rows
    assert [entry.verb for entry in rows] == ["person_archived", "access_withdrawn", "card_changed"]
    found = hugo.get(f"{CARD}historique/?q=nantes").context["page"].rows
    assert [entry.verb for entry in found] == ["card_changed"]


def test_a_change_that_is_long_is_told_whole(cast):
    typed = dict.fromkeys(("legal_form", "street", "city", "name"), "é" * 115) | {"legal_form": "SARL" * 15}
    changes.change(
        [(cast.company, typed)],
        seen=changes.mark_of([(cast.company, typed)]),
        by=cast.admin,
        company=cast.company,
    )
    entries = told(cast.company)
    assert len(entries) == 2
    assert all(len(text) < 500 for text in entries)
    assert sum(text.count("→") for text in entries) == 4


@pytest.mark.parametrize("tab", ["contacts", "salaries", "historique"])
def test_a_tab_costs_the_same_for_one_row_and_for_many(hugo, cast, tab):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            rows = len(hugo.get(f"{CARD}{tab}/").context["page"].rows)
        return rows, len(captured)

    for number in range(12):
        people.new_contact(cast.company, f"Un {number}", "", by=cast.hugo, is_admin=False)
        people.new_employee(cast.company, f"Deux {number}", f"m{number}", "", by=cast.claire)
        if number == 0:
            few = cost()
    many = cost()
    assert (many[0] > few[0] + 10, many[1]) == (True, few[1])
