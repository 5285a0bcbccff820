"""« Notifications »: who was told of what, why one waits, « Renvoyer », « Annuler », « Notification forcée » (D-44)."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals.directory.opening import open_company
from documents.filing import trash
from documents.models import Folder
from documents.tests.lay import filed, said
from mailing.models import MailStatus, OutboxStatus, OutgoingMail, Source, Suppression, SuppressionReason
from mailing.tasks import outbox
from mailing.tracking import events
from notifications.history.why import WHY
from notifications.models import Hold, Notification, NotificationStatus, NotificationTemplate
from notifications.tasks import notifications
from portal.models import ClientMember, Company, Firm, HistoryEntry, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAGE = "/notifications/"
SELECTION = "/notifications/selection/"
INVOICES, PAYSLIPS = "CLIENTS\\Facture\\", "SALARIES\\Bulletins\\"
OLD, NEW = "factures@moimeme.example", "compta@ailleurs.example"
READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def house(cast, folders):
    """Each notification leaves by itself as soon as the queue turns; the company has its addresses."""
    Firm.objects.update(grouping_minutes=0)
    write_card(cast, email="fiche@moimeme.example", billing_email=OLD)
    return renewed(cast)


def renewed(cast):
    """The people of the cast with their firm as it is now."""
    for person in (cast.admin, cast.claire, cast.hugo):
        person.firm.refresh_from_db()
    cast.company.refresh_from_db()
    cast.martin.refresh_from_db()
    return cast


def write_card(cast, **columns):
    Company.objects.filter(pk=cast.company.pk).update(**columns)
    cast.company.refresh_from_db()


def by_hand():
    Firm.objects.update(publishes_by_itself=False)


def lay(cast, folders, *names):
    return filed(cast.claire, cast.company, folders[INVOICES], *names)


def leave():
    """The queues turn once: what may leave is written, sent, and said to be sent."""
    notifications()
    outbox()
    notifications()


def window(person):
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def states():
    return {row.title: (row.status, row.sent_to) for row in Notification.objects.order_by("pk")}


def listed(client, **query):
    """What the list says of each: title to state and what it waits for."""
    return {
        told.row.title: (str(told.status.label), told.waits)
        for told in client.get(PAGE, query).context["rows"]
    }


def choose(client, gesture, *rows, **more):
    return client.post(SELECTION, {"geste": gesture, "choix": [row.pk for row in rows], **more})


def test_it_says_who_was_told_of_what_where_and_what_became_of_it(house, folders):
    lay(house, folders, "partie.pdf")
    leave()
    write_card(house, billing_email="")
    lay(house, folders, "sans-adresse.pdf")
    write_card(house, billing_email=NEW)
    Firm.objects.update(grouping_minutes=5)
    renewed(house)
    lay(house, folders, "attend.pdf")
    rows = {told.row.title: told for told in window(house.claire).get(PAGE).context["rows"]}
    assert {title: (told.status.label, told.address, told.why_address) for title, told in rows.items()} == {
        "partie.pdf": ("Envoyé", OLD, "Email facturation de la fiche"),
        "sans-adresse.pdf": ("En attente", NEW, "Email facturation de la fiche"),
        "attend.pdf": ("En attente", NEW, "Email facturation de la fiche"),
    }
    # The card was filled in since: nothing holds it any more, and nobody has let it go yet.
    assert rows["sans-adresse.pdf"].waits == "part à la prochaine synchronisation"
    assert re.fullmatch(r"part (le .+ )?à \d\d:\d\d", rows["attend.pdf"].waits)
    assert (rows["partie.pdf"].waits, rows["partie.pdf"].text) == ("", "Facture, texte du portail")
    assert rows["partie.pdf"].followed is None
    mail = rows["partie.pdf"].row.mail
    events.observe(
        mail, MailStatus.HARD_BOUNCED, source=Source.REPORT, detail="", identity=("essai", mail.pk)
    )
    told = window(house.claire).get(PAGE, {"suivi": "rejetees"}).context["rows"]
    assert [(one.status.label, one.followed.label) for one in told] == [("Envoyé", "Rejeté définitivement")]
    page = window(house.claire).get(PAGE).content.decode()
    assert f"/emails/{rows['partie.pdf'].row.mail_id}/" in page


def test_the_firm_s_own_text_is_named_with_its_version(house, folders):
    NotificationTemplate.objects.create(
        firm=house.martin, reader="client", kind="invoice", version=3, subject="Facture", body="#lien#"
    )
    lay(house, folders, "a.pdf")
    leave()
    [told] = window(house.claire).get(PAGE).context["rows"]
    assert told.text == "Facture, version 3"


@pytest.fixture
def three(house, folders):
    """One that was sent and opened, one that has no address, one that was cancelled."""
    write_card(house, billing_email=house.gerant.email)
    lay(house, folders, "ouverte.pdf")
    leave()
    mail = OutgoingMail.objects.get()
    window(house.gerant).get(f"/documents/{mail.about_id}/telecharger/", headers=READER)
    write_card(house, billing_email="")
    lay(house, folders, "sans-adresse.pdf", "annulee.pdf")
    window(house.claire).post(f"{PAGE}{Notification.objects.get(title='annulee.pdf').pk}/annuler/")
    return {row.title: row for row in Notification.objects.all()}


def test_filters_search_and_export(house, three):
    client = window(house.claire)
    assert listed(client) == {
        "ouverte.pdf": ("Envoyé", ""),
        "sans-adresse.pdf": ("En attente", "adresse absente"),
        "annulee.pdf": ("Annulé", ""),
    }
    assert [
        sorted(listed(client, **query))
        for query in (
            {"etat": "sent"},
            {"etat": "cancelled"},
            {"motif": "no_address"},
            {"motif": "muted"},
            {"suivi": "ouvertes"},
            {"suivi": "rejetees"},
            {"entreprise": "4"},
            {"q": house.gerant.email},
            {"q": "adresse.pdf"},
            {"date_du": "2999-01-01"},
        )
    ] == [
        ["ouverte.pdf"],
        ["annulee.pdf"],
        ["sans-adresse.pdf"],
        [],
        ["ouverte.pdf"],
        [],
        ["annulee.pdf", "ouverte.pdf", "sans-adresse.pdf"],
        ["ouverte.pdf"],
        ["sans-adresse.pdf"],
        [],
    ]
    counts = [(str(chip.label), str(chip.count)) for chip in client.get(PAGE).context["page"].chips[0]]
    assert counts == [("Toutes", "3"), ("En attente", "1"), ("Envoyées", "1"), ("Annulées", "1")]
    Notification.objects.filter(title="annulee.pdf").update(title="=1+1")
    file = b"".join(client.get(PAGE, {"export": "csv"}).streaming_content).decode("utf-8-sig")
    lines = {line["Document"]: line for line in csv.DictReader(io.StringIO(file), delimiter=";")}
    assert {name: (line["État"], line["Motif"], line["Destinataire"]) for name, line in lines.items()} == {
        "ouverte.pdf": ("Envoyé", "", house.gerant.email),
        "sans-adresse.pdf": ("En attente", "adresse absente", ""),
        "'=1+1": ("Annulé", "", ""),
    }
    assert lines["ouverte.pdf"]["Suivi de l’e-mail"] == "Ouvert"


def test_the_company_brings_its_menu_and_its_own_synchronise(house, three):
    answers = {
        person: window(getattr(house, person)).get(PAGE, {"entreprise": "4"}).context["publish_url"]
        for person in ("admin", "claire")
    }
    assert answers == dict.fromkeys(answers, "/entreprises/4/documents/synchroniser/")
    whole = {
        person: window(getattr(house, person)).get(PAGE).context["publish_url"]
        for person in ("admin", "claire")
    }
    assert whole == {"admin": "/parametres/ged/synchroniser/", "claire": ""}


def test_cancelled_before_it_leaves_and_refused_after(house, folders):
    lay(house, folders, "partie.pdf")
    leave()
    lay(house, folders, "retenue.pdf")
    rows = Notification.objects.order_by("pk")
    answer = choose(window(house.claire), "annuler", *rows)
    assert said(answer) == [
        ("success", "1 notification est annulée : elle ne partira pas."),
        ("info", "1 notification n’est pas annulée – « partie.pdf » : elle est déjà partie."),
    ]
    leave()
    assert states() == {"partie.pdf": ("sent", OLD), "retenue.pdf": ("cancelled", "")}
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == [OLD]
    row = Notification.objects.get(title="retenue.pdf")
    assert row.cancelled_by == house.claire
    assert [entry.text for entry in HistoryEntry.objects.of(row)] == [
        "Claire Dupont annule la notification « retenue.pdf »"
    ]


def test_a_mail_in_the_outbox_is_cancelled_with_its_notification(house, folders):
    lay(house, folders, "a.pdf")
    notifications()  # the mail is written, and has not left
    row = Notification.objects.get()
    answer = window(house.claire).post(f"{PAGE}{row.pk}/annuler/")
    assert said(answer) == [("success", "1 notification est annulée : elle ne partira pas.")]
    assert OutgoingMail.objects.get().status == OutboxStatus.CANCELLED


def test_what_had_no_address_leaves_once_it_has_one(house, folders):
    write_card(house, billing_email="")
    lay(house, folders, "a.pdf")
    [row] = Notification.objects.all()
    client = window(house.claire)
    answer = choose(client, "renvoyer", row)
    assert said(answer) == [("warning", "1 notification ne part pas – « a.pdf » : adresse absente.")]
    write_card(house, billing_email=NEW)
    assert said(choose(client, "renvoyer", row)) == [("success", "1 notification part.")]
    leave()
    assert states() == {"a.pdf": ("sent", NEW)}


def test_a_firm_that_publishes_by_hand_waits_for_synchronise(house, folders):
    write_card(house, billing_email="")
    lay(house, folders, "a.pdf")
    by_hand()
    renewed(house)
    write_card(house, billing_email=NEW)
    [row] = Notification.objects.all()
    client = window(house.claire)
    answer = choose(client, "renvoyer", row)
    assert said(answer) == [("success", "1 notification partira avec « Synchroniser ».")]
    leave()
    assert states() == {"a.pdf": ("waiting", "")}
    assert listed(client) == {"a.pdf": ("En attente", "part à la prochaine synchronisation")}
    client.post("/entreprises/4/documents/synchroniser/", {"tells_first": "non"})
    leave()
    assert states() == {"a.pdf": ("sent", NEW)}


def test_who_has_heard_of_it_hears_again_by_a_forced_notification_alone(house, folders):
    lay(house, folders, "a.pdf", "b.pdf")
    leave()
    write_card(house, billing_email=NEW)
    client, rows = window(house.claire), list(Notification.objects.all())
    answer = choose(client, "renvoyer", *rows)
    assert said(answer) == [
        ("warning", "2 notifications ne partent pas – « b.pdf » : déjà notifié ; « a.pdf » : déjà notifié.")
    ]
    assert Notification.objects.count() == 2
    answer = choose(client, "renvoyer", rows[0], forcee="oui")
    assert said(answer) == [("success", "1 notification part.")]
    leave()
    made = Notification.objects.latest("pk")
    assert (made.title, made.status, made.sent_to, made.is_forced, made.asked_by) == (
        "b.pdf",
        "sent",
        NEW,
        True,
        house.claire,
    )
    assert [told.is_by_hand for told in client.get(PAGE).context["rows"]] == [True, False, False]


def test_what_is_on_its_way_is_not_sent_twice(house, folders):
    lay(house, folders, "a.pdf")
    notifications()
    [row] = Notification.objects.all()
    answer = choose(window(house.claire), "renvoyer", row, forcee="oui")
    assert said(answer) == [("warning", "1 notification ne part pas – « a.pdf » : déjà en cours d’envoi.")]
    leave()
    assert OutgoingMail.objects.count() == 1


def test_an_access_is_announced_again_from_its_grid(house):
    """A row about an access leads nowhere of its own: this history tells of it, and sends nothing."""
    access = ClientMember.objects.get(user=house.compta)
    mail = OutgoingMail.objects.create(
        firm=house.martin, company=house.company, kind="welcome", to_email=house.compta.email, subject="Accès"
    )
    row = Notification(
        firm=house.martin, company=house.company, person=house.compta, title="Accès au portail"
    )
    row.about, row.occasion, row.mail, row.sent_to = access, mail.created_at, mail, house.compta.email
    row.status, row.template_kind = NotificationStatus.SENT, "welcome"
    row.save()
    client = window(house.claire)
    page = client.get(f"{PAGE}{row.pk}/")
    assert (page.context["may_resend"], page.context["accesses_url"]) == (False, "/entreprises/4/acces/")
    assert page.context["told"].why_address == "Adresse du contact"
    assert [step.label for step in page.context["steps"]] == ["E-mail écrit", "Demandée"]
    answer = client.post(f"{PAGE}{row.pk}/renvoyer/", {"forcee": "oui"})
    assert said(answer) == [
        (
            "warning",
            "1 notification ne part pas – « Accès au portail » : se renvoie depuis « Droits d’accès ».",
        )
    ]
    assert Notification.objects.count() == 1


def test_the_page_of_one_has_its_steps_and_leads_to_the_mail(house, three):
    row = three["ouverte.pdf"]
    page = window(house.claire).get(f"{PAGE}{row.pk}/")
    # The latest first: when the client opened it, and when the mail left, in this order.
    assert [step.label for step in page.context["steps"]] == ["Ouvert", "Envoyé", "E-mail écrit", "Demandée"]
    assert f'href="/emails/{row.mail_id}/"' in page.content.decode()
    panel = window(house.claire).get(f"{PAGE}{row.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    cancelled = window(house.claire).get(f"{PAGE}{three['annulee.pdf'].pk}/")
    assert [step.label for step in cancelled.context["steps"]] == ["Annulée", "Demandée"]


def suppress(house, reason):
    Suppression.objects.create(firm=house.martin, address=OLD, reason=reason)


def silence(house):
    Folder.objects.filter(firm=house.martin, label="Facture").update(notifies=False)
    for folder in Folder.objects.filter(firm=house.martin, label="Facture"):
        Folder.objects.filter(pk=folder.pk).update(published=folder.cells)


def close_accesses(house):
    ClientMember.objects.filter(company=house.company).update(published={}, is_authorised=False)


SITUATIONS = {
    Hold.NONE: lambda house, document: None,
    Hold.MUTED: lambda house, document: Firm.objects.update(mutes_clients=True),
    Hold.NO_ADDRESS: lambda house, document: write_card(house, billing_email=""),
    Hold.BLOCKED: lambda house, document: suppress(house, SuppressionReason.HARD_BOUNCE),
    Hold.UNSUBSCRIBED: lambda house, document: suppress(house, SuppressionReason.UNSUBSCRIBE),
    Hold.SILENT_FOLDER: lambda house, document: silence(house),
    Hold.NOT_PUBLISHED: lambda house, document: trash.throw([document], by=house.claire),
    Hold.NO_ACCESS: lambda house, document: close_accesses(house),
    Hold.UNPREPARED: lambda house, document: Firm.objects.update(
        communication_email="", notification_from=""
    ),
    Hold.FAILED: lambda house, document: Notification.objects.update(hold=Hold.FAILED, is_released=False),
}


@pytest.mark.parametrize("hold", SITUATIONS, ids=lambda hold: hold.value or "free")
def test_why_it_waits_is_said_as_things_are_now_with_the_way_on(house, folders, hold):
    Firm.objects.update(grouping_minutes=5)
    renewed(house)
    [document] = lay(house, folders, "a.pdf")
    SITUATIONS[hold](house, document)
    [row] = Notification.objects.all()
    client = window(house.admin)
    page = client.get(f"{PAGE}{row.pk}/")
    assert (page.context["told"].hold, page.context["why"] is not None) == (hold, True)
    assert "%(" not in page.context["why"].text
    answers = {url: client.get(url).status_code for _label, url in page.context["why"].ways}
    assert answers == dict.fromkeys(answers, 200)
    assert len(answers) >= 1
    staff = window(house.claire).get(f"{PAGE}{row.pk}/").context["why"].ways
    assert {url: window(house.claire).get(url).status_code for _label, url in staff} == {
        url: 200 for _label, url in staff
    }


def test_every_reason_has_its_sentence():
    assert set(WHY) == set(Hold)


def test_it_is_the_staff_s_of_the_company_alone(house, folders):
    open_company(house.martin, "12", "Boulangerie", token="")
    lay(house, folders, "a.pdf")
    [row] = Notification.objects.all()
    doors = [f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/renvoyer/", f"{PAGE}{row.pk}/annuler/"]
    house.hugo.staff.attachments.filter(company=house.company).delete()
    assert listed(window(house.hugo)) == {}
    for person in (house.hugo, house.charlie, house.gerant, house.compta, house.lea):
        client = window(person)
        codes = [client.get(doors[0]).status_code, *(client.post(door).status_code for door in doors[1:])]
        assert (person, codes) == (person, [404, 404, 404])
    for person in (house.gerant, house.compta, house.lea):
        client = window(person)
        assert [client.get(PAGE).status_code, client.post(SELECTION).status_code] == [404, 404]
    for person in (house.hugo, house.charlie):
        for gesture in ("renvoyer", "annuler"):
            answer = choose(window(person), gesture, row, forcee="oui")
            assert said(answer) == [("info", "Aucune notification n’a été choisie.")]
    assert list(Notification.objects.values_list("status", "asked_by", "cancelled_by")) == [
        ("waiting", None, None)
    ]


@pytest.mark.parametrize(
    "next_url", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)"]
)
def test_the_way_back_stays_in_the_portal(house, folders, next_url):
    answer = window(house.claire).post(SELECTION, {"geste": "renvoyer", "next": next_url})
    assert answer["Location"] == PAGE


def test_it_costs_the_same_for_one_and_for_many(house, folders):
    client, counts = window(house.claire), []
    client.get(PAGE)
    for names in (["un.pdf"], [f"{number}.pdf" for number in range(30)]):
        lay(house, folders, *names)
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15


def test_the_screens_lead_to_it(house, folders):
    lay(house, folders, "a.pdf")
    [row] = Notification.objects.all()
    admin = window(house.admin)
    for path in ("/parametres/portail/", "/parametres/ged/", "/portefeuille/"):
        assert 'href="/notifications/"' in admin.get(path).content.decode()
    for path in ("/entreprises/4/documents/", "/entreprises/4/"):
        assert 'href="/notifications/?entreprise=4"' in admin.get(path).content.decode()
    page = admin.get(f"/documents/{row.about_id}/").content.decode()
    assert (f'href="{PAGE}{row.pk}/"' in page, OLD in page) == (True, True)
    reader = window(house.gerant).get(f"/documents/{row.about_id}/").content.decode()
    assert (PAGE in reader, OLD in reader) == (False, False)
