"""Requests of client administrators about their users: asked, seen, decided once (S1-14)."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from approvals.models import RequestKind, RequestStatus, UserRequest
from approvals.requests import stories
from approvals.requests.stories import MOST, Wish
from mailing.models import Answer, OutgoingMail
from mailing.tests.test_unprepared import answered
from notifications.models import AutomaticMail
from portal import waiting
from portal.models import ClientMember, Employee, HistoryEntry, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIST = "/entreprises/4/acces/demandes/"
JULIE = {
    "kind": "contact",
    "name": "Julie Roux",
    "email": "Julie@moimeme.example",
    "comment": "Notre assistante",
}


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def ask(cast, **typed):
    """The client administrator asks, on the page; the request, or None where the form is shown again."""
    before = UserRequest.objects.count()
    answer = logged_in(cast.gerant).post(f"{LIST}nouvelle/", JULIE | typed)
    assert answer.status_code == (302 if UserRequest.objects.count() > before else 200)
    return UserRequest.objects.order_by("-pk").first() if answer.status_code == 302 else None


def granted(asked, **corrected):
    typed = {"kind": asked.kind, "name": asked.name, "email": asked.email, "matricule": asked.matricule}
    return typed | corrected


def path_of(asked, gesture=""):
    return f"{LIST}{asked.pk}/{gesture}"


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def status(asked):
    return UserRequest.objects.get(pk=asked.pk).badge


def mails():
    return [(mail.kind, mail.to_email) for mail in OutgoingMail.objects.order_by("pk")]


def test_what_is_asked_is_seen_by_staff_where_they_decide(cast):
    asked = ask(cast)
    assert (asked.kind_of, asked.name, asked.email, asked.by, asked.company) == (
        RequestKind.CONTACT,
        "Julie Roux",
        "julie@moimeme.example",
        cast.gerant,
        cast.company,
    )
    for user in (cast.admin, cast.hugo):
        assert logged_in(user).get("/demandes/").context["page"].rows == [asked]
        assert logged_in(user).get(LIST).context["page"].rows == [asked]
        assert waiting.totals(user) == (1, 0)
    [waits] = waiting.for_companies(cast.hugo, [cast.company])[cast.company.pk]
    assert (waits.label, waits.count, waits.url) == ("Demandes d’utilisateurs", 1, LIST)
    assert waiting.totals(cast.gerant) == (0, 0)


def test_the_mail_follows_the_cascade_or_goes_to_those_chosen(cast):
    cast.company.manager = cast.claire.staff
    cast.company.save()
    ask(cast)
    AutomaticMail.objects.create(firm=cast.martin, kind="user_request", is_custom=True).recipients.set(
        [cast.hugo.staff]
    )
    ask(cast, name="Paul Roux", email="paul@moimeme.example")
    assert mails() == [("user_request", cast.claire.email), ("user_request", cast.hugo.email)]
    assert LIST in OutgoingMail.objects.earliest("pk").text


def test_accepting_gives_the_access_the_welcome_and_the_answer(cast):
    asked = ask(cast, is_admin="on")
    answer = logged_in(cast.hugo).post(path_of(asked), granted(asked, is_admin="on"))
    assert answer["Location"] == path_of(asked)
    access = ClientMember.objects.get(user__email="julie@moimeme.example")
    assert (access.company, access.is_admin, access.is_open, access.notified_to) == (
        cast.company,
        True,
        True,
        "julie@moimeme.example",
    )
    assert mails()[1:] == [
        ("request_answer", cast.gerant.email),
        ("welcome", "julie@moimeme.example"),
        ("welcome", "contact@martin.example"),
    ]
    page = logged_in(cast.gerant).get(path_of(asked)).content.decode()
    assert ("Acceptée" in page, "par Hugo Lenoir" in page) == (True, True)
    assert waiting.totals(cast.hugo) == (0, 0)
    entry = HistoryEntry.objects.get(verb="user_request_accepted")
    assert (entry.by, entry.journal, entry.company) == (cast.hugo, "access", cast.company)


def test_an_employee_is_created_as_one_and_corrected_before(cast):
    asked = ask(cast, kind="employee", name="Zoe Petit", email="", matricule="012", is_admin="on")
    assert asked.is_admin is False
    logged_in(cast.hugo).post(path_of(asked), granted(asked, name="Zoé Petit", matricule="12"))
    employee = Employee.objects.get(matricule="12")
    assert (employee.user.name, employee.is_authorised) == ("Zoé Petit", True)


def test_without_an_address_the_access_stands_and_the_way_on_is_said(cast):
    asked = ask(cast, kind="employee", name="Zoé Petit", email="", matricule="012")
    answer = logged_in(cast.hugo).post(path_of(asked), granted(asked))
    assert [words.split(" : ")[0] for words in said(answer)] == [
        "La demande est acceptée, et la personne qui l’a faite en est prévenue.",
        "Zoé Petit n’a pas d’adresse e-mail",
    ]
    assert Employee.objects.get(matricule="012").is_open is True


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "pas une adresse"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"kind": "employee"}, "matricule"),
        ({"kind": "employee", "matricule": "é"}, "matricule"),
        ({"kind": "change"}, "kind"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(cast, typed, field):
    answer = logged_in(cast.gerant).post(f"{LIST}nouvelle/", JULIE | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert "Notre assistante" in answer.content.decode()
    assert UserRequest.objects.count() == 0


def test_an_address_active_elsewhere_is_said_with_its_remedy_and_nothing_is_done(cast):
    """S1-09, S1-10: an alias of the same address, typed in its place, goes through."""
    asked = ask(cast, email=cast.patron.email)
    people = User.objects.count()
    answer = logged_in(cast.hugo).post(path_of(asked), granted(asked))
    [error] = answer.context["form"].errors["email"]
    assert error.startswith("L’adresse patron@vier.example est déjà utilisée sur le portail") is True
    assert ("Peeters" in answer.content.decode(), status(asked)) == (False, RequestStatus.PENDING)
    assert (User.objects.count(), mails()) == (people, [("user_request", "contact@martin.example")])
    logged_in(cast.hugo).post(path_of(asked), granted(asked, email="patron+martin@vier.example"))
    assert ClientMember.objects.get(user__email="patron+martin@vier.example").is_open is True


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"email": "gerant@moimeme.example"}, "Marc Roux est déjà un contact de cette entreprise."),
        ({"kind": "employee", "matricule": "007"}, "Ce matricule est déjà pris dans cette entreprise."),
    ],
)
def test_what_the_directory_refuses_is_said_and_nothing_is_done(cast, typed, refusal):
    asked = ask(cast)
    answer = logged_in(cast.hugo).post(path_of(asked), granted(asked, **typed))
    assert (answer.context["form"].non_field_errors(), status(asked)) == ([refusal], RequestStatus.PENDING)
    assert User.objects.filter(name="Julie Roux").count() == 0


def test_a_sender_that_is_not_prepared_is_told_once_and_the_access_stands(cast, settings):
    settings.MAIL_OUT = "smtp"
    asked = ask(cast)
    answered(cast.martin, Answer.NO)
    answer = logged_in(cast.hugo).post(path_of(asked), granted(asked))
    told = [words for words in said(answer) if "correctement préparée" in words]
    assert len(told) == 1
    assert (status(asked), ClientMember.objects.get(user__name="Julie Roux").is_open) == (
        RequestStatus.ACCEPTED,
        True,
    )


def test_a_firm_that_publishes_by_hand_announces_when_it_does(cast):
    cast.martin.publishes_by_itself = False
    cast.martin.save()
    asked = ask(cast)
    logged_in(cast.hugo).post(path_of(asked), granted(asked))
    access = ClientMember.objects.get(user__name="Julie Roux")
    assert (access.is_authorised, access.is_open, access.notify_wanted) == (True, False, True)
    assert [kind for kind, _to in mails()] == ["user_request", "request_answer"]


def test_a_refusal_has_a_reason_that_the_asker_reads(cast):
    asked = ask(cast)
    logged_in(cast.hugo).post(path_of(asked, "refuser/"), {"reason": ""})
    assert status(asked) == RequestStatus.PENDING
    logged_in(cast.hugo).post(path_of(asked, "refuser/"), {"reason": "Appelez-nous d’abord"})
    assert status(asked) == RequestStatus.REFUSED
    assert "Appelez-nous d’abord" in logged_in(cast.gerant).get(path_of(asked)).content.decode()
    answer = OutgoingMail.objects.get(kind="request_answer")
    assert (answer.to_email, "Appelez-nous d’abord" in answer.text) == (cast.gerant.email, True)


def test_who_administers_the_company_no_more_hears_nothing(cast):
    asked = ask(cast)
    cast.gerant.client_memberships.update(is_admin=False)
    logged_in(cast.hugo).post(path_of(asked, "refuser/"), {"reason": "Non"})
    assert OutgoingMail.objects.filter(kind="request_answer").count() == 0


def test_a_change_is_asked_in_words_and_done_by_the_firm(cast):
    typed = {"person": cast.compta.pk, "comment": "Nouvelle adresse : s@roux.example"}
    logged_in(cast.gerant).post(f"{LIST}modification/", typed)
    asked = UserRequest.objects.get()
    assert (asked.person, asked.name, asked.comment) == (cast.compta, "Sophie Roux", typed["comment"])
    logged_in(cast.hugo).post(path_of(asked), {"note": "Fait ce matin"})
    assert (status(asked), UserRequest.objects.get().reason) == (RequestStatus.ACCEPTED, "Fait ce matin")
    assert ClientMember.objects.filter(company=cast.company).count() == 2


def test_a_change_is_about_people_of_the_company_alone(cast):
    for stranger in (cast.patron, cast.hugo):
        answer = logged_in(cast.gerant).post(
            f"{LIST}modification/", {"person": stranger.pk, "comment": "Partir"}
        )
        assert list(answer.context["form"].errors) == ["person"]


def test_whoever_asked_takes_it_back_and_nobody_else(cast):
    asked = ask(cast)
    assert logged_in(cast.hugo).post(path_of(asked, "retirer/")).status_code == 404
    logged_in(cast.gerant).post(path_of(asked, "retirer/"))
    assert status(asked) == RequestStatus.WITHDRAWN


def test_the_first_decision_wins_and_the_second_reads_whose_it_was(cast):
    asked = ask(cast)
    logged_in(cast.hugo).post(path_of(asked, "refuser/"), {"reason": "Non"})
    answer = logged_in(cast.claire).post(path_of(asked), granted(asked))
    assert said(answer) == ["Demande déjà traitée par Hugo Lenoir : refusée."]
    assert User.objects.filter(name="Julie Roux").count() == 0
    stale = UserRequest.objects.get(pk=asked.pk)
    stale.status = RequestStatus.PENDING  # what another window shows
    with pytest.raises(stories.AlreadyDecided):
        stories.withdraw(stale, by=cast.gerant)


@pytest.mark.parametrize("role", ["compta", "lea", "patron", "charlie"])
def test_nobody_else_asks_or_decides(cast, role):
    asked = ask(cast)
    client = logged_in(getattr(cast, role))
    if role in ("compta", "lea"):
        assert client.get(LIST).status_code == 404
        assert client.post(f"{LIST}nouvelle/", JULIE).status_code == 404
    assert client.post(path_of(asked), granted(asked)).status_code == 404
    assert client.post(path_of(asked, "refuser/"), {"reason": "Non"}).status_code == 404
    assert (status(asked), UserRequest.objects.count()) == (RequestStatus.PENDING, 1)


def test_the_asker_does_not_decide(cast):
    asked = ask(cast)
    assert logged_in(cast.gerant).post(path_of(asked), granted(asked)).status_code == 404
    assert status(asked) == RequestStatus.PENDING


def test_staff_give_accesses_themselves(cast):
    assert logged_in(cast.hugo).get(f"{LIST}nouvelle/").status_code == 404


def test_one_person_cannot_flood(cast):
    wish = Wish(RequestKind.CONTACT, "Julie Roux", "julie@moimeme.example")
    for _number in range(MOST):
        stories.withdraw(stories.ask(cast.company, wish, by=cast.gerant), by=cast.gerant)
    answer = logged_in(cast.gerant).post(f"{LIST}nouvelle/", JULIE)
    assert said(answer) == [
        "Vous avez déjà 20 demandes en cours. Attendez la réponse du cabinet, ou appelez-le."
    ]
    assert UserRequest.objects.count() == MOST


def test_hidden_fields_are_ignored(cast):
    """T36."""
    asked = ask(cast, status="accepted", company=cast.vier.pk, by=cast.admin.pk)
    assert (asked.badge, asked.company, asked.by) == (RequestStatus.PENDING, cast.company, cast.gerant)


def test_the_export_quotes_what_a_client_typed(cast):
    ask(cast, name="=cmd|' /C calc'!A0")
    page = logged_in(cast.hugo).get("/demandes/?export=csv")
    assert "'=cmd" in b"".join(page).decode("utf-8-sig")
