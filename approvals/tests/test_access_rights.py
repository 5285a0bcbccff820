"""« Droits » of a contact: what a tick opens and shuts, at the next request, on every address (T30, T35, T36)."""

import pytest

from approvals.directory.opening import add_contact
from documents.filing import trash
from documents.models import Document
from documents.tests.lay import filed, laid
from mailing.models import InboundMail
from portal.models import ClientMember, Employee, HistoryEntry, Journal, LoginCode
from portal.testing import BOX, IMAGE, arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def member_of(person) -> ClientMember:
    return ClientMember.objects.get(user=person)


def droits(person) -> str:
    return f"/entreprises/4/acces/clients/{member_of(person).pk}/"


@pytest.fixture
def spaces(cast):
    """In each space of company 4: a document by mail, one that the contact laid, one of them in the trash, a held mail."""
    found = {}
    for space, address in (("box", BOX), ("image", IMAGE)):
        filed = arrive(mail_from(cast.compta.email, to=address, subject=f"Mail {space}"), address)
        held = arrive(mail_from("facture@bois.example", to=address, subject=f"Attente {space}"), address)
        document = Document.objects.get(source__mail=filed)
        for person in (cast.gerant, cast.compta):
            trash.throw(laid(person, space, f"{person.pk}.pdf"), by=person)
        mine = {
            p.pk: Document.objects.trashed().get(space=space, uploaded_by=p).pk
            for p in (cast.gerant, cast.compta)
        }
        found[space] = {"document": document.pk, "mine": mine, "filed": filed.pk, "held": held.pk}
    return found


GETS = {  # of every address of a space: does it belong to client administrators alone?
    "/entreprises/4/{space}/": False,
    "/entreprises/4/{space}/corbeille/": False,
    "/documents/{document}/": False,
    "/documents/{document}/pages/1/600/": False,
    "/documents/{document}/telecharger/": False,
    "/documents/{mine}/": False,
    "/documents/{mine}/pages/1/600/": False,
    "/documents/{mine}/telecharger/": False,
    "/activite/{filed}/": True,
    "/activite/{filed}/brut/": True,
    "/activite/{filed}/html/": True,
    "/activite/{held}/": True,
}
POSTS = {
    "/entreprises/4/{space}/deposer/": False,
    "/entreprises/4/{space}/selection/": False,
    "/entreprises/4/{space}/corbeille/selection/": False,
    "/entreprises/4/{space}/options/": True,
    "/documents/{mine}/restaurer/": False,
}


def answers(client, person, space, rows, *, is_admin):
    held = {"space": space, **rows[space], "mine": rows[space]["mine"][person.pk]}
    got = {
        path: client.get(path.format(**held)).status_code
        for path, only in GETS.items()
        if is_admin or not only
    }
    got |= {
        path: client.post(path.format(**held)).status_code
        for path, only in POSTS.items()
        if is_admin or not only
    }
    return got


@pytest.mark.parametrize("role", ["gerant", "compta"])
@pytest.mark.parametrize("right", ["sees_box", "sees_image"])
def test_a_right_taken_away_shuts_every_address_of_its_space_alone(client, cast, spaces, role, right):
    person, is_admin = getattr(cast, role), role == "gerant"
    client.force_login(person)
    ClientMember.objects.filter(user=person).update(**{right: False})
    shut = right.removeprefix("sees_")
    for space in spaces:
        got = answers(client, person, space, spaces, is_admin=is_admin)
        opened = {path: 302 if path in POSTS else 200 for path in got}
        assert got == (dict.fromkeys(got, 404) if space == shut else opened)


@pytest.mark.parametrize("role", ["gerant", "compta"])
def test_menus_counts_and_addresses_follow(client, cast, spaces, role):
    client.force_login(getattr(cast, role))
    ClientMember.objects.filter(user=getattr(cast, role)).update(sees_box=False)
    for path in ("/entreprises/4/", "/espace/4/"):
        page = client.get(path).content.decode()
        assert ("/entreprises/4/box/" in page, "/entreprises/4/image/" in page) == (False, True)
        assert (BOX in page, IMAGE in page) == (False, True)
    latest = client.get("/espace/4/").context["latest"]
    assert [document.space for document in latest] == ["image"]


def test_activity_and_requests_show_the_mails_of_seen_spaces_alone(client, cast, spaces):
    client.force_login(cast.gerant)
    ClientMember.objects.filter(user=cast.gerant).update(sees_box=False)
    shown = client.get("/entreprises/4/acces-email/activite/").context["page"].rows
    assert sorted(mail.subject for mail in shown) == ["Attente image", "Mail image"]
    [row] = client.get("/entreprises/4/acces-email/?q=bois").context["rows"]
    assert [mail.subject for mail in row.proved] == ["Attente image"]
    assert client.get("/mes-documents/").context["to_decide"] == 1


def test_the_history_names_nothing_of_a_shut_space(client, cast, spaces):
    client.force_login(cast.compta)
    assert f"{cast.compta.pk}.pdf" in client.get("/entreprises/4/").content.decode()
    ClientMember.objects.filter(user=cast.compta).update(sees_box=False)
    assert f"{cast.compta.pk}.pdf" not in client.get("/entreprises/4/").content.decode()


def test_staff_who_are_contacts_too_see_all_the_same(cast, spaces):
    ClientMember.objects.create(company=cast.company, user=cast.hugo, sees_box=False, sees_image=False)
    assert Document.objects.visible_to(cast.hugo).count() == 2
    assert InboundMail.objects.visible_to(cast.hugo).count() == 4


@pytest.mark.parametrize("role", ["admin", "hugo"])
def test_droits_are_saved_with_their_history(client, cast, role):
    client.force_login(getattr(cast, role))
    data = {"is_admin": "on", "sees_image": "on", "sees_employees": "on", "code": "4-compta"}
    assert client.post(droits(cast.compta), data).status_code == 302
    member = member_of(cast.compta)
    assert (member.is_admin, member.sees_box, member.sees_image, member.sees_employees) == (
        True,
        False,
        True,
        True,
    )
    [entry] = HistoryEntry.objects.filter(journal=Journal.ACCESS)
    assert entry.text == (
        f"{getattr(cast, role)} change les droits de Sophie Roux – "
        "administrateur client : oui, voit la box : non, voit les dossiers des salariés : oui"
    )
    client.force_login(cast.compta)
    assert client.get("/entreprises/4/box/").status_code == 404
    assert client.get("/entreprises/4/acces-email/").status_code == 200


def test_nothing_else_can_be_set_by_the_form(client, cast):
    client.force_login(cast.hugo)
    before = ClientMember.objects.values().get(user=cast.compta)
    data = {"sees_box": "on", "sees_image": "on", "company": cast.vier.pk, "user": cast.admin.pk}
    data |= {"is_authorised": "", "published": "{}", "firm": cast.peeters.pk, "role": "admin", "code": "volé"}
    assert client.post(droits(cast.compta), data).status_code == 302
    assert ClientMember.objects.values().get(user=cast.compta) == before
    assert (
        LoginCode.objects.get(user=cast.compta).code == "4-compta"
    )  # the identifiant is firm administrators'


def test_a_folder_is_withheld_from_one_contact_at_every_address(client, cast, folders):
    """At the next request; what the other contact sees stays (T30, T31)."""
    invoices, contracts = folders["CLIENTS\\Facture\\"], folders["CLIENTS\\Contrat\\"]
    [document] = filed(cast.claire, cast.company, invoices, "facture.pdf")
    own = sorted(folder.pk for path, folder in folders.items() if path.startswith("CLIENTS"))
    doors = [f"/documents/{document.pk}/{end}" for end in ("", "pages/1/600/", "telecharger/")]

    def knock(person):
        client.force_login(person)
        return [client.get(door).status_code for door in doors]

    def save(kept):
        client.force_login(cast.hugo)
        return client.post(droits(cast.compta), {**KEEP, "folders": kept})

    client.force_login(cast.hugo)
    field = client.get(droits(cast.compta)).context["forms"][1]["folders"]
    assert sorted(folder.pk for folder in field.initial) == own
    assert knock(cast.compta) == [200] * 3
    assert save([pk for pk in own if pk != invoices.pk]).status_code == 302
    assert (knock(cast.compta), knock(cast.gerant)) == ([404] * 3, [200] * 3)
    assert save(own).status_code == 302
    assert knock(cast.compta) == [200] * 3
    told = HistoryEntry.objects.filter(journal=Journal.ACCESS).order_by("pk").values_list("text", flat=True)
    assert list(told) == [
        f"Hugo Lenoir change les répertoires que voit Sophie Roux – Facture : {word}"
        for word in ("non", "oui")
    ]
    for foreign in (folders["SALARIES\\Bulletins\\"], cast.peeters.folders.first()):
        assert save([contracts.pk, foreign.pk]).status_code == 200  # the form again, nothing saved
    assert member_of(cast.compta).withheld_folders.count() == 0


def test_a_client_administrator_gives_no_right(client, cast):
    client.force_login(cast.gerant)
    assert client.get(droits(cast.compta)).status_code == 404
    assert client.post(droits(cast.compta), {"is_admin": "on"}).status_code == 404
    assert not member_of(cast.compta).is_admin


KEEP = {"sees_box": "on", "sees_image": "on"}


def test_identifiant_is_changed_by_a_firm_administrator_and_logs_in(client, cast):
    client.force_login(cast.admin)
    client.post(droits(cast.compta), {**KEEP, "code": "sophie.roux"})
    assert LoginCode.objects.get(user=cast.compta).code == "sophie.roux"
    [entry] = HistoryEntry.objects.filter(verb="login_code_changed")
    assert entry.text == "Anne Martin change l’identifiant de Sophie Roux : 4-compta → sophie.roux"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("4", "Cet identifiant est déjà pris dans le cabinet. Choisissez-en un autre."),
        ("é", "De 1 à 32 lettres sans accent, chiffres, points, tirets ou soulignés."),
        ("a@b", "De 1 à 32 lettres sans accent, chiffres, points, tirets ou soulignés."),
        ("", "Ce champ est obligatoire."),
    ],
)
def test_an_identifiant_that_cannot_be(client, cast, code, why):
    client.force_login(cast.admin)
    page = client.post(droits(cast.compta), {"is_admin": "on", **KEEP, "code": code})
    assert page.context["forms"][1].errors["code"] == [why]
    assert 'id="id_is_admin" checked' in page.content.decode()  # what was typed is kept
    member = member_of(cast.compta)
    assert (member.is_admin, LoginCode.objects.get(user=cast.compta).code) == (False, "4-compta")


def test_the_other_firm_may_have_the_same_identifiant(client, cast):
    add_contact(cast.vier, "Autre", "autre@vier.example")
    LoginCode.objects.filter(user__email="autre@vier.example").update(code="pris-chez-peeters")
    client.force_login(cast.admin)
    client.post(droits(cast.compta), {**KEEP, "code": "pris-chez-peeters"})
    assert LoginCode.objects.get(user=cast.compta).code == "pris-chez-peeters"


def test_a_salarie_has_an_identifiant_and_no_rights(client, cast):
    client.force_login(cast.admin)
    path = f"/entreprises/4/acces/salaries/{Employee.objects.get().pk}/"
    assert [type(form).__name__ for form in client.get(path).context["forms"]] == ["LoginCodeForm"]
    assert client.post(path, {"code": "lea", "is_admin": "on"}).status_code == 302
    assert LoginCode.objects.get(user=cast.lea).code == "lea"
