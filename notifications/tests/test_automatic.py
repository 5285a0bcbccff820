"""Automatic mails: who of the firm receives which, why, at once or once a day; each provoked by what really happens."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from approvals.directory.opening import make_staff
from approvals.models import RequestKind
from approvals.requests import stories as requests
from approvals.requests.stories import Wish
from approvals.senders import intake
from approvals.tasks import LEASE
from mailing.kinds import AUTOMATIC, Audience, MailKind
from mailing.models import Answer, InboundMail, MailStatus, OutboxStatus, OutgoingMail
from mailing.sending import delivery
from mailing.tasks import events as read_posts
from mailing.tests import payloads
from mailing.tests.test_unprepared import answered
from notifications.automatic import letters, sweep
from notifications.automatic.lines import Desk, tell
from notifications.models import AutomaticLine, AutomaticMail
from notifications.tasks import announcements, digests
from portal import failures
from portal.celery import app
from portal.files.keep import path_of
from portal.models import ClientGroup, Company, FailedTask, HistoryEntry
from portal.testing import arrive, mail_from, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SCREEN = "/parametres/communication/"
PARIS = ZoneInfo("Europe/Paris")
CLAIRE, HUGO, GROUP = "claire@martin.example", "hugo@martin.example", "sud@martin.example"
FUNCTIONAL, COMMUNICATION = "compta@martin.example", "contact@martin.example"
TEAM_KINDS = [kind for kind in AUTOMATIC if kind.audience is Audience.TEAM]


# Who receives: kinds × branches × settings


@pytest.fixture
def world(cast):
    """Every branch of the cascade has an address: the gestionnaire Claire, the groupe Sud, and both of the firm."""
    cast.company.manager = cast.claire.staff
    cast.company.group = ClientGroup.objects.create(firm=cast.martin, name="Sud", email=GROUP)
    cast.company.save()
    cast.martin.functional_email = FUNCTIONAL
    cast.martin.save()
    return cast


def without_manager(world):
    world.company.manager = None


def without_group(world):
    without_manager(world)
    world.company.group = None


def without_functional(world):
    without_group(world)
    world.martin.functional_email = ""


def without_any(world):
    without_functional(world)
    world.martin.communication_email = ""


def manager_gone(world):
    world.claire.is_active = False
    world.claire.save()


def manager_unread(world):
    world.claire.email = "noreply@martin.example"
    world.claire.save()


def group_unread(world):
    without_manager(world)
    world.company.group.email_is_unread = True
    world.company.group.save()


def functional_unread(world):
    without_group(world)
    world.martin.functional_is_unread = True


def all_unread(world):
    functional_unread(world)
    world.martin.communication_is_unread = True


def as_it_is(world):
    pass


OF_MANAGER = (CLAIRE, "Vous êtes le gestionnaire de l’entreprise 4.")
OF_GROUP = (GROUP, "Adresse du groupe « Sud », où se trouve l’entreprise 4.")
OF_FUNCTIONAL = (FUNCTIONAL, "Adresse fonctionnelle du cabinet.")
OF_COMMUNICATION = (COMMUNICATION, "Adresse de communication du cabinet.")
BRANCHES = [
    (as_it_is, [OF_MANAGER]),
    (manager_gone, [OF_GROUP]),
    (manager_unread, [OF_GROUP]),
    (without_manager, [OF_GROUP]),
    (group_unread, [OF_FUNCTIONAL]),
    (without_group, [OF_FUNCTIONAL]),
    (functional_unread, [OF_COMMUNICATION]),
    (without_functional, [OF_COMMUNICATION]),
    (all_unread, []),
    (without_any, []),
]
FOLLOWS = " « Personnalisé » n’y nomme personne que ce mail atteigne : il suit « Standard »."
CHOSEN = "Adresse choisie dans « Paramètres de l’e-mail » par Anne Martin."


def configure(client, world, kinds, configuration, *staff, rhythm="at_once"):
    """The administrator saves a row of « Paramètres de l’e-mail », or several, on the page."""
    client.force_login(world.admin)
    page = client.get(SCREEN).context["form"]
    typed = {name: page.addresses[name].value() or "" for name in page.addresses.fields}
    for row in page.rows:
        typed |= {row.form[name].html_name: row.form[name].value() for name in row.form.fields}
    for kind in [kinds] if isinstance(kinds, MailKind) else kinds:
        typed |= {
            f"{kind}-configuration": configuration,
            f"{kind}-recipients": [user.staff.pk for user in staff],
            f"{kind}-rhythm": rhythm,
        }
    assert client.post(SCREEN, typed)["Location"] == SCREEN


@pytest.mark.parametrize(("change", "expected"), BRANCHES)
@pytest.mark.parametrize("setting", ["standard", "nobody chosen", "only who is gone", "two chosen"])
def test_who_receives_and_why(client, world, change, expected, setting):
    make_staff(world.lea)
    if setting != "standard":
        chosen = {"only who is gone": [world.lea], "two chosen": [world.hugo, world.admin]}
        configure(client, world, TEAM_KINDS, "custom", *chosen.get(setting, ()))
    world.lea.is_active = False
    world.lea.save()
    change(world)
    world.martin.save()
    world.company.save()
    if setting == "two chosen":
        expected = [(world.admin.email, CHOSEN), (HUGO, CHOSEN)]
    elif setting != "standard":
        expected = [(email, why + FOLLOWS) for email, why in expected]
    desk, company = Desk(world.martin), Company.objects.get(pk=world.company.pk)
    found = {kind: [(to.email, to.why) for to in desk.receivers(kind, company)] for kind in TEAM_KINDS}
    assert found == dict.fromkeys(TEAM_KINDS, expected)


@pytest.mark.parametrize("kind", TEAM_KINDS)
def test_what_is_about_no_company_begins_at_the_third_branch(world, kind):
    assert [(to.email, to.why) for to in Desk(world.martin).receivers(kind, None)] == [OF_FUNCTIONAL]


def test_hundreds_of_events_ask_the_settings_once(world, django_assert_num_queries):
    many_tasks(world, 3)
    tasks = FailedTask.objects.to_announce().select_related(*sweep.OF_A_COMPANY)
    desk = Desk(world.martin)
    with django_assert_num_queries(3):  # the tasks, the settings, the team
        found = [desk.receivers(MailKind.FAILED_TASK, task.company) for task in tasks]
    assert [to.email for receivers in found for to in receivers] == [CLAIRE] * 3


# Failed tasks


def fail(sender="compta@moimeme.example", to="4.box@martin.depot.localhost"):
    """A mail whose raw file is gone, so that reading it fails five times: a task."""
    [mail] = receive(mail_from(sender), to)
    path_of(mail.raw.key).unlink()
    for _attempt in range(5):
        InboundMail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())
        with pytest.raises(FileNotFoundError):
            intake.process(InboundMail.objects.claim(lease=LEASE))
    return FailedTask.objects.filter(about_id=mail.pk).latest("pk")


def told(kind=None):
    mails = OutgoingMail.objects.order_by("pk")
    return [(mail.kind, mail.to_email) for mail in (mails.filter(kind=kind) if kind else mails)]


def later(**pause):
    return time_machine.travel(timezone.now() + timedelta(**pause))


def test_a_failed_task_is_told_at_once_once_with_where_it_is_and_why(client, world):
    task = fail()
    for _twice in range(2):
        announcements()
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.to_email, mail.to_name) == (MailKind.FAILED_TASK, CLAIRE, "Claire Dupont")
    assert (mail.firm, mail.company) == (world.martin, world.company)
    assert mail.subject == f"Tâches échouées : {task.title} – {task.reason}"
    site = portal_settings.SITE_URL
    footer = f"""Pourquoi ai-je reçu ceci ?
Vous êtes le gestionnaire de l’entreprise 4.
Un administrateur du cabinet peut changer cela dans « Paramètres de l’e-mail » :
{site}{SCREEN}
"""
    assert mail.text.endswith(footer)
    assert f"\n  {site}{task.url}\n" in mail.text
    for link in (f'href="{site}{task.url}"', f'href="{site}{SCREEN}"', "Pourquoi ai-je reçu ceci ?"):
        assert link in mail.html
    task.refresh_from_db()
    assert task.announced_at is not None
    client.force_login(world.claire)
    assert client.get(task.url).status_code == 200


def test_it_goes_to_those_chosen_each_with_the_name_of_who_chose(client, world):
    configure(client, world, MailKind.FAILED_TASK, "custom", world.hugo, world.admin)
    fail()
    announcements()
    assert told() == [(MailKind.FAILED_TASK, world.admin.email), (MailKind.FAILED_TASK, HUGO)]
    assert [CHOSEN in mail.text for mail in OutgoingMail.objects.all()] == [True, True]


def test_a_task_that_was_closed_before_anybody_was_told_is_told_to_nobody(world):
    failures.done(fail(), by=world.claire)
    announcements()
    assert told() == []


def test_a_task_of_no_company_goes_to_the_firm_and_one_of_no_firm_to_nobody(world):
    rows = [OutgoingMail.objects.create(kind=MailKind.INVOICE, to_email=f"{n}@bois.example") for n in (1, 2)]
    failures.report(rows[0], "panne", title="Domaine", firm=world.martin)
    failures.report(rows[1], "panne", title="Webhook", firm=None)
    announcements()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, FUNCTIONAL)]
    assert f"{portal_settings.SITE_URL}/taches/" in OutgoingMail.objects.get(kind=MailKind.FAILED_TASK).text
    assert FailedTask.objects.to_announce().count() == 0


def many_tasks(world, count):
    rows = OutgoingMail.objects.bulk_create(
        OutgoingMail(kind=MailKind.INVOICE, firm=world.martin, to_email=f"{n}@bois.example")
        for n in range(count)
    )
    for row in rows:
        failures.report(
            row, "panne", title=f"Facture {row.to_email}", firm=world.martin, company=world.company
        )


def test_five_hundred_tasks_at_once_are_one_mail_of_twenty(client, world):
    configure(client, world, MailKind.FAILED_TASK, "custom", world.claire, world.hugo)
    many_tasks(world, 520)
    announcements()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, CLAIRE), (MailKind.FAILED_TASK, HUGO)]
    mail = OutgoingMail.objects.filter(kind=MailKind.FAILED_TASK).first()
    assert mail.subject == "Tâches échouées (520)"
    assert (mail.text.count("- 4 · Moi Même SARL : Facture"), "\net 500 autres\n" in mail.text) == (20, True)
    assert AutomaticLine.objects.filter(mail=None).count() == 0


def test_what_comes_within_ten_minutes_waits_for_the_next_mail(world):
    many_tasks(world, 1)
    announcements()
    fail()
    announcements()
    with later(minutes=9):
        announcements()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, CLAIRE)]
    with later(minutes=11):
        announcements()
        announcements()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, CLAIRE)] * 2


def test_the_pause_is_of_one_recipient_and_one_kind(world):
    many_tasks(world, 1)
    announcements()
    other = OutgoingMail.objects.create(kind=MailKind.INVOICE, to_email="a@bois.example")
    failures.report(other, "panne", title="Domaine", firm=world.martin)
    announcements()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, CLAIRE), (MailKind.FAILED_TASK, FUNCTIONAL)]


def test_a_mail_that_tells_of_a_failure_and_fails_itself_is_no_event(world, settings):
    """The firm's domain is not prepared: each mail is stopped, the automatic ones too."""
    settings.MAIL_OUT = "smtp"
    answered(world.martin, Answer.NO)
    arrive(mail_from("facture@bois.example"))  # the request to the approver cannot leave
    first = FailedTask.objects.count()
    for hour in range(4):
        with later(hours=hour):
            announcements()
    stopped = OutgoingMail.objects.filter(kind=MailKind.FAILED_TASK)
    assert [mail.status for mail in stopped] == [OutboxStatus.ERROR]
    assert (FailedTask.objects.count(), FailedTask.objects.to_announce().count()) == (first + 1, 0)


def test_where_nobody_reads_any_address_it_is_written_down(world):
    all_unread(world)
    world.martin.save()
    world.company.save()
    many_tasks(world, 3)
    announcements()
    assert told(MailKind.FAILED_TASK) == []
    assert [entry.text for entry in HistoryEntry.objects.of(world.martin).filter(verb="untold")] == [
        "« Tâches échouées » : 3 mails automatiques n’ont pas de destinataire, aucune adresse n’est lue"
    ]


def test_a_text_of_a_stranger_is_data(world):
    row = OutgoingMail.objects.create(kind=MailKind.INVOICE, to_email="a@bois.example")
    title = "=1+1 <b>{{ firm }}</b>\r\nBcc: tous@bois.example"
    failures.report(row, "panne", title=title, firm=world.martin, company=world.company)
    announcements()
    mail = OutgoingMail.objects.get(kind=MailKind.FAILED_TASK)
    assert mail.subject == "Tâches échouées : =1+1 <b>{{ firm }}</b> Bcc: tous@bois.example – panne"
    assert "&lt;b&gt;{{ firm }}&lt;/b&gt;" in mail.html
    delivery.compose(mail).message()


# E-mails that did not arrive


@pytest.fixture
def post(client, settings):
    """Posts one event of Brevo about a mail to the real door; the worker reads it."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": [payloads.SECRET]}

    def post(mail, name, **more):
        mail.refresh_from_db()
        body = payloads.brevo(mail, name, **more)
        answer = client.post(reverse("mailing:brevo"), body, "application/json", headers=payloads.headers())
        assert answer.status_code == 200
        read_posts()

    return post


def sent(world, kind=MailKind.DOCUMENT, **columns):
    """A mail of `kind` about company 4, which has left."""
    values = {"firm": world.martin, "company": world.company, "to_email": "marc@moimeme.example"} | columns
    mail = OutgoingMail.objects.create(
        kind=kind,
        from_email=COMMUNICATION,
        subject="Votre facture",
        text="Bonjour",
        html="<p>Bonjour</p>",
        **values,
    )
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    return mail


def test_a_hard_bounce_is_told_with_the_page_of_the_mail(client, world, post):
    mail = sent(world)
    announcements()
    assert told(MailKind.DELIVERY_ALARM) == []
    post(mail, "hard_bounce", reason="550 5.1.1 user unknown")
    for _twice in range(2):
        announcements()
    alarm = OutgoingMail.objects.get(kind=MailKind.DELIVERY_ALARM)
    assert (alarm.to_email, alarm.company) == (CLAIRE, world.company)
    assert (
        alarm.subject == "E-mails non remis : marc@moimeme.example, rejeté définitivement – « Votre facture »"
    )
    assert f"{portal_settings.SITE_URL}/emails/{mail.pk}/" in alarm.text
    mail.refresh_from_db()
    assert mail.alarmed_at is not None
    client.force_login(world.claire)
    assert client.get(f"/emails/{mail.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("event", "count"),
    [
        ("hard_bounce", 1),
        ("soft_bounce", 1),
        ("blocked", 1),
        ("invalid_email", 1),
        ("spam", 1),
        ("deferred", 0),
        ("delivered", 0),
        ("unsubscribed", 0),
        ("opened", 0),
    ],
)
def test_which_ends_are_told(world, post, event, count):
    post(sent(world), event)
    announcements()
    assert told(MailKind.DELIVERY_ALARM) == [(MailKind.DELIVERY_ALARM, CLAIRE)] * count


@pytest.mark.parametrize("kind", list(MailKind))
def test_which_kinds_are_told(world, post, kind):
    """Neither mails to the firm's own people nor what the gate answers; all else."""
    mail = sent(world, kind)
    post(mail, "hard_bounce")
    announcements()
    is_told = kind.audience is not Audience.TEAM and not kind.is_answer
    alarms = OutgoingMail.objects.filter(kind=MailKind.DELIVERY_ALARM).exclude(pk=mail.pk)
    assert [alarm.to_email for alarm in alarms] == [CLAIRE] * is_told
    assert OutgoingMail.objects.to_alarm_about().count() == 0


def test_a_mail_of_no_firm_alarms_nobody(world, post):
    post(sent(world, MailKind.PASSWORD_RESET, firm=None, company=None), "hard_bounce")
    announcements()
    assert told(MailKind.DELIVERY_ALARM) == []
    assert OutgoingMail.objects.to_alarm_about().count() == 0


def given_up(world):
    """A mail that no server took in five attempts: a failed task, and « Rejeté temporairement »."""
    mail = OutgoingMail.objects.create(
        firm=world.martin,
        company=world.company,
        kind=MailKind.DOCUMENT,
        to_email="marc@moimeme.example",
        from_email=COMMUNICATION,
        subject="Votre facture",
    )
    failures.give_up(
        mail, "452 4.2.2 mailbox full", title="E-mail non envoyé", firm=mail.firm, company=mail.company
    )
    OutgoingMail.objects.filter(pk=mail.pk).update(last_status=MailStatus.SOFT_BOUNCED)


def test_a_mail_given_up_is_told_as_a_failed_task_and_not_twice(world):
    given_up(world)
    announcements()
    assert told()[1:] == [(MailKind.FAILED_TASK, CLAIRE)]
    assert OutgoingMail.objects.to_alarm_about().count() == 0


def test_but_to_whom_only_the_alarm_goes_it_is_told_as_that(client, world):
    configure(client, world, MailKind.DELIVERY_ALARM, "custom", world.claire, world.hugo)
    given_up(world)
    announcements()
    assert told()[1:] == [(MailKind.DELIVERY_ALARM, HUGO), (MailKind.FAILED_TASK, CLAIRE)]


def test_five_hundred_bounces_are_one_mail(world):
    sent_at = timezone.now()
    OutgoingMail.objects.bulk_create(
        OutgoingMail(
            firm=world.martin,
            company=world.company,
            kind=MailKind.DOCUMENT,
            to_email=f"{n}@bois.example",
            status=OutboxStatus.SENT,
            sent_at=sent_at,
            last_status=MailStatus.HARD_BOUNCED,
        )
        for n in range(510)
    )
    announcements()
    assert told(MailKind.DELIVERY_ALARM) == [(MailKind.DELIVERY_ALARM, CLAIRE)]
    assert OutgoingMail.objects.to_alarm_about().count() == 0


def test_the_mails_to_alarm_about_are_found_by_their_index(world):
    if connection.vendor != "sqlite":
        pytest.skip("so small a table is read whole elsewhere")
    assert "mails_to_alarm_about" in OutgoingMail.objects.to_alarm_about().explain()


# Requests of users


def ask(world, name="Julie Roux"):
    wish = Wish(RequestKind.CONTACT, name, f"{name.split()[0].lower()}@moimeme.example")
    return requests.ask(world.company, wish, by=world.gerant)


def test_a_request_is_told_at_once_with_its_own_words(client, world):
    configure(client, world, MailKind.USER_REQUEST, "custom", world.hugo)
    asked = ask(world)
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.to_email, mail.about) == (MailKind.USER_REQUEST, HUGO, asked)
    assert f"Pourquoi ai-je reçu ceci ?\n{CHOSEN}\n" in mail.text
    assert AutomaticLine.objects.count() == 0


def test_every_request_is_told_though_another_was_just_before(world):
    ask(world)
    ask(world, "Paul Roux")
    assert told() == [(MailKind.USER_REQUEST, CLAIRE)] * 2


# Once a day


def at(hour, minute=0, day=12):
    return time_machine.travel(datetime(2026, 11, day, hour, minute, tzinfo=PARIS), tick=False)


def daily(client, world, kind, *staff):
    configure(client, world, kind, "custom" if staff else "standard", *staff, rhythm="daily")


def test_the_mail_of_the_day_leaves_after_seven_with_what_happened_until_then(client, world):
    with at(18, day=11):
        daily(client, world, MailKind.USER_REQUEST, world.claire, world.hugo)
        asked = [ask(world), ask(world, "Paul Roux")]
    with at(6, 59):
        digests()
        announcements()
    assert told() == []
    with at(7):
        ask(world, "Zoé Roux")  # for tomorrow
        for _again in range(2):
            digests()
            announcements()
    assert told() == [(MailKind.USER_REQUEST, CLAIRE), (MailKind.USER_REQUEST, HUGO)]
    mail = OutgoingMail.objects.first()
    assert mail.subject == "Demandes des utilisateurs, le point du 12 novembre 2026 (2)"
    assert [f"{portal_settings.SITE_URL}{request.get_absolute_url()}" in mail.text for request in asked] == [
        True,
        True,
    ]
    assert "- 4 · Moi Même SARL : Marc Roux demande : Nouveau contact – Julie Roux\n" in mail.text
    with at(23):
        digests()
    assert len(told()) == 2
    with at(7, 1, day=13):
        digests()
    assert told()[2:] == [(MailKind.USER_REQUEST, CLAIRE), (MailKind.USER_REQUEST, HUGO)]


def test_what_was_down_at_seven_is_made_good_the_same_day(client, world):
    with at(18, day=11):
        daily(client, world, MailKind.FAILED_TASK)
        many_tasks(world, 3)
        announcements()
    with at(16, 1):
        digests()
    assert told(MailKind.FAILED_TASK) == [(MailKind.FAILED_TASK, CLAIRE)]


@pytest.mark.parametrize(("day", "utc_hour"), [(10, 6), (10, 5)])
def test_seven_is_the_hour_of_paris_in_summer_too(client, world, day, utc_hour):
    """In July seven in Paris is five in UTC; in November six."""
    month = 11 if utc_hour == 6 else 7
    seven = datetime(2026, month, day, utc_hour, tzinfo=ZoneInfo("UTC"))
    with time_machine.travel(seven - timedelta(hours=9), tick=False):
        daily(client, world, MailKind.USER_REQUEST)
        ask(world)
    with time_machine.travel(seven - timedelta(seconds=1), tick=False):
        digests()
    assert told() == []
    with time_machine.travel(seven, tick=False):
        digests()
    assert told() == [(MailKind.USER_REQUEST, CLAIRE)]


def test_alarms_once_a_day(client, world, post):
    with at(18, day=11):
        daily(client, world, MailKind.DELIVERY_ALARM)
        for to in ("marc@moimeme.example", "sophie@moimeme.example"):
            post(sent(world, to_email=to), "hard_bounce")
            announcements()
    assert told(MailKind.DELIVERY_ALARM) == []
    with at(7, 1):
        digests()
    mail = OutgoingMail.objects.get(kind=MailKind.DELIVERY_ALARM)
    assert mail.subject == "E-mails non remis, le point du 12 novembre 2026 (2)"


def test_back_to_at_once_what_waited_leaves_at_the_next_sweep(client, world):
    daily(client, world, MailKind.USER_REQUEST)
    ask(world)
    configure(client, world, MailKind.USER_REQUEST, "standard")
    announcements()
    assert told() == [(MailKind.USER_REQUEST, CLAIRE)]


def test_whoever_leaves_before_the_mail_of_the_day_hears_nothing_and_others_hear_it_instead(client, world):
    with at(18, day=11):
        daily(client, world, MailKind.USER_REQUEST, world.claire, world.hugo)
        ask(world)
        configure(client, world, MailKind.USER_REQUEST, "custom", world.claire, world.admin, rhythm="daily")
        world.claire.is_active = False
        world.claire.save()
    for day in (12, 13):
        with at(7, 1, day=day):
            digests()
    assert sorted(told()) == [(MailKind.USER_REQUEST, world.admin.email), (MailKind.USER_REQUEST, HUGO)]


# Who reads requests of approval along


def test_readers_of_a_request_are_told_why_at_once_or_once_a_day(client, world):
    configure(client, world, MailKind.APPROVAL_REQUEST, "custom", world.hugo)
    arrive(mail_from("facture@bois.example"))
    copy = OutgoingMail.objects.get(to_email=HUGO)
    assert f"Pourquoi ai-je reçu ceci ?\n{CHOSEN}\n" in copy.text
    with at(18, day=11):
        daily(client, world, MailKind.APPROVAL_REQUEST, world.hugo)
        for number in range(3):
            arrive(mail_from("devis@bois.example", subject=f"envoi {number}"))
    with at(7, 1):
        digests()
    mail = OutgoingMail.objects.filter(to_email=HUGO).latest("pk")
    decided = "- 4 · Moi Même SARL : devis@bois.example – décision demandée à Marc Roux\n"
    assert (mail.subject, mail.text.count(decided), "/acces-email/" in mail.text) == (
        "Demande d’approbation, le point du 12 novembre 2026",
        1,
        False,
    )
    assert "Pourquoi" not in OutgoingMail.objects.filter(to_email=world.gerant.email).latest("pk").text


# Kinds whose rooms come later


@pytest.mark.parametrize("kind", [MailKind.CLIENT_MESSAGE, MailKind.VAT_COMPLETE, MailKind.RETENTION_NOTICE])
def test_kinds_whose_rooms_come_later_are_told_by_the_same_call(client, world, kind):
    tell(kind, world.martin, world.company, text="Il s’est passé quelque chose", path="/taches/")
    announcements()
    assert told() == [(kind, CLAIRE)]
    client.force_login(world.admin)
    assert client.get(SCREEN).content.decode().count("pas encore d’événement") == 3


# Killed, run twice, run at once


def killed(work):
    """`work` is done, and its process dies before anything is committed."""
    with contextlib.suppress(SystemExit), transaction.atomic():
        work()
        raise SystemExit


def test_a_sweep_that_is_killed_has_told_nothing_or_all(world):
    fail()
    killed(sweep.sweep)
    assert (AutomaticLine.objects.count(), FailedTask.objects.to_announce().count()) == (0, 1)
    sweep.sweep()  # and killed before a letter is written
    killed(partial(letters.send_soon, timezone.now()))
    assert (told(), AutomaticLine.objects.filter(mail=None).count()) == ([], 1)
    for _again in range(2):
        announcements()
    assert told() == [(MailKind.FAILED_TASK, CLAIRE)]


def test_one_letter_that_cannot_be_written_stops_no_other(world):
    tell(MailKind.VAT_COMPLETE, world.martin, world.company, text="prêt")
    AutomaticLine.objects.update(to_email="pas une adresse")
    fail()
    announcements()
    assert told() == [(MailKind.FAILED_TASK, CLAIRE)]


def at_once(work, times=4):
    start = Barrier(times)

    def one(_number):
        start.wait()
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_tell_of_each_task_once(client, world):
    configure(client, world, MailKind.FAILED_TASK, "custom", world.claire, world.hugo)
    many_tasks(world, 30)
    at_once(announcements)
    with later(minutes=11):
        announcements()
    assert AutomaticLine.objects.filter(mail=None).count() == 0
    lines = AutomaticLine.objects.values_list("to_email", "text")
    assert (lines.count(), lines.distinct().order_by("to_email", "text").count()) == (60, 60)
    by_person = [email for _kind, email in told(MailKind.FAILED_TASK)]
    assert {email: by_person.count(email) <= 2 for email in by_person} == {CLAIRE: True, HUGO: True}


@pytest.mark.django_db(transaction=True)
def test_four_clocks_at_once_write_one_mail_of_the_day(client, world):
    with at(18, day=11):
        daily(client, world, MailKind.USER_REQUEST)
        ask(world)
    with at(7, 1):
        at_once(digests)
    assert told() == [(MailKind.USER_REQUEST, CLAIRE)]


def test_the_clock_knows_both():
    clock = {entry["task"]: entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}
    assert (clock["announcements"], clock["digests"]) == ("events", "events")


# The screen


def test_the_rhythm_is_saved_and_written_down_beside_the_recipients(client, world):
    daily(client, world, MailKind.FAILED_TASK, world.hugo)
    configure(client, world, MailKind.FAILED_TASK, "custom", world.hugo)
    row = AutomaticMail.objects.get()
    assert (row.is_custom, row.is_digest) == (True, False)
    assert [entry.text for entry in HistoryEntry.objects.of(world.martin).order_by("pk")] == [
        "Anne Martin change les destinataires de « Tâches échouées » – Personnalisé : Hugo Lenoir",
        "Anne Martin change l’envoi de « Tâches échouées » – une fois par jour",
        "Anne Martin change l’envoi de « Tâches échouées » – aussitôt",
    ]
