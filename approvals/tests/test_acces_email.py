"""« Accès email » through HTTP: what is listed, who decides, what the second one reads."""

import pytest
from django.urls import reverse

from approvals.models import AddressStatus, SenderAddress
from approvals.senders import decisions
from documents.models import Document
from mailing.models import Fate, InboundMail
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STRANGER = "facture@bois.example"
PENDING = AddressStatus.PENDING


@pytest.fixture
def address(cast):
    arrive(mail_from(STRANGER))
    return SenderAddress.objects.get()


def url(name, address):
    return reverse(f"approvals:{name}", args=[address.company.code, address.pk])


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_client_administrator_accepts(client, cast, address):
    client.force_login(cast.gerant)
    response = client.post(url("accept", address), {"seen": PENDING}, follow=True)
    assert response.redirect_chain == [("/entreprises/4/acces-email/", 302)]
    assert said(response) == [f"{STRANGER} : 1 document classé."]
    address.refresh_from_db()
    assert (address.status, Document.objects.count()) == (AddressStatus.AUTHORISED, 1)


def test_refuse_with_a_reason(client, cast, address):
    client.force_login(cast.claire)
    client.post(url("refuse", address), {"seen": PENDING, "reason": "doublon", "tell_sender": "on"})
    address.refresh_from_db()
    assert (address.status, address.reason, address.decided_by) == (
        AddressStatus.REFUSED,
        "doublon",
        cast.claire,
    )


def test_blacklist(client, cast, address):
    client.force_login(cast.admin)
    response = client.post(url("blacklist", address), {"seen": PENDING, "whole_firm": "on"}, follow=True)
    assert said(response) == [f"{STRANGER} est blacklistée : elle ne peut plus déposer ici."]
    address.refresh_from_db()
    assert (address.status, InboundMail.objects.get().fate) == (AddressStatus.BLACKLISTED, Fate.BLACKLISTED)


def test_the_second_decider_reads_who_was_first(client, cast, address):
    decisions.accept(address, by=cast.gerant, seen=PENDING)
    client.force_login(cast.claire)
    response = client.post(url("refuse", address), {"seen": PENDING}, follow=True)
    assert said(response) == [f"{STRANGER} : déjà traité par Marc Roux (Autorisée)."]
    address.refresh_from_db()
    assert address.status == AddressStatus.AUTHORISED


def test_the_sender_cannot_decide_about_itself(client, cast):
    arrive(mail_from(cast.hugo.email))
    address = SenderAddress.objects.get()
    client.force_login(cast.hugo)
    response = client.post(url("accept", address), {"seen": PENDING}, follow=True)
    assert said(response) == ["Vous ne pouvez pas décider de cette adresse."]
    address.refresh_from_db()
    assert address.status == PENDING


def test_unproved_mail_has_to_be_ticked(client, cast):
    mail = arrive(mail_from(STRANGER), local=False)
    address = SenderAddress.objects.get()
    client.force_login(cast.gerant)
    response = client.post(url("accept", address), {"seen": PENDING}, follow=True)
    assert said(response) == ["Cet expéditeur n’est pas authentifié : cochez les mails que vous acceptez."]
    client.post(url("accept", address), {"seen": PENDING, "mails": [mail.pk, "abc"]})
    mail.refresh_from_db()
    address.refresh_from_db()
    assert (mail.fate, address.status) == (Fate.FILED, PENDING)


@pytest.mark.parametrize("seen", ["", "nonsense", "authorised"])
def test_a_stale_or_forged_page_decides_nothing(client, cast, address, seen):
    client.force_login(cast.gerant)
    client.post(url("accept", address), {"seen": seen})
    address.refresh_from_db()
    assert address.status == PENDING


def test_hidden_fields_are_ignored(client, cast, address):
    client.force_login(cast.gerant)
    client.post(
        url("accept", address), {"seen": PENDING, "company": cast.vier.pk, "decided_by": cast.admin.pk}
    )
    address.refresh_from_db()
    assert (address.company, address.decided_by) == (cast.company, cast.gerant)


@pytest.mark.parametrize("back", ["https://attaque.example/", "//attaque.example", "javascript:alert(1)", ""])
def test_next_never_leaves_the_portal(client, cast, address, back):
    client.force_login(cast.gerant)
    response = client.post(url("accept", address), {"seen": PENDING, "next": back})
    assert response["Location"] == "/entreprises/4/acces-email/"


@pytest.mark.parametrize("name", ["accept", "refuse", "blacklist"])
def test_get_decides_nothing(client, cast, address, name):
    client.force_login(cast.gerant)
    assert client.get(url(name, address)).status_code == 405
    address.refresh_from_db()
    assert address.status == PENDING


def test_list_filters_by_status_and_text(client, cast, address):
    arrive(mail_from("scan@moimeme.example"))
    decisions.accept(SenderAddress.objects.get(address="scan@moimeme.example"), by=cast.gerant, seen=PENDING)
    client.force_login(cast.gerant)

    def listed(query):
        rows = client.get("/entreprises/4/acces-email/", query).context["rows"]
        return [row.address.address for row in rows]

    assert listed({}) == [STRANGER, "scan@moimeme.example"]
    assert listed({"statut": "authorised"}) == ["scan@moimeme.example"]
    assert listed({"q": "BOIS"}) == [STRANGER]
    assert listed({"q": "rien"}) == []
    [chips] = client.get("/entreprises/4/acces-email/").context["page"].chips
    assert [(str(chip.label), str(chip.count)) for chip in chips] == [
        ("Toutes", "2"), ("En attente", "1"), ("Autorisées", "1"), ("Refusées", "0"), ("Blacklistées", "0"),
    ]  # fmt: skip


def test_activity_lists_every_mail_with_its_fate(client, cast, address):
    arrive(mail_from(cast.compta.email, subject="filed"))
    arrive(b"Subject: sans From\r\n\r\nx\r\n")
    client.force_login(cast.claire)
    mails = client.get("/entreprises/4/acces-email/activite/").context["page"].rows
    assert [mail.fate for mail in mails] == [Fate.UNREADABLE, Fate.FILED, Fate.HELD]


def test_index_lists_what_waits_for_me_over_my_companies(client, cast, address):
    arrive(mail_from(cast.hugo.email))
    arrive(mail_from("ander@vier.example"), "4.box@peeters.depot.localhost")

    def waiting(user):
        client.force_login(user)
        return [row.address.address for row in client.get("/approbations/").context["rows"]]

    assert sorted(waiting(cast.claire)) == [STRANGER, cast.hugo.email]
    assert waiting(cast.hugo) == [STRANGER]
    assert waiting(cast.charlie) == ["ander@vier.example"]


def test_count_of_the_top_bar(client, cast, address):
    client.force_login(cast.gerant)
    assert client.get("/portefeuille/").context["to_decide"] == 1
    decisions.accept(address, by=cast.gerant, seen=PENDING)
    assert client.get("/portefeuille/").context["to_decide"] == 0


def test_why_is_shown(client, cast, address):
    client.force_login(cast.gerant)
    page = client.get(f"/activite/{InboundMail.objects.get().pk}/").content.decode()
    words = page.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert "Est-ce un expéditeur authentifié, encore inconnu de l’entreprise ?" in words
    assert "dresse pas encore autorisée : l’administrateur client décide" in words


def test_a_selection_is_decided_at_once_and_what_cannot_be_is_said(client, cast, address):
    arrive(mail_from("deux@bois.example"))
    arrive(mail_from("douteux@bois.example"), local=False)
    arrive(mail_from("ailleurs@vier.example"), "4.box@peeters.depot.localhost")
    client.force_login(cast.gerant)
    ticked = list(SenderAddress.objects.values_list("pk", flat=True))
    url = reverse("approvals:decide_selection", args=["4"])
    response = client.post(url, {"choix": ticked, "geste": "accepter"}, follow=True)
    assert said(response) == [
        "douteux@bois.example – Cet expéditeur n’est pas authentifié : cochez les mails que vous acceptez.",
        "2 adresses décidées.",
    ]
    statuses = dict(SenderAddress.objects.values_list("address", "status"))
    assert statuses == {
        STRANGER: AddressStatus.AUTHORISED,
        "deux@bois.example": AddressStatus.AUTHORISED,
        "douteux@bois.example": PENDING,
        "ailleurs@vier.example": PENDING,
    }


@pytest.mark.parametrize(
    "posted", [{}, {"geste": "accepter"}, {"choix": ["x", "9" * 40], "geste": "nonsense"}]
)
def test_an_empty_selection_decides_nothing(client, cast, address, posted):
    client.force_login(cast.gerant)
    response = client.post(reverse("approvals:decide_selection", args=["4"]), posted, follow=True)
    assert said(response) == ["Aucune adresse en attente n’était cochée."]
    address.refresh_from_db()
    assert address.status == PENDING
