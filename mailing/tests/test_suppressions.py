"""Addresses to which a firm writes no more: who puts them there, what they stop, and how they are lifted (D-36)."""

import pytest
from django.test import Client

from mailing.kinds import MailKind
from mailing.models import (
    MailEvent,
    MailStatus,
    Nature,
    OutboxStatus,
    OutgoingMail,
    Source,
    Suppression,
    SuppressionReason,
)
from mailing.sending import delivery
from mailing.tasks import events as look_again
from mailing.tasks import outbox as send_all
from mailing.tracking import events, suppressions, tokens
from portal.models import HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TO = "client@bois.example"


@pytest.fixture(autouse=True)
def mail_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "mail"


def write(firm, kind=MailKind.APPROVAL_REQUEST, to=TO):
    return OutgoingMail.objects.create(
        firm=firm,
        kind=kind,
        from_email="contact@martin.example",
        to_email=to,
        subject="Demande",
        text="Bonjour\n",
        html="<p>Bonjour</p>",
    )


def suppress(firm, reason, to=TO):
    return Suppression.objects.create(firm=firm, address=to, reason=reason)


def after(mail):
    mail.refresh_from_db()
    return mail.status, mail.last_status


@pytest.mark.parametrize(
    ("code", "nature", "reasons"),
    [
        (MailStatus.HARD_BOUNCED, Nature.OBSERVED, ["hard_bounce"]),
        (MailStatus.HARD_BOUNCED, Nature.DEDUCED, ["hard_bounce"]),
        (MailStatus.HARD_BOUNCED, Nature.MACHINE, []),
        (MailStatus.COMPLAINED, Nature.OBSERVED, ["complaint"]),
        (MailStatus.UNSUBSCRIBED, Nature.OBSERVED, ["unsubscribe"]),
        (MailStatus.SOFT_BOUNCED, Nature.OBSERVED, []),
        (MailStatus.BLOCKED, Nature.OBSERVED, []),
        (MailStatus.INVALID, Nature.OBSERVED, []),
        (MailStatus.DELIVERED, Nature.OBSERVED, []),
    ],
)
def test_which_events_stop_an_address(cast, code, nature, reasons):
    mail = write(cast.martin)
    events.observe(mail, code, source=Source.PROVIDER, nature=nature)
    found = Suppression.objects.all()
    assert [(s.firm, s.address, s.reason, s.event) for s in found] == [
        (cast.martin, TO, reason, mail.events.get()) for reason in reasons
    ]


def test_an_event_that_comes_before_its_mail_stops_too(cast):
    mail = write(cast.martin)
    for name in ("un", "deux"):
        events.observe(
            None,
            MailStatus.HARD_BOUNCED,
            source=Source.PROVIDER,
            provider="brevo",
            provider_id=mail.message_id,
            identity=(name,),
        )
    send_all()
    look_again()
    assert [(s.firm, s.reason) for s in Suppression.objects.all()] == [(cast.martin, "hard_bounce")]


STOPS = {  # reason: the kinds that do not leave, of these four
    SuppressionReason.HARD_BOUNCE: ["approval_request", "password_changed", "receipt"],
    SuppressionReason.COMPLAINT: ["approval_request", "password_changed", "receipt"],
    SuppressionReason.BY_HAND: ["approval_request", "password_changed", "receipt"],
    SuppressionReason.UNSUBSCRIBE: ["receipt"],
}


@pytest.mark.parametrize("reason", SuppressionReason)
def test_what_each_reason_stops(cast, mail_folder, reason):
    suppress(cast.martin, reason)
    kinds = (
        MailKind.APPROVAL_REQUEST,
        MailKind.PASSWORD_CHANGED,
        MailKind.PASSWORD_RESET,
        MailKind.RECEIPT,
    )
    mails = [write(cast.martin, kind) for kind in kinds]
    send_all()
    assert (
        sorted(m.kind for m in mails if after(m) == (OutboxStatus.ERROR, MailStatus.BLOCKED)) == STOPS[reason]
    )
    assert len(list(mail_folder.glob("*.eml"))) == len(kinds) - len(STOPS[reason])


def test_the_mail_says_blocked_and_why(cast, client):
    mail = write(cast.martin)
    suppress(cast.martin, SuppressionReason.COMPLAINT)
    send_all()
    [step] = mail.events.all()
    assert (step.code, step.source, step.nature, step.detail) == (
        "blocked",
        "portal",
        "deduced",
        "adresse supprimée des envois du cabinet : Plainte pour spam",
    )
    client.force_login(cast.admin)
    page = client.get(f"/emails/{mail.pk}/").content.decode()
    assert ("Bloqué" in page, "déduit" in page, step.detail in page) == (True, True, True)


def test_another_firm_writes_on(cast):
    suppress(cast.martin, SuppressionReason.HARD_BOUNCE)
    mail = write(cast.peeters)
    send_all()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.SENT)


def test_a_bounce_stops_what_is_queued_already(cast):
    first, second = write(cast.martin), write(cast.martin)
    delivery.send(OutgoingMail.objects.claim(lease=delivery.LEASE))
    events.observe(first, MailStatus.HARD_BOUNCED, source=Source.PROVIDER)
    send_all()
    assert (after(first)[1], after(second)[1]) == (MailStatus.HARD_BOUNCED, MailStatus.BLOCKED)


def test_lifted_it_can_be_sent_again_and_stays_lifted(cast, client):
    mail = write(cast.martin)
    bounced = write(cast.martin)
    identity = {"source": Source.PROVIDER, "identity": ("le même",)}
    events.observe(bounced, MailStatus.HARD_BOUNCED, **identity)
    send_all()
    assert after(mail)[1] == MailStatus.BLOCKED

    stopped = Suppression.objects.get()
    client.force_login(cast.admin)
    assert client.get(f"/parametres/suppressions/{stopped.pk}/").status_code == 200
    client.post(f"/parametres/suppressions/{stopped.pk}/lever/", {"note": ""})
    assert Suppression.objects.count() == 1
    client.post(f"/parametres/suppressions/{stopped.pk}/lever/", {"note": "Boîte rouverte, vu au téléphone"})
    assert Suppression.objects.count() == 0
    told = HistoryEntry.objects.of(cast.martin).get()
    assert (told.text, told.reason, told.by) == (
        "Anne Martin reprend les envois à client@bois.example (Rejeté définitivement)",
        "Boîte rouverte, vu au téléphone",
        cast.admin,
    )

    events.observe(bounced, MailStatus.HARD_BOUNCED, **identity)  # the provider posts it once more
    assert Suppression.objects.count() == 0
    client.post(f"/emails/{mail.pk}/renvoyer/")
    send_all()
    assert after(mail) == (OutboxStatus.SENT, MailStatus.SENT)


def test_by_hand_from_the_screen(cast, client):
    client.force_login(cast.admin)
    path = "/parametres/suppressions/"
    assert "Ce n’est pas une adresse e-mail" in client.post(path, {"address": "personne"}).content.decode()
    for _again in range(2):
        assert client.post(path, {"address": "Client@Bois.example", "note": "A demandé"}).status_code == 302
    [row] = Suppression.objects.all()
    assert (row.address, row.reason, row.by, row.note) == (TO, "by_hand", cast.admin, "A demandé")
    assert HistoryEntry.objects.of(cast.martin).get().reason == "A demandé"
    page = client.get(path).content.decode()
    assert (TO in page, "Ajoutée à la main" in page) == (True, True)


def test_the_list_is_filtered_by_reason_and_exported(cast, client):
    suppress(cast.martin, SuppressionReason.HARD_BOUNCE, "a@bois.example")
    suppress(cast.martin, SuppressionReason.COMPLAINT, "b@bois.example")
    suppress(cast.peeters, SuppressionReason.COMPLAINT, "c@bois.example")
    client.force_login(cast.admin)
    page = client.get("/parametres/suppressions/?raison=complaint").context["page"]
    assert [row.address for row in page.rows] == ["b@bois.example"]
    export = client.get("/parametres/suppressions/?export=csv")
    text = (
        b"".join(export.streaming_content).decode("utf-8-sig")
        if export.streaming
        else export.content.decode("utf-8-sig")
    )
    assert sorted(line.split(";")[0] for line in text.splitlines()) == [
        "Adresse",
        "a@bois.example",
        "b@bois.example",
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_row_and_for_thirty(cast, client, count, django_assert_num_queries):
    for number in range(count):
        events.observe(
            write(cast.martin, to=f"c{number}@bois.example"), MailStatus.HARD_BOUNCED, source=Source.PROVIDER
        )
    client.force_login(cast.admin)
    client.get("/parametres/suppressions/")
    with django_assert_num_queries(6):
        client.get("/parametres/suppressions/")


def test_two_administrators_lift_at_once(cast):
    stopped = suppress(cast.martin, SuppressionReason.BY_HAND)
    lifted = [suppressions.lift(stopped, by=cast.admin, note="x") for _ in range(2)]
    assert (lifted, HistoryEntry.objects.of(cast.martin).count()) == ([True, False], 1)


# One click (RFC 8058)


def path_of(mail):
    return tokens.unsubscribe_url(mail).removeprefix("http://localhost:8000")


def test_only_optional_notices_offer_it(cast, mail_folder):
    receipt = write(cast.martin, MailKind.RECEIPT)
    write(cast.martin, MailKind.APPROVAL_REQUEST)
    send_all()
    offered = [
        content
        for content in (path.read_text() for path in mail_folder.glob("*.eml"))
        if "List-Unsubscribe" in content
    ]
    [message] = offered
    unfolded = message.replace("\n ", "")
    assert f"List-Unsubscribe: <{tokens.unsubscribe_url(receipt)}>" in unfolded
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in unfolded
    assert [kind for kind in MailKind if kind.is_optional] == [MailKind.RECEIPT, MailKind.DOCUMENT]


def test_a_get_only_asks(cast, client):
    mail = write(cast.martin, MailKind.RECEIPT)
    for method in (client.get, client.head, client.options):
        method(path_of(mail))
    assert (Suppression.objects.count(), MailEvent.objects.count()) == (0, 0)
    assert "Se désabonner" in client.get(path_of(mail)).content.decode()


def test_the_post_of_a_mailbox_acts(cast, mailbox_server):
    mail = write(cast.martin, MailKind.RECEIPT)
    for _again in range(2):
        answer = mailbox_server.post(path_of(mail), {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "C’est noté" in answer.content.decode()) == (200, True)
    assert [(s.address, s.reason) for s in Suppression.objects.all()] == [(TO, "unsubscribe")]
    assert [(s.code, s.source, s.nature) for s in mail.events.all()] == [
        ("unsubscribed", "portal", "observed")
    ]
    later = write(cast.martin, MailKind.RECEIPT)
    needed = write(cast.martin, MailKind.APPROVAL_REQUEST)
    OutgoingMail.objects.filter(pk=mail.pk).update(status=OutboxStatus.SENT)
    send_all()
    assert (after(later)[1], after(needed)[1]) == (MailStatus.BLOCKED, MailStatus.SENT)


@pytest.fixture
def mailbox_server():
    """A client without cookies, whose posts have no token of a form: a mailbox's server."""
    return Client(enforce_csrf_checks=True)


def test_who_unsubscribes_again_after_a_lift_is_heard(cast, client):
    mail = write(cast.martin, MailKind.RECEIPT)
    client.post(path_of(mail))
    Suppression.objects.all().delete()
    client.post(path_of(mail))
    assert Suppression.objects.count() == 1


def test_a_token_that_is_not_ours_is_404(cast, client):
    mail = write(cast.martin, MailKind.RECEIPT)
    path = path_of(mail)
    token = path.split("/")[2]
    other = ("a" if token[-1] != "a" else "b").join([token[:-1], ""])
    returned = tokens.return_path(mail).partition("+")[2].partition("@")[0]
    for bad in (other, returned, token[:26], "x"):
        assert client.post(f"/desabonnement/{bad}/").status_code == 404
    assert Suppression.objects.count() == 0


# « Annuler »


def test_a_queued_mail_is_cancelled_by_a_person(cast, client):
    mail = write(cast.martin)
    client.force_login(cast.admin)
    page = client.get(f"/emails/{mail.pk}/").content.decode()
    assert f"/emails/{mail.pk}/annuler/" in page
    client.post(f"/emails/{mail.pk}/annuler/")
    send_all()
    assert after(mail) == (OutboxStatus.CANCELLED, "")
    assert mail.shown_status == OutboxStatus.CANCELLED
    page = client.get(f"/emails/{mail.pk}/").content.decode()
    assert "Anne Martin annule l’e-mail à client@bois.example\u00a0: Demande" in page
    assert f"/emails/{mail.pk}/annuler/" not in page


@pytest.mark.parametrize("status", [s for s in OutboxStatus if s != OutboxStatus.QUEUED])
def test_what_is_not_queued_cannot_be_cancelled(cast, client, status):
    mail = write(cast.martin)
    OutgoingMail.objects.update(status=status)
    client.force_login(cast.admin)
    page = client.post(f"/emails/{mail.pk}/annuler/", follow=True).content.decode()
    assert (after(mail)[0], "ne peut plus être annulé" in page) == (status, True)
    assert HistoryEntry.objects.of(mail).count() == 0


def test_what_a_worker_has_taken_is_no_longer_in_the_queue_and_leaves(cast, client, mail_folder):
    mail = write(cast.martin)
    claimed = OutgoingMail.objects.claim(lease=delivery.LEASE)
    client.force_login(cast.admin)
    page = client.post(f"/emails/{mail.pk}/annuler/", follow=True).content.decode()
    assert "il ne peut plus être annulé" in page
    delivery.send(claimed)
    assert (after(mail)[0], mail_folder.exists()) == (OutboxStatus.SENT, True)
