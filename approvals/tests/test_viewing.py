"""« Portail client »: staff see what the person sees in that company, nothing of the person's own, and change nothing."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from approvals.access import stories
from approvals.access.viewing import KEY
from approvals.directory.opening import give_access, make_staff, open_company
from portal import history
from portal.models import Attachment, ClientMember, Employee, HistoryEntry, User
from portal.testing import IMAGE, PASSWORD, arrive, mail_from
from portal.tests.test_get import BROWSER, writes

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LEAVE = "/portail-client/quitter/"
LOGOUT = "/deconnexion/"


def open_portal(client, person, code="4"):
    """Start a visit through the door; the answer."""
    member = ClientMember.objects.filter(user=person, company__code=code).first()
    if member:
        return client.post(f"/entreprises/{code}/portail-client/{member.pk}/ouvrir/")
    employee = Employee.objects.get(user=person, company__code=code)
    return client.post(f"/entreprises/{code}/portail-client/salaries/{employee.pk}/ouvrir/")


@pytest.fixture
def visit(cast):
    """Hugo looks at the portal of the client administrator."""
    client = Client()
    client.force_login(cast.hugo)
    assert open_portal(client, cast.gerant)["Location"] == "/"
    return client


def says(answer):
    return answer.content.decode().replace("\xa0", " ")


def verbs():
    return list(HistoryEntry.objects.filter(journal="access").order_by("pk").values_list("verb", flat=True))


def test_the_person_s_portal_is_shown_under_a_banner_that_says_whose_it_is(cast, visit):
    answer = visit.get("/", follow=True)
    assert answer.redirect_chain == [("/espace/", 302), ("/espace/4/", 302)]
    page = says(answer)
    assert "Bonjour Marc" in page
    assert "Vous voyez le portail de <strong>Marc Roux</strong> (Moi Même SARL), en lecture seule" in page
    assert ("Quitter" in page, "Mes documents" in page, "Mon compte" in page) == (True, False, False)


def test_start_and_end_stand_in_the_journal_with_who_and_where_from(cast, visit):
    visit.post(LEAVE)
    first, last = HistoryEntry.objects.filter(journal="access").order_by("pk")
    assert (first.verb, first.text, first.by, first.ip, first.company, first.is_internal) == (
        "viewing_started",
        "Hugo Lenoir ouvre le portail de Marc Roux, en lecture seule",
        cast.hugo,
        "127.0.0.1",
        cast.company,
        True,
    )
    assert (last.verb, last.text) == ("viewing_ended", "Hugo Lenoir quitte le portail de Marc Roux")


def test_who_leaves_is_oneself_again(cast, visit):
    assert visit.get("/entreprises/4/fiche/").status_code == 404
    assert visit.post(LEAVE)["Location"] == "/entreprises/4/portail-client/"
    assert visit.get("/entreprises/4/fiche/").status_code == 200
    assert visit.post(LEAVE)["Location"] == "/"  # nothing to leave is no mistake


def test_logging_out_ends_it_too(cast, visit):
    visit.post(LOGOUT)
    assert verbs() == ["viewing_started", "viewing_ended", "logged_out"]
    visit.force_login(cast.hugo)
    assert visit.get("/entreprises/4/fiche/").status_code == 200


def test_a_gesture_is_refused_with_a_page_that_says_so(cast, visit):
    arrive(mail_from("facture@bois.example"))
    address = cast.company.sender_addresses.get()
    with writes() as statements:
        answer = visit.post(f"/entreprises/4/acces-email/{address.pk}/accepter/", {"seen": address.status})
    assert (answer.status_code, statements) == (403, [])
    assert "on regarde sans rien changer : rien n’a été fait" in says(answer)
    address.refresh_from_db()
    assert address.status == "pending"


def test_what_is_the_person_s_own_is_not_shown(cast, visit):
    own = cast.gerant.inbound_addresses.get().address
    arrive(mail_from(cast.gerant.email, to=own, files={"prive.pdf": b"%PDF-1.4 prive"}), own)
    document = cast.gerant.documents.get()
    mail = document.source.mail
    for path in ("/mes-documents/", "/mon-compte/", "/mon-compte/mot-de-passe/", "/travaux/"):
        assert (path, visit.get(path).status_code) == (path, 403)
    for path in (
        f"/documents/{document.pk}/",
        f"/documents/{document.pk}/telecharger/",
        f"/activite/{mail.pk}/",
    ):
        assert (path, visit.get(path).status_code) == (path, 404)
    client = Client()
    client.force_login(cast.gerant)
    assert client.get(f"/documents/{document.pk}/telecharger/").status_code == 200  # the owner's all the same


def test_an_employee_s_space_shows_nothing_of_mes_documents(cast):
    own = cast.lea.inbound_addresses.get().address
    arrive(mail_from(cast.lea.email, to=own, files={"prive.pdf": b"%PDF-1.4 prive"}), own)
    assert cast.lea.documents.count() == 1
    client = Client()
    client.force_login(cast.hugo)
    open_portal(client, cast.lea)
    page = says(client.get("/espace-salarie/"))
    assert "Bonjour Léa" in page
    assert ("prive.pdf" in page, own in page, "Mes documents" in page) == (False, False, False)


def test_another_company_of_the_same_person_stays_out_of_sight(cast):
    """Hugo works on company 4 alone; Marc is a contact of 5 too."""
    five = open_company(cast.martin, "5", "Secret SA", token="")
    give_access(cast.gerant, five, login_code="5", is_admin=True)
    client = Client()
    client.force_login(cast.hugo)
    open_portal(client, cast.gerant)
    for path in ("/entreprises/5/", "/entreprises/5/box/", "/espace/5/"):
        assert (path, client.get(path).status_code) == (path, 404)
    for path in ("/portefeuille/", "/entreprises/", "/approbations/", "/espace/4/"):
        assert (path, "Secret SA" in says(client.get(path))) == (path, False)


def test_the_pages_of_the_firm_are_closed_meanwhile(cast):
    client = Client()
    client.force_login(cast.admin)
    open_portal(client, cast.gerant)
    for path in ("/parametres/", "/emails/", "/activite/", "/taches/", "/demandes/"):
        assert (path, client.get(path).status_code) == (path, 403)


def test_only_open_accesses_of_the_company_and_never_the_firm_s_own_people(cast):
    client = Client()
    client.force_login(cast.hugo)
    give_access(cast.claire, cast.company, login_code="4-claire")
    closed = ClientMember.objects.get(user=cast.compta)
    stories.withdraw(closed, by=cast.admin)
    rows = client.get("/entreprises/4/portail-client/").context["page"].rows
    assert [access.user for access in rows] == [cast.gerant]
    assert open_portal(client, cast.claire).status_code == 404
    assert open_portal(client, cast.compta).status_code == 404
    patron = ClientMember.objects.get(user=cast.patron)
    assert client.post(f"/entreprises/4/portail-client/{patron.pk}/ouvrir/").status_code == 404
    assert verbs() == ["access_withdrawn"]


@pytest.mark.parametrize("role", ["gerant", "compta", "lea", "charlie", "patron"])
def test_whoever_does_not_work_on_the_company_looks_as_nobody(cast, role):
    client = Client()
    client.force_login(getattr(cast, role))
    member = ClientMember.objects.get(user=cast.compta)
    assert client.post(f"/entreprises/4/portail-client/{member.pk}/ouvrir/").status_code == 404
    assert KEY not in client.session


def test_it_ends_after_thirty_minutes_and_nothing_is_written_by_looking(cast, visit):
    kept = visit.session
    kept[KEY] = kept[KEY] | {"since": (timezone.now() - timedelta(minutes=31)).isoformat()}
    kept.save()
    with writes() as statements:
        answer = visit.get("/espace/4/")
    assert (answer.status_code, statements) == (403, [])
    assert "Une visite dure trente minutes au plus." in says(answer)
    assert "Bonjour" not in says(answer)
    visit.post(LEAVE)
    assert HistoryEntry.objects.get(verb="viewing_ended").reason == "Une visite dure trente minutes au plus."
    assert visit.get("/entreprises/4/fiche/").status_code == 200


def test_it_ends_at_the_next_request_once_the_access_is_withdrawn(cast, visit):
    stories.withdraw(ClientMember.objects.get(user=cast.gerant), by=cast.admin)
    answer = visit.get("/espace/4/")
    assert (answer.status_code, "L’accès de cette personne n’est plus ouvert." in says(answer)) == (403, True)


def test_it_ends_once_the_person_joins_the_firm(cast, visit):
    make_staff(cast.gerant)
    assert visit.get("/espace/4/").status_code == 403


def test_it_ends_once_the_collaborateur_leaves_the_company(cast, visit):
    Attachment.objects.filter(staff=cast.hugo.staff).delete()
    answer = visit.get("/espace/4/")
    assert (answer.status_code, "Vous ne travaillez plus sur cette entreprise." in says(answer)) == (
        403,
        True,
    )
    assert visit.post(LEAVE)["Location"] == "/"


def test_it_ends_for_whoever_may_not_log_in_any_more(cast, visit):
    User.objects.filter(pk=cast.hugo.pk).update(is_active=False)
    assert visit.get("/espace/4/")["Location"] == "/connexion/?next=/espace/4/"


def test_another_login_in_the_same_browser_looks_as_nobody(cast, visit):
    visit.force_login(cast.claire)
    assert visit.get("/entreprises/4/fiche/").status_code == 200


def test_a_first_password_still_to_be_changed_is_the_person_s_own_affair(cast):
    User.objects.filter(pk=cast.gerant.pk).update(must_change_password=True)
    client = Client()
    client.force_login(cast.hugo)
    open_portal(client, cast.gerant)
    assert client.get("/espace/4/").status_code == 200


def test_nothing_counts_as_seen_and_nobody_as_logged_in(cast, visit):
    arrive(mail_from(cast.gerant.email, to=IMAGE), IMAGE)
    before = User.objects.get(pk=cast.gerant.pk).last_login
    document = cast.company.documents.get()
    assert visit.get(f"/documents/{document.pk}/telecharger/").status_code == 200
    request = RequestFactory().get("/", headers=BROWSER)
    assert history.seen(request) is True
    request.viewing = visit.get("/espace/4/").wsgi_request.viewing
    assert history.seen(request) is False
    assert User.objects.get(pk=cast.gerant.pk).last_login == before


def test_the_person_s_own_session_is_untouched(cast, visit):
    client = Client()
    assert client.login(email=cast.gerant.email, password=PASSWORD) is True
    assert "lecture seule" not in says(client.get("/espace/4/"))
