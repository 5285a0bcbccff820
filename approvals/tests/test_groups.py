"""« Paramètres », « Groupes »: the second branch of the cascade (S1-04), and which companies are in it."""

import pytest

from approvals.directory.opening import open_company
from approvals.tests.cards import errors_of, form_at, told
from mailing.models import SendingDomain
from portal.models import ClientGroup, Company

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/parametres/groupes/"


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


@pytest.fixture
def south(cast):
    return ClientGroup.objects.create(firm=cast.martin, name="Sud", email="sud@martin.example")


@pytest.mark.parametrize(
    ("email", "ticked", "is_unread"),
    [
        ("NoReply@martin.example", "", True),
        ("nord@martin.example", "", False),
        ("nord@martin.example", "on", True),
        ("", "", False),
    ],
)
def test_a_group_is_created_and_a_noreply_address_is_unread(admin, cast, email, ticked, is_unread):
    admin.post(f"{LIST}ajouter/", {"name": "Nord", "email": email, "email_is_unread": ticked})
    group = ClientGroup.objects.get(name="Nord")
    assert (group.firm, group.email, group.email_is_unread) == (cast.martin, email.lower(), is_unread)


def test_a_new_address_brings_its_domain_to_be_checked(admin, south):
    admin.post(f"{LIST}{south.pk}/", form_at(admin, f"{LIST}{south.pk}/") | {"email": "sud@bureau.example"})
    assert SendingDomain.objects.filter(domain="bureau.example").exists()
    assert told(south) == ["Sud – e-mail : sud@martin.example → sud@bureau.example"]


def test_a_name_is_a_group_s_own_in_the_firm(admin, cast, south):
    ClientGroup.objects.create(firm=cast.peeters, name="Noord")
    assert errors_of(admin.post(f"{LIST}ajouter/", {"name": "Sud", "email": ""})) == {
        "name": ["Un groupe porte déjà ce nom."]
    }
    assert admin.post(f"{LIST}ajouter/", {"name": "Noord", "email": ""}).status_code == 302


def test_companies_are_ticked_into_a_group_and_out_of_it(admin, cast, south):
    other = open_company(cast.martin, "12", "Boulangerie")
    url = f"{LIST}{south.pk}/entreprises/"
    ticked = [cast.company.pk, other.pk, cast.vier.pk]
    admin.post(url, {"geste": "ajouter", "choix": ticked})
    assert [company.code for company in south.companies.order_by("pk")] == ["4", "12"]
    assert told(other) == ["Boulangerie – groupe : vide → Sud"]
    admin.post(url, {"geste": "retirer", "choix": [other.pk]})
    assert [company.code for company in south.companies.all()] == ["4"]
    assert [c.code for c in admin.get(f"{url}?du-groupe=oui").context["page"].rows] == ["4"]
    assert [c.code for c in admin.get(f"{url}?sans-groupe=oui").context["page"].rows] == ["12"]


def test_a_company_is_in_one_group_at_most(admin, cast, south):
    north = ClientGroup.objects.create(firm=cast.martin, name="Nord")
    Company.objects.filter(pk=cast.company.pk).update(group=north)
    admin.post(f"{LIST}{south.pk}/entreprises/", {"geste": "ajouter", "choix": cast.company.pk})
    assert (list(north.companies.all()), list(south.companies.all())) == ([], [cast.company])
    assert told(cast.company) == ["Moi Même SARL – groupe : Nord → Sud"]


def test_taking_out_leaves_the_companies_of_another_group_alone(admin, cast, south):
    north = ClientGroup.objects.create(firm=cast.martin, name="Nord")
    Company.objects.filter(pk=cast.company.pk).update(group=north)
    admin.post(f"{LIST}{south.pk}/entreprises/", {"geste": "retirer", "choix": cast.company.pk})
    assert list(north.companies.all()) == [cast.company]


def test_deleting_says_how_many_companies_are_left_without(admin, cast, south):
    Company.objects.filter(pk=cast.company.pk).update(group=south)
    page = admin.get(f"{LIST}{south.pk}/").content.decode()
    assert "1 entreprise sera sans groupe" in page
    answer = admin.post(f"{LIST}{south.pk}/supprimer/", follow=True)
    assert "1 entreprise est maintenant sans groupe." in answer.content.decode()
    cast.company.refresh_from_db()
    assert (cast.company.group, ClientGroup.objects.filter(firm=cast.martin).count()) == (None, 0)


def test_fields_added_to_the_form_change_nothing(admin, cast, south):
    url = f"{LIST}{south.pk}/"
    admin.post(url, form_at(admin, url) | {"firm": cast.peeters.pk, "name": "Sud-Est"})
    south.refresh_from_db()
    assert (south.firm, south.name) == (cast.martin, "Sud-Est")
