"""« Paramètres », « Entreprises »: created, changed, archived and restored by the firm's administrators."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.directory.opening import add_person, make_staff
from approvals.tests.cards import errors_of, form_at, told
from mailing.models import InboundAddress
from portal.models import ClientGroup, Company, HistoryEntry, Journal
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/parametres/entreprises/"
BLANK = {"country": "FR", "legal_form": "", "vat_regime": ""}
ATELIER = {**BLANK, "code": "31", "name": "Atelier Nord"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def edit_of(company):
    return f"{LIST}{company.pk}/"


def test_a_company_is_created_with_its_addresses_and_its_numbers_compact(admin, cast):
    typed = ATELIER | {
        "registration_number": "732 829 320 00074",
        "vat_number": "fr 44 732.829.320",
        "year_end": "1/7",
        "email": "Contact@Atelier.example",
        "manager": cast.claire.staff_member.pk,
    }
    answer = admin.post(f"{LIST}ajouter/", typed)
    company = Company.objects.get(code="31")
    assert answer["Location"] == "/entreprises/31/fiche/contacts/"
    assert (company.firm, company.registration_number, company.vat_number, company.year_end) == (
        cast.martin,
        "73282932000074",
        "FR44732829320",
        "01/07",
    )
    assert (company.email, company.manager.user) == ("contact@atelier.example", cast.claire)
    assert sorted(company.inbound_addresses.values_list("space", flat=True)) == ["box", "image"]
    assert [attachment.staff.user for attachment in company.attachments.all()] == [cast.claire]
    assert told(company) == [
        "Anne Martin crée l’entreprise Atelier Nord, code 31",
        "Anne Martin attache Claire Dupont à l’entreprise",
    ]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"code": "4"}, "code", "Ce code est déjà celui d’une autre entreprise."),
        ({"code": "a b"}, "code", "De 1 à 32 lettres"),
        ({"name": ""}, "name", "obligatoire"),
        ({"registration_number": "404833047"}, "registration_number", "sa clé est fausse"),
        ({"country": "BE", "registration_number": "404833048"}, "registration_number", "BCE"),
        ({"vat_number": "FR41303265045"}, "vat_number", "TVA français"),
        (
            {"registration_number": "404833048", "vat_number": "FR40303265045"},
            "vat_number",
            "le numéro d’entreprise dit 404833048",
        ),
        ({"year_end": "29/02"}, "year_end", "écrivez 28/02"),
        ({"email": "x@y.example <a@b.example>"}, "email", "pas une adresse e-mail"),
        ({"email": "a@b.example, c@d.example"}, "email", "pas une adresse e-mail"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(admin, cast, typed, field, said):
    answer = admin.post(f"{LIST}ajouter/", ATELIER | {"city": "Rezé"} | typed)
    assert list(errors_of(answer)) == [field]
    assert said in " ".join(errors_of(answer)[field])
    assert 'value="Rezé"' in answer.content.decode()
    assert Company.objects.filter(firm=cast.martin).count() == 1


def test_each_change_is_written_from_what_to_what(admin, cast):
    group = ClientGroup.objects.create(firm=cast.martin, name="Sud")
    typed = form_at(admin, edit_of(cast.company)) | {"name": "Moi Seul", "city": "Nantes", "group": group.pk}
    admin.post(edit_of(cast.company), typed)
    cast.company.refresh_from_db()
    assert (cast.company.name, cast.company.city, cast.company.group) == ("Moi Seul", "Nantes", group)
    assert told(cast.company) == [
        "Moi Seul – nom : Moi Même SARL → Moi Seul ; ville : vide → Nantes ; groupe : vide → Sud"
    ]


def test_nothing_changed_writes_nothing(admin, cast):
    admin.post(edit_of(cast.company), form_at(admin, edit_of(cast.company)))
    assert told(cast.company) == []


def test_the_second_of_two_who_edit_reads_both_values_then_decides(admin, cast):
    mine = form_at(admin, edit_of(cast.company)) | {"city": "Rezé"}
    admin.post(edit_of(cast.company), form_at(admin, edit_of(cast.company)) | {"city": "Nantes"})
    answer = admin.post(edit_of(cast.company), mine)
    page = answer.content.decode()
    assert "La fiche a changé pendant que vous la modifiiez." in page
    assert "ville : la fiche dit maintenant « Nantes », vous avez « Rezé »." in page
    cast.company.refresh_from_db()
    assert cast.company.city == "Nantes"
    again = mine | {"seen": answer.context["form"]["seen"].value()}
    admin.post(edit_of(cast.company), again)
    cast.company.refresh_from_db()
    assert cast.company.city == "Rezé"


def test_a_new_code_leaves_the_addresses_that_clients_know(admin, cast):
    before = sorted(cast.company.inbound_addresses.values_list("address", flat=True))
    admin.post(edit_of(cast.company), form_at(admin, edit_of(cast.company)) | {"code": "40"})
    assert admin.get("/entreprises/40/").status_code == 200
    assert sorted(cast.company.inbound_addresses.values_list("address", flat=True)) == before
    assert arrive(mail_from(cast.gerant.email)).company == cast.company


def test_the_manager_is_active_staff_of_the_firm_alone(admin, cast):
    url = edit_of(cast.company)
    for outsider in (cast.charlie.staff_member.pk, 0, "x"):
        answer = admin.post(url, form_at(admin, url) | {"manager": outsider})
        assert list(errors_of(answer)) == ["manager"]
    cast.hugo.is_active = False
    cast.hugo.save()
    answer = admin.post(url, form_at(admin, url) | {"manager": cast.hugo.staff_member.pk})
    assert list(errors_of(answer)) == ["manager"]


def test_a_manager_without_address_is_warned_of(admin, cast):
    cast.hugo.email = ""
    cast.hugo.save()
    url = edit_of(cast.company)
    answer = admin.post(url, form_at(admin, url) | {"manager": cast.hugo.staff_member.pk}, follow=True)
    assert "Hugo Lenoir n’a pas d’adresse e-mail active" in answer.content.decode()


def test_fields_added_to_the_form_change_nothing(admin, cast):
    url = edit_of(cast.company)
    added = {"firm": cast.peeters.pk, "firm_id": cast.peeters.pk, "is_archived": "on", "id": cast.vier.pk}
    admin.post(url, form_at(admin, url) | added | {"city": "Nantes"})
    cast.company.refresh_from_db()
    assert (cast.company.firm, cast.company.is_archived, cast.company.city) == (cast.martin, False, "Nantes")


def test_the_group_of_another_firm_is_none_of_ours(admin, cast):
    theirs = ClientGroup.objects.create(firm=cast.peeters, name="Noord")
    url = edit_of(cast.company)
    assert list(errors_of(admin.post(url, form_at(admin, url) | {"group": theirs.pk}))) == ["group"]


def test_archived_nobody_enters_and_its_addresses_take_nothing(admin, client, cast):
    answer = admin.post(f"{edit_of(cast.company)}archiver/", follow=True)
    assert f'action="{edit_of(cast.company)}restaurer/"' in answer.content.decode()
    assert arrive(mail_from(cast.gerant.email)).rule == "R1"
    for person in (cast.admin, cast.claire):
        client.force_login(person)
        assert client.get("/entreprises/4/").status_code == 404
    for person in (cast.gerant, cast.lea):  # nothing else is theirs: the next request knows them no more
        client.force_login(person)
        assert client.get("/entreprises/4/")["Location"] == "/connexion/?next=/entreprises/4/"
    client.force_login(cast.admin)
    client.post(f"{edit_of(cast.company)}restaurer/")
    assert client.get("/entreprises/4/").status_code == 200
    assert InboundAddress.objects.filter(company=cast.company).exclude(retired_at=None).count() == 0
    assert [entry.journal for entry in HistoryEntry.objects.of(cast.company)] == [Journal.ACCESS] * 2


def test_the_team_is_those_ticked_and_the_manager(admin, cast):
    cast.company.manager = cast.claire.staff_member
    cast.company.save()
    url = f"{edit_of(cast.company)}collaborateurs/"
    admin.post(url, {"team": [cast.admin.staff_member.pk, cast.charlie.staff_member.pk]})
    team = {a.staff.user for a in cast.company.attachments.select_related("staff__user")}
    assert team == {cast.claire, cast.hugo}  # somebody of another firm among them: nothing is saved
    admin.post(url, {"team": [cast.admin.staff_member.pk]})
    team = {a.staff.user for a in cast.company.attachments.select_related("staff__user")}
    assert team == {cast.claire, cast.admin}
    assert told(cast.company) == [
        "Anne Martin attache Anne Martin à l’entreprise",
        "Anne Martin détache Hugo Lenoir de l’entreprise",
    ]


def listed(answer):
    return [company.code for company in answer.context["page"].rows]


def test_the_list_is_searched_and_filtered(admin, cast):
    group = ClientGroup.objects.create(firm=cast.martin, name="Sud")
    manager = cast.claire.staff_member
    for code, fields in (
        ("27", {"group": group}),
        ("12", {"manager": manager, "registration_number": "552008443"}),
        ("99", {"is_archived": True}),
    ):
        Company.objects.create(firm=cast.martin, code=code, name=f"Entreprise {code}", **fields)
    found = {
        "": ["4", "12", "27"],
        "?q=552008443": ["12"],
        "?q=entreprise": ["12", "27"],
        "?sans-gestionnaire=oui": ["4", "27"],
        f"?gestionnaire={manager.pk}": ["12"],
        f"?groupe={group.pk}": ["27"],
        "?archives=oui": ["99"],
        "?tri=nom": ["12", "27", "4"],
    }
    assert {query: listed(admin.get(LIST + query)) for query in found} == found


def test_the_export_holds_the_whole_cards(admin, cast):
    Company.objects.filter(pk=cast.company.pk).update(vat_number="FR44732829320", city="=Nantes")
    rows = b"".join(admin.get(f"{LIST}?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "FR44732829320" in rows[1]
    assert ";=Nantes" not in rows[1]  # a formula is data


def test_a_list_costs_the_same_for_one_and_for_thirty(admin, cast):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            admin.get(LIST)
        return len(captured)

    few = cost()
    for number in range(30):
        manager = make_staff(add_person(cast.martin, "Collègue", f"c{number}@martin.example"))
        Company.objects.create(firm=cast.martin, code=f"c{number}", name="Une", manager=manager)
    assert cost() == few
