"""« Paramètres », « Collaborateurs »: they come, their role changes, they leave and somebody takes over."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from approvals.directory import team
from approvals.directory.opening import add_contact, add_person, attach, make_staff, open_company
from approvals.tests.cards import errors_of, form_at, told
from mailing.kinds import MailKind
from mailing.models import OutgoingMail
from mailing.sending.delivery import filled
from notifications.models import AutomaticMail
from portal.models import Attachment, Company, HistoryEntry, Journal, StaffMember, StaffRole
from portal.testing import PASSWORD, arrive, mail_from
from portal.tests.second_factors import with_application

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/parametres/collaborateurs/"
NADIA = {"name": "Nadia Petit", "email": "Nadia@martin.example", "role": "staff"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def of(person):
    return f"{LIST}{person.staff_member.pk}/"


def test_a_collaborateur_is_added_and_sent_a_link_and_no_password_is_made(admin, cast):
    admin.post(f"{LIST}ajouter/", NADIA | {"firm": cast.peeters.pk, "is_superuser": "on"})
    member = StaffMember.objects.get(user__email="nadia@martin.example")
    person = member.user
    assert (person.firm, person.is_superuser, member.role, person.has_usable_password()) == (
        cast.martin,
        False,
        StaffRole.STAFF,
        False,
    )
    assert [(mail.kind, mail.to_email) for mail in OutgoingMail.objects.all()] == [
        ("password_reset", "nadia@martin.example")
    ]
    assert [entry.journal for entry in HistoryEntry.objects.of(member)] == [Journal.ACCESS]


def test_the_first_link_lasts_seven_days_and_another_is_sent_until_a_password_is_chosen(admin, cast):
    admin.post(f"{LIST}ajouter/", NADIA)
    member = StaffMember.objects.get(user__email="nadia@martin.example")
    assert "Envoyer un nouveau lien" in admin.get(of(member.user)).content.decode()
    admin.post(f"{of(member.user)}inviter/")
    _first, again = OutgoingMail.objects.order_by("pk")
    link = filled(again, again.text).split("/connexion/nouveau/")[1].split()[0]
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=20)):
        assert (
            Client().get(f"/connexion/nouveau/{link}", follow=True).context.get("token_fail", False) is False
        )
    with time_machine.travel(timezone.now() + timedelta(days=7, hours=4)):
        assert (
            Client().get(f"/connexion/nouveau/{link}", follow=True).context.get("token_fail", False) is True
        )
    member.user.set_password("un mot de passe choisi")
    member.user.save()
    assert "Envoyer un nouveau lien" not in admin.get(of(member.user)).content.decode()
    admin.post(f"{of(member.user)}inviter/")
    assert OutgoingMail.objects.count() == 2


def test_a_second_factor_that_is_lost_is_taken_away_and_its_person_told(admin, cast):
    with_application(cast.hugo)
    assert "Retirer le second facteur" in admin.get(of(cast.hugo)).content.decode()
    admin.post(f"{of(cast.hugo)}second-facteur/")
    assert not Authenticator.objects.exists()
    assert [(mail.kind, mail.to_email) for mail in OutgoingMail.objects.all()] == [
        ("account_security", cast.hugo.email)
    ]
    assert (
        HistoryEntry.objects.of(cast.hugo).get().text == "Anne Martin retire le second facteur de Hugo Lenoir"
    )
    admin.post(f"{of(cast.hugo)}second-facteur/")
    assert OutgoingMail.objects.count() == 1


def test_nobody_but_an_administrator_takes_a_second_factor_away(client, cast):
    """Of a contact on « Droits »; of a collaborateur who is a contact too, on the collaborateur's card alone."""
    with_application(cast.compta)
    member = cast.company.client_members.get(user=cast.compta)
    url = f"/entreprises/4/acces/clients/{member.pk}/second-facteur/"
    for person, status in ((cast.claire, 404), (cast.gerant, 404), (cast.charlie, 404), (cast.admin, 302)):
        assert Authenticator.objects.exists()
        client.force_login(person)
        assert client.post(url).status_code == status
    assert not Authenticator.objects.exists()
    with_application(cast.compta)
    make_staff(cast.compta)
    assert client.post(url).status_code == 404


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("claire@martin.example", "Claire Dupont est déjà collaborateur du cabinet."),
        ("patron@vier.example", "Utilisez une autre adresse, ou un alias de la même adresse."),
        ("personne", "Ce n’est pas une adresse e-mail."),
        ("", "Ce champ est obligatoire."),
    ],
)
def test_an_address_that_is_taken_is_refused_beside_its_field(admin, cast, email, said):
    answer = admin.post(f"{LIST}ajouter/", NADIA | {"email": email})
    [[error]] = errors_of(answer).values()
    assert (list(errors_of(answer)), said in error, "Peeters" in error) == (["email"], True, False)
    assert StaffMember.objects.filter(user__firm=cast.martin).count() == 3


def test_a_contact_who_comes_to_work_at_the_firm_stays_the_same_person(admin, cast):
    add_contact(cast.company, "Nadia", "nadia@martin.example")
    admin.post(f"{LIST}ajouter/", NADIA)
    person = StaffMember.objects.get(user__email="nadia@martin.example").user
    assert (person.is_active, person.client_memberships.count()) == (True, 1)


def test_a_role_is_changed_by_an_administrator_and_written_into_the_journal(admin, cast):
    admin.post(of(cast.hugo), form_at(admin, of(cast.hugo)) | {"role": "admin"})
    member = StaffMember.objects.get(user=cast.hugo)
    assert (member.role, told(member)) == (
        "admin",
        ["Hugo Lenoir – rôle : Collaborateur → Administrateur du cabinet"],
    )
    assert HistoryEntry.objects.of(member).get().journal == Journal.ACCESS


def test_nobody_changes_their_own_role_nor_deactivates_themselves(admin, cast):
    make_staff(add_person(cast.martin, "Béa", "bea@martin.example"), StaffRole.ADMIN)
    answer = admin.post(of(cast.admin), form_at(admin, of(cast.admin)) | {"role": "staff"})
    assert "On ne change pas son propre rôle" in " ".join(errors_of(answer)["role"])
    admin.post(f"{of(cast.admin)}desactiver/", {"successor": "aucun"})
    cast.admin.refresh_from_db()
    assert (cast.admin.is_active, cast.admin.is_firm_admin) == (True, True)


def test_the_last_administrator_stays_one(cast):
    """Whoever asks: with two who demote each other the second comes here."""
    member = cast.admin.staff_member
    assert team.refusal_of_role(member, cast.hugo) == "C’est le dernier administrateur du cabinet."
    assert team.refusal_of_leaving(member, cast.hugo) == "C’est le dernier administrateur du cabinet."
    gone = make_staff(add_person(cast.martin, "Partie", "p@martin.example", is_active=False), StaffRole.ADMIN)
    assert team.refusal_of_role(member, cast.hugo) == "C’est le dernier administrateur du cabinet."
    gone.user.is_active = True
    gone.user.save()
    assert team.refusal_of_role(member, cast.hugo) == ""


def test_two_administrators_who_demote_each_other_leave_one(admin, client, cast):
    bea = add_person(cast.martin, "Béa", "bea@martin.example")
    make_staff(bea, StaffRole.ADMIN)
    mine = form_at(admin, of(bea)) | {"role": "staff"}
    client.force_login(bea)
    hers = form_at(client, of(cast.admin)) | {"role": "staff"}
    client.post(of(cast.admin), hers)
    client.force_login(cast.admin)
    assert client.post(of(bea), mine).status_code == 404
    assert [m.user for m in StaffMember.objects.filter(user__firm=cast.martin, role="admin")] == [bea]


def test_many_companies_are_attached_at_once(admin, cast):
    others = [open_company(cast.martin, code, f"Entreprise {code}") for code in ("12", "27")]
    url = f"{of(cast.hugo)}entreprises/"
    ticked = [*(company.pk for company in others), cast.company.pk, cast.vier.pk]
    answer = admin.post(url, {"geste": "attacher", "choix": ticked}, follow=True)
    assert "Hugo Lenoir est attaché à 2 entreprises de plus." in answer.content.decode()
    assert {c.code for c in Company.objects.staffed_by(cast.hugo)} == {"4", "12", "27"}
    assert told(others[0]) == ["Anne Martin attache Hugo Lenoir à l’entreprise"]
    admin.post(url, {"geste": "detacher", "choix": [cast.company.pk]})
    assert {c.code for c in Company.objects.staffed_by(cast.hugo)} == {"12", "27"}


def test_whoever_manages_a_company_stays_attached(admin, cast):
    Company.objects.filter(pk=cast.company.pk).update(manager=cast.claire.staff_member)
    admin.post(f"{of(cast.claire)}entreprises/", {"geste": "detacher", "choix": [cast.company.pk]})
    assert Attachment.objects.filter(staff__user=cast.claire, company=cast.company).count() == 1


@pytest.fixture
def leaver(cast):
    """Claire manages 4, where Hugo works too, and is alone on 12; Hugo's own address waits for her alone."""
    Company.objects.filter(pk=cast.company.pk).update(manager=cast.claire.staff_member)
    attach(cast.claire.staff_member, open_company(cast.martin, "12", "Boulangerie Petit"))
    cast.hugo.staff_member.attachments.update(is_favourite=False)
    arrive(mail_from(cast.hugo.email))
    return cast.claire


def test_the_page_shows_what_is_held(admin, leaver):
    held = admin.get(f"{of(leaver)}desactiver/").context["held"]
    assert [c.code for c in held.managed] == ["4"]
    assert [c.code for c in held.alone] == ["12"]
    assert [a.address for a in held.asked_alone] == ["hugo@martin.example"]


def test_a_successor_takes_over_and_the_session_of_whoever_left_is_over(admin, cast, leaver):
    elsewhere = Client()
    elsewhere.force_login(leaver)
    assert elsewhere.get("/portefeuille/").status_code == 200
    admin.post(f"{of(leaver)}desactiver/", {"successor": cast.hugo.staff_member.pk})
    cast.company.refresh_from_db()
    leaver.refresh_from_db()
    assert (leaver.is_active, cast.company.manager.user) == (False, cast.hugo)
    assert {c.code for c in Company.objects.staffed_by(cast.hugo)} == {"4", "12"}
    assert told(cast.company)[-1] == "Moi Même SARL – gestionnaire : Claire Dupont → Hugo Lenoir"
    assert elsewhere.get("/portefeuille/")["Location"] == "/connexion/?next=/portefeuille/"
    assert elsewhere.login(email=leaver.email, password=PASSWORD) is False


def test_without_a_choice_nothing_happens_and_nobody_may_be_chosen_knowingly(admin, cast, leaver):
    url = f"{of(leaver)}desactiver/"
    for nobody in ("", "x", cast.charlie.staff_member.pk, leaver.staff_member.pk):
        assert list(errors_of(admin.post(url, {"successor": nobody}))) == ["successor"]
    leaver.refresh_from_db()
    assert leaver.is_active is True
    answer = admin.post(url, {"successor": "aucun"}, follow=True)
    cast.company.refresh_from_db()
    assert cast.company.manager is None
    assert "Plus aucun collaborateur n’est attaché à : Boulangerie Petit." in answer.content.decode()


def test_a_successor_who_left_meanwhile_takes_over_nothing(cast, leaver):
    cast.hugo.is_active = False
    cast.hugo.save()
    with pytest.raises(ValidationError, match="plus actif"):
        team.deactivate(leaver.staff_member, cast.hugo.staff_member, by=cast.admin)
    leaver.refresh_from_db()
    cast.company.refresh_from_db()
    assert (leaver.is_active, cast.company.manager.user) == (True, leaver)


def test_the_automatic_mails_that_name_whoever_goes_are_told(admin, cast, leaver):
    row = AutomaticMail.objects.create(firm=cast.martin, kind=MailKind.FAILED_TASK, is_custom=True)
    row.recipients.add(leaver.staff_member)
    held = admin.get(f"{of(leaver)}desactiver/").context["held"]
    assert held.told == ["Tâches échouées"]


def test_back_again_with_the_attachments_of_before(admin, cast, leaver):
    admin.post(f"{of(leaver)}desactiver/", {"successor": cast.hugo.staff_member.pk})
    assert [m.user for m in admin.get(f"{LIST}?desactives=oui").context["page"].rows] == [leaver]
    admin.post(f"{of(leaver)}reactiver/")
    leaver.refresh_from_db()
    cast.company.refresh_from_db()
    assert (leaver.is_active, cast.company.manager.user) == (True, cast.hugo)
    assert {c.code for c in Company.objects.staffed_by(leaver)} == {"4", "12"}


def test_back_again_the_address_may_be_somebody_else_s_by_now(admin, cast, leaver):
    admin.post(f"{of(leaver)}desactiver/", {"successor": "aucun"})
    add_person(cast.peeters, "Claire Autre", leaver.email)
    page = admin.post(f"{of(leaver)}reactiver/", follow=True).content.decode()
    leaver.refresh_from_db()
    assert (leaver.is_active, "Cette adresse est déjà utilisée sur le portail." in page) == (False, True)
    assert "Peeters" not in page
