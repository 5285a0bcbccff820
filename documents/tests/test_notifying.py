"""From a document in a shared folder to the mail that tells of it: the queue (S3-15 to S3-18, S3-34, D-44)."""

import email
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.policy import default
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.models import Document, Folder, FolderException
from documents.publication.publishing import publish
from documents.publication.sharing import share, withdraw
from documents.tests.lay import filed, said
from mailing.models import Answer, MailStatus, OutboxStatus, OutgoingMail, Source
from mailing.tasks import outbox as send_all
from mailing.tests.test_suppressions import write
from mailing.tests.test_unprepared import answered
from mailing.tracking import events
from notifications.models import (
    Hold,
    LinkTarget,
    Notification,
    NotificationStatus,
    NotificationTemplate,
    Reader,
    TemplateKind,
)
from notifications.queue import leaving, stories
from notifications.tasks import notifications as leave_all
from portal import tasks
from portal.models import ClientMember, Company, Employee, FailedTask, Firm, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

INVOICES, CONTRACTS, QUOTES = "CLIENTS\\Facture\\", "CLIENTS\\Contrat\\", "CLIENTS\\Devis\\"
TO_SIGN, PAYSLIPS, AMENDMENTS = "CLIENTS\\A signer\\Contrat\\", "SALARIES\\Bulletins\\", "SALARIES\\Avenant\\"
BILLING = "factures@moimeme.example"
OF_FIRM = "/parametres/ged/synchroniser/"


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


@pytest.fixture
def office(cast, folders):
    """The cast with addresses on the card, and documents that are told of at once."""
    addresses = {
        "email": "fiche@moimeme.example",
        "billing_email": BILLING,
        "quote_email": "devis@moimeme.example",
    }
    Company.objects.filter(pk=cast.company.pk).update(**addresses)
    set_firm(cast, grouping_minutes=0)
    return cast


def folder(cast, path):
    folders = Folder.objects.filter(firm=cast.martin, company=None).select_related("firm")
    return next(found for found in folders if found.full_path == path)


def set_firm(cast, **values):
    Firm.objects.filter(pk=cast.martin.pk).update(**values)
    for thing in (cast.company, cast.martin):
        thing.refresh_from_db()
    for person in (cast.admin, cast.claire):
        person.firm.refresh_from_db()


def lay(cast, path, *names, employee=None):
    company = Company.objects.get(pk=cast.company.pk)
    return filed(cast.claire, company, folder(cast, path), *names, employee=employee)


def lea(cast):
    return Employee.objects.select_related("user").get(company=cast.company)


def run():
    """All that is due leaves, and what became of it is known."""
    leave_all()
    send_all()
    leave_all()


def over():
    """The time for gathering several in one mail is over."""
    Notification.objects.update(next_attempt_at=timezone.now())


def states():
    rows = Notification.objects.order_by("pk")
    return [(row.title, NotificationStatus(row.status), Hold(row.hold)) for row in rows]


def held():
    leave_all()
    return [hold for _title, _status, hold in states()]


def messages(mail_folder):
    found = [
        email.message_from_bytes(path.read_bytes(), policy=default) for path in mail_folder.glob("*.eml")
    ]
    return sorted(found, key=lambda message: message["Subject"])


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_an_invoice_tells_the_billing_address_and_leads_to_the_statement(office, mail_folder):
    lay(office, INVOICES, "Facture mars.pdf")
    assert states() == [("Facture mars.pdf", NotificationStatus.WAITING, Hold.NONE)]
    leave_all()
    [row] = Notification.objects.select_related("mail")
    assert (row.status, row.mail.status, row.sent_to) == (
        NotificationStatus.WAITING,
        OutboxStatus.QUEUED,
        BILLING,
    )
    send_all()
    leave_all()
    row.refresh_from_db()
    assert (row.status, row.sent_at, row.template) == (NotificationStatus.SENT, row.mail.sent_at, None)
    [message] = messages(mail_folder)
    assert message["To"] == f"Moi Même SARL <{BILLING}>"
    assert "Facture mars.pdf" in text_of(message)
    assert re.findall(r"http://\S+", text_of(message))[0].endswith("/espace/4/releve/")
    leave_all()
    send_all()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "kind", "path_of_link"),
    [
        (INVOICES, TemplateKind.INVOICE, "/espace/4/releve/"),
        (QUOTES, TemplateKind.QUOTE, "/espace/4/devis/"),
        (CONTRACTS, TemplateKind.DOCUMENT, "/espace/4/"),
        (TO_SIGN, TemplateKind.TO_SIGN, "/documents/{}/"),
        (PAYSLIPS, TemplateKind.PAYSLIP, "/espace-salarie/bulletins/"),
        (AMENDMENTS, TemplateKind.TO_SIGN, "/espace-salarie/"),
    ],
)
def test_each_folder_has_its_text_and_its_link(office, path, kind, path_of_link):
    employee = lea(office) if path.startswith("SALARIES") else None
    [document] = lay(office, path, "document.pdf", employee=employee)
    leave_all()
    [row] = Notification.objects.select_related("mail")
    assert row.template_kind == kind
    links = re.findall(r"http://[^/\s]+(\S+)", row.mail.text)
    assert links[0] == path_of_link.format(document.pk)


def test_the_firm_s_own_text_is_used_and_the_row_says_which(office):
    versions = [
        NotificationTemplate.objects.create(
            firm=office.martin,
            reader=Reader.CLIENT,
            kind=TemplateKind.INVOICE,
            version=number,
            subject=f"Version {number} pour #société#",
            body="#document#\n\n#lien#",
        )
        for number in (1, 2)
    ]
    lay(office, INVOICES, "facture.pdf")
    leave_all()
    [row] = Notification.objects.select_related("mail")
    assert (row.template, row.mail.subject) == (versions[1], "Version 2 pour Moi Même SARL")


def test_several_documents_within_the_time_make_one_mail(office):
    set_firm(office, grouping_minutes=5)
    lay(office, INVOICES, "a.pdf", "b.pdf")
    lay(office, TO_SIGN, "contrat.pdf")  # another address
    leave_all()
    assert OutgoingMail.objects.count() == 0
    Notification.objects.filter(title="a.pdf").update(next_attempt_at=timezone.now())
    leave_all()
    [mail] = OutgoingMail.objects.all()
    assert (mail.to_email, "a.pdf et b.pdf" in mail.text) == (BILLING, True)
    assert mail.subject == "Des documents pour Moi Même SARL"
    assert list(mail.notifications.values_list("template_kind", flat=True)) == [TemplateKind.SEVERAL] * 2
    over()
    leave_all()
    assert list(OutgoingMail.objects.order_by("pk").values_list("to_email", flat=True)) == [
        BILLING,
        "fiche@moimeme.example",
    ]


def test_a_firm_that_gathers_none_writes_one_mail_each(office):
    lay(office, INVOICES, "a.pdf", "b.pdf")
    leave_all()
    assert OutgoingMail.objects.count() == 2


def test_several_of_which_each_is_to_be_opened_have_a_link_each(office):
    set_firm(office, grouping_minutes=5)
    one, two = lay(office, TO_SIGN, "un.pdf", "deux.pdf")
    over()
    leave_all()
    links = re.findall(r"http://[^/\s]+(/\S+)", OutgoingMail.objects.get().text)
    assert links[:3] == ["/espace/4/", f"/documents/{one.pk}/", f"/documents/{two.pk}/"]


# Why one waits (D-44): each by what makes it so


def muted(office):
    set_firm(office, mutes_clients=True)


def without_address(office):
    Company.objects.filter(pk=office.company.pk).update(billing_email="")


def blocked(office):
    """An earlier mail to that address came back for good."""
    mail = write(office.martin, to=BILLING)
    events.observe(mail, MailStatus.HARD_BOUNCED, source=Source.PROVIDER)
    mail.delete()


def unsubscribed(office):
    """By the link of a mail that was sent before."""
    lay(office, INVOICES, "avant.pdf")
    leave_all()
    link = re.search(r"http://[^/\s]+(/desabonnement/\S+)", OutgoingMail.objects.get().text)[1]
    assert Client().post(link).status_code == 200
    OutgoingMail.objects.all().delete()
    Notification.objects.all().delete()


def folder_unticked(office):
    Folder.objects.filter(pk=folder(office, INVOICES).pk).update(notifies=False)
    client = Client()
    client.force_login(office.admin)
    client.post(OF_FIRM)


def withdrawn(office):
    withdraw(Document.objects.filter(name="facture.pdf"), by=office.claire)


def thrown_away(office):
    Document.objects.filter(name="facture.pdf").update(trashed_at=timezone.now())


def folder_off_the_portal(office):
    Folder.objects.filter(pk=folder(office, INVOICES).pk).update(published_at=None)


def accesses_withdrawn(office):
    ClientMember.objects.filter(company=office.company).update(is_archived=True)


def unprepared(office):
    answered(office.martin, Answer.NO)


BEFORE = [
    (muted, Hold.MUTED),
    (without_address, Hold.NO_ADDRESS),
    (blocked, Hold.BLOCKED),
    (unsubscribed, Hold.UNSUBSCRIBED),
]
AFTER = [
    *BEFORE[:3],
    (folder_unticked, Hold.SILENT_FOLDER),
    (withdrawn, Hold.NOT_PUBLISHED),
    (thrown_away, Hold.NOT_PUBLISHED),
    (folder_off_the_portal, Hold.NOT_PUBLISHED),
    (accesses_withdrawn, Hold.NO_ACCESS),
]


@pytest.mark.parametrize(("happens", "hold"), BEFORE, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_known_before_is_written_on_the_row_at_once(office, happens, hold):
    happens(office)
    lay(office, INVOICES, "facture.pdf")
    assert states() == [("facture.pdf", NotificationStatus.WAITING, hold)]
    run()
    assert (held(), OutgoingMail.objects.count()) == ([hold], 0)


@pytest.mark.parametrize(("happens", "hold"), AFTER, ids=lambda value: getattr(value, "__name__", ""))
def test_what_happens_after_the_row_was_written_stops_it(office, happens, hold):
    """The folder un-ticked, the document withdrawn, the person deactivated between queue and mail: nobody is written to."""
    set_firm(office, grouping_minutes=5)
    lay(office, INVOICES, "facture.pdf")
    assert held() == [Hold.NONE]
    happens(office)
    over()
    assert (held(), OutgoingMail.objects.count()) == ([hold], 0)


@pytest.mark.parametrize(("happens", "hold"), AFTER, ids=lambda value: getattr(value, "__name__", ""))
def test_a_mail_that_has_not_left_yet_is_taken_back(office, happens, hold):
    """The provider is away, say; what else the mail told of leaves in a new one."""
    set_firm(office, grouping_minutes=5)
    lay(office, INVOICES, "facture.pdf", "autre.pdf")
    over()
    leave_all()
    happens(office)
    assert held() == [Hold.NONE] * 2  # it is about to leave
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    leave_all()
    first, *others = [found for _title, _status, found in states()]
    assert (first, OutgoingMail.objects.earliest("pk").status) == (hold, OutboxStatus.CANCELLED)
    is_only_about_one = happens in (withdrawn, thrown_away)
    assert others == [Hold.NONE if is_only_about_one else hold]
    run()
    assert [mail.text.count("autre.pdf") for mail in OutgoingMail.objects.filter(status="sent")] == (
        [1] if is_only_about_one else []
    )


def test_an_address_that_is_not_prepared_holds_it_without_a_failed_task(office, settings):
    settings.MAIL_OUT = "smtp"
    unprepared(office)
    lay(office, INVOICES, "facture.pdf")
    leave_all()
    assert (held(), OutgoingMail.objects.count(), FailedTask.objects.count()) == ([Hold.UNPREPARED], 0, 0)


def test_published_anew_it_is_already_told_and_forcing_says_it_again(office):
    [document] = lay(office, INVOICES, "facture.pdf")
    run()
    withdraw([document], by=office.claire)
    share([document], by=office.claire)
    run()
    assert [hold for _t, _s, hold in states()] == [Hold.NONE, Hold.ALREADY_TOLD]
    [_first, second] = Notification.objects.order_by("pk").select_related("firm", "mail")
    assert stories.resend([second], by=office.claire) == stories.Resent(
        0, ("« facture.pdf » : déjà notifié",)
    )
    assert held() == [Hold.NONE, Hold.ALREADY_TOLD]
    second.refresh_from_db()
    assert stories.resend([second], by=office.claire, is_forced=True).count == 1
    run()
    assert [status for _t, status, _h in states()] == [NotificationStatus.SENT] * 2
    assert OutgoingMail.objects.count() == 2


def test_a_mail_that_cannot_leave_is_a_failure_that_a_person_repairs(office, settings):
    settings.MAIL_OUT, settings.EMAIL_PORT, settings.EMAIL_HOST = "smtp", 9, "127.0.0.1"
    settings.EMAIL_BACKEND = "mailing.sending.smtp.SmtpBackend"
    lay(office, INVOICES, "facture.pdf")
    for _attempt in range(5):
        leave_all()
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
        send_all()
    assert (held(), FailedTask.objects.open().count()) == ([Hold.FAILED], 1)
    settings.MAIL_OUT, settings.EMAIL_BACKEND = "eml", "mailing.sending.eml.EmlBackend"
    Company.objects.filter(pk=office.company.pk).update(billing_email="autre@moimeme.example")
    [row] = Notification.objects.select_related("firm", "mail", "company")
    assert stories.resend([row], by=office.claire).count == 1
    run()
    row.refresh_from_db()
    assert (row.status, row.sent_to) == (NotificationStatus.SENT, "autre@moimeme.example")
    first = OutgoingMail.objects.earliest("pk")
    assert (first.status, FailedTask.objects.open().count()) == (OutboxStatus.CANCELLED, 0)


def test_a_failed_mail_that_is_sent_again_from_its_page_makes_it_sent(office):
    lay(office, INVOICES, "facture.pdf")
    leave_all()
    OutgoingMail.objects.update(status=OutboxStatus.ERROR)
    assert held() == [Hold.FAILED]
    OutgoingMail.objects.get().retry()
    assert held() == [Hold.NONE]
    run()
    assert states() == [("facture.pdf", NotificationStatus.SENT, Hold.NONE)]


def test_what_waited_leaves_with_the_next_synchroniser(office, client):
    """« Dès la synchro la notification partira sauf cas spécifiques » (S3-34)."""
    without_address(office)
    lay(office, INVOICES, "facture.pdf")
    run()
    Company.objects.filter(pk=office.company.pk).update(billing_email="nouvelle@moimeme.example")
    run()
    assert (held(), OutgoingMail.objects.count()) == ([Hold.NO_ADDRESS], 0)
    client.force_login(office.admin)
    assert client.get(OF_FIRM).context["plan"].notifications == 1
    assert said(client.post(OF_FIRM)) == [("info", "1 notification qui attendait part maintenant.")]
    answers = [said(client.post(OF_FIRM)) for _ in range(9)]
    assert answers == [[("info", "Rien à faire : tout est synchronisé.")]] * 9
    run()
    assert OutgoingMail.objects.get().to_email == "nouvelle@moimeme.example"
    assert states() == [("facture.pdf", NotificationStatus.SENT, Hold.NONE)]


def test_without_the_automatic_mode_synchroniser_sends_at_once_however_many(office, client):
    set_firm(office, publishes_by_itself=False, grouping_minutes=5)
    lay(office, INVOICES, *(f"{number}.pdf" for number in range(5)))
    run()
    assert Notification.objects.count() == 0
    client.force_login(office.admin)
    client.post(OF_FIRM)
    tasks.jobs()
    run()
    assert [status for _t, status, _h in states()] == [NotificationStatus.SENT] * 5
    assert OutgoingMail.objects.count() == 1


def test_by_hand_it_waits_for_synchroniser_where_the_firm_publishes_nothing_by_itself(office, client):
    [document] = lay(office, INVOICES, "facture.pdf")
    run()
    set_firm(office, publishes_by_itself=False)
    Company.objects.filter(pk=office.company.pk).update(billing_email="nouvelle@moimeme.example")
    [row] = Notification.objects.select_related("firm", "mail")
    assert stories.resend([row], by=office.claire, is_forced=True).count == 1
    run()
    assert [status for _t, status, _h in states()] == [NotificationStatus.SENT, NotificationStatus.WAITING]
    client.force_login(office.claire)
    client.post("/entreprises/4/documents/synchroniser/")
    run()
    assert Notification.objects.latest("pk").sent_to == "nouvelle@moimeme.example"


def test_sending_again_without_forcing_is_refused_with_the_reason(office):
    lay(office, INVOICES, "facture.pdf")
    run()
    [row] = Notification.objects.select_related("firm", "mail")
    assert stories.resend([row], by=office.claire) == stories.Resent(0, ("« facture.pdf » : déjà notifié",))
    assert Notification.objects.count() == 1


def test_a_cancelled_one_takes_its_mail_along_and_one_that_left_stays(office):
    lay(office, INVOICES, "a.pdf", "b.pdf")
    first, second = Notification.objects.order_by("pk").select_related("mail")
    assert stories.cancel([first], by=office.claire) == [first]
    leave_all()
    second.refresh_from_db()
    assert stories.cancel([second], by=office.claire) == [second]
    send_all()
    assert [status for _t, status, _h in states()] == [NotificationStatus.CANCELLED] * 2
    assert OutgoingMail.objects.get().status == OutboxStatus.CANCELLED
    assert stories.cancel([first, second], by=office.claire) == []
    lay(office, INVOICES, "c.pdf")
    run()
    [third] = Notification.objects.filter(title="c.pdf").select_related("mail")
    assert stories.cancel([third], by=office.claire) == []


def test_a_mail_about_several_is_cancelled_with_all_of_them_or_not_at_all(office):
    set_firm(office, grouping_minutes=5)
    lay(office, INVOICES, "a.pdf", "b.pdf")
    over()
    leave_all()
    rows = list(Notification.objects.order_by("pk").select_related("mail"))
    assert stories.cancel(rows[:1], by=office.claire) == []
    assert stories.cancel(rows, by=office.claire) == rows
    assert OutgoingMail.objects.get().status == OutboxStatus.CANCELLED


def test_a_failed_mail_about_several_is_given_up_for_a_new_one_about_all(office):
    set_firm(office, grouping_minutes=5)
    lay(office, INVOICES, "a.pdf", "b.pdf")
    over()
    leave_all()
    OutgoingMail.objects.update(status=OutboxStatus.ERROR)
    leave_all()
    first = Notification.objects.select_related("mail", "firm").earliest("pk")
    assert stories.resend([first], by=office.claire).count == 2
    run()
    assert [status for _t, status, _h in states()] == [NotificationStatus.SENT] * 2
    assert [mail.status for mail in OutgoingMail.objects.order_by("pk")] == [
        OutboxStatus.CANCELLED,
        OutboxStatus.SENT,
    ]


def test_a_mail_cancelled_on_its_page_cancels_what_it_told(office):
    from mailing.sending import outbox

    lay(office, INVOICES, "a.pdf")
    leave_all()
    outbox.cancel(OutgoingMail.objects.get(), by=office.claire)
    leave_all()
    assert states() == [("a.pdf", NotificationStatus.CANCELLED, Hold.NONE)]


def test_what_a_person_typed_stays_characters(office):
    Company.objects.filter(pk=office.company.pk).update(name="#lien# <b>=1+1</b>")
    lay(office, INVOICES, "#lien# & fils.pdf")
    leave_all()
    mail = OutgoingMail.objects.get()
    assert ("#lien# &amp; fils.pdf" in mail.html, "<b>=1" in mail.html) == (True, False)
    assert mail.html.count("/espace/4/releve/") == 3  # the button, and the plain link under it


def test_an_employee_hears_at_the_own_address_and_nothing_of_a_folder_that_leaving_closes(office):
    set_firm(office, grouping_minutes=5)
    employee = lea(office)
    lay(office, "SALARIES\\Pointages\\", "pointage.pdf", employee=employee)
    lay(office, PAYSLIPS, "bulletin.pdf", employee=employee)
    Employee.objects.filter(pk=employee.pk).update(left_on=timezone.localdate())
    over()
    leave_all()
    assert [(title, hold) for title, _s, hold in states()] == [
        ("pointage.pdf", Hold.NO_ACCESS),
        ("bulletin.pdf", Hold.NONE),
    ]
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.to_name, "bulletin.pdf" in mail.text) == (
        employee.user.email,
        "Léa Girard",
        True,
    )


@pytest.mark.parametrize(
    "path", ["/documents/{}/", "/documents/{}/telecharger/", "/espace/4/documents/?zip=oui"]
)
def test_opening_one_of_several_documents_says_that_the_mail_was_read(office, client, path):
    """« Envoyé » also says « Ouvert » (D-35)."""
    User.objects.filter(pk=office.gerant.pk).update(email=BILLING)
    set_firm(office, grouping_minutes=5)
    _one, two = lay(office, INVOICES, "a.pdf", "b.pdf")
    over()
    run()
    client.force_login(User.objects.get(pk=office.gerant.pk))
    person = {"user-agent": "Mozilla/5.0 Firefox/140.0"}
    assert client.get(path.format(two.pk), headers=person).status_code == 200
    assert OutgoingMail.objects.get().last_status == "opened"


def test_an_exception_s_cells_say_whom_a_company_s_document_tells(office):
    FolderException.objects.create(
        folder=folder(office, INVOICES),
        company=office.company,
        is_shared=True,
        notifies=True,
        notify_on="main",
        link_target=LinkTarget.DOCUMENT,
    )
    client = Client()
    client.force_login(office.claire)
    client.post("/entreprises/4/documents/synchroniser/")
    lay(office, INVOICES, "facture.pdf")
    leave_all()
    assert OutgoingMail.objects.get().to_email == "fiche@moimeme.example"


def test_many_leave_for_the_same_number_of_questions(office):
    counts = []
    for number in (2, 12):
        lay(office, INVOICES, *(f"{number}-{each}.pdf" for each in range(number)))
        claimed = leaving.claim()
        rows = leaving.with_companions(claimed)
        with CaptureQueriesContext(connection) as asked:
            leaving.examine(rows)
        counts.append(len(asked))
        Notification.objects.all().delete()
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_write_each_mail_once(office):
    documents = lay(office, INVOICES, *(f"{number}.pdf" for number in range(6)))
    assert Notification.objects.count() == len(documents)
    start = Barrier(4)

    def work():
        start.wait()
        try:
            leave_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: work(), range(4)))
    leave_all()
    over()
    leave_all()
    assert OutgoingMail.objects.count() == 6
    assert publish([document.pk for document in documents], timezone.now()) == []
