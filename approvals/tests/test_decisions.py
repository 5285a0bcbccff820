"""A person decides: what is released, rejected, told, and that the first decision wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from approvals.directory.opening import attach, make_staff, open_company
from approvals.models import AddressStatus, FirmBlacklisting, SenderAddress
from approvals.senders import decisions, intake
from approvals.senders.deciders import asked_about, may_decide
from documents.models import Document
from mailing.kinds import MailKind
from mailing.models import Fate, InboundMail, OutgoingMail
from portal.models import Attachment, ClientMember, HistoryEntry
from portal.testing import BOX, arrive, mail_from, receive

STRANGER = "facture@bois.example"
PENDING, AUTHORISED = AddressStatus.PENDING, AddressStatus.AUTHORISED

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def the_address():
    return SenderAddress.objects.get(address=STRANGER)


def told(kind):
    return sorted(mail.to_email for mail in OutgoingMail.objects.filter(kind=kind))


def test_accepting_authorises_releases_and_confirms(cast):
    arrive(mail_from(STRANGER, subject="un"))
    arrive(mail_from(STRANGER, subject="deux"))
    done = decisions.accept(the_address(), by=cast.gerant, seen=PENDING)
    assert (done.filed, the_address().status, the_address().decided_by) == (2, AUTHORISED, cast.gerant)
    assert [mail.fate for mail in InboundMail.objects.all()] == [Fate.FILED, Fate.FILED]
    assert told(MailKind.CONFIRMATION) == [STRANGER]
    assert arrive(mail_from(STRANGER, subject="trois")).rule == "R6"


def test_history_keeps_who_when_and_why(cast):
    arrive(mail_from(STRANGER))
    decisions.refuse(the_address(), by=cast.claire, seen=PENDING, reason="pas notre fournisseur")
    decided = HistoryEntry.objects.of(the_address()).first()
    assert (decided.verb, decided.by, decided.reason) == ("refused", cast.claire, "pas notre fournisseur")
    assert timezone.now() - decided.at < timedelta(minutes=1)


def test_refusing_rejects_what_is_held_and_tells_only_when_ticked(cast):
    mail = arrive(mail_from(STRANGER))
    decisions.refuse(the_address(), by=cast.gerant, seen=PENDING)
    mail.refresh_from_db()
    assert (mail.fate, Document.objects.count(), told(MailKind.REFUSAL)) == (Fate.REJECTED, 0, [])
    assert arrive(mail_from(STRANGER, subject="encore")).fate == Fate.REJECTED


def test_refusing_tells_the_sender_where_the_approver_wants_it(cast):
    arrive(mail_from(STRANGER))
    decisions.refuse(the_address(), by=cast.gerant, seen=PENDING, tell_sender=True, reason="mauvais dossier")
    refusal = OutgoingMail.objects.get(kind=MailKind.REFUSAL)
    assert (refusal.to_email, "mauvais dossier" in refusal.text) == (STRANGER, True)


def test_refusal_older_than_a_day_is_a_new_request(cast):
    arrive(mail_from(STRANGER))
    decisions.refuse(the_address(), by=cast.gerant, seen=PENDING)
    SenderAddress.objects.update(decided_at=timezone.now() - timedelta(hours=25))
    mail = arrive(mail_from(STRANGER, subject="une semaine après"))
    assert (mail.rule, mail.fate, the_address().status) == ("R7", Fate.HELD, PENDING)


def test_blacklisted_address_is_only_listed(cast):
    held = arrive(mail_from(STRANGER))
    decisions.blacklist(the_address(), by=cast.gerant, seen=PENDING)
    held.refresh_from_db()
    before = OutgoingMail.objects.count()
    assert held.fate == Fate.BLACKLISTED
    assert arrive(mail_from(STRANGER, subject="encore")).fate == Fate.BLACKLISTED
    assert (Document.objects.count(), OutgoingMail.objects.count()) == (0, before)


def test_only_a_firm_administrator_blacklists_for_the_firm_and_lifts_it(cast):
    arrive(mail_from(STRANGER))
    decisions.blacklist(the_address(), by=cast.gerant, seen=PENDING, whole_firm=True)
    assert FirmBlacklisting.objects.count() == 0
    decisions.blacklist(the_address(), by=cast.admin, seen=AddressStatus.BLACKLISTED, whole_firm=True)
    assert [b.address for b in FirmBlacklisting.objects.all()] == [STRANGER]
    with pytest.raises(decisions.NotPossible):
        decisions.accept(the_address(), by=cast.gerant, seen=AddressStatus.BLACKLISTED)
    decisions.accept(the_address(), by=cast.admin, seen=AddressStatus.BLACKLISTED)
    assert arrive(mail_from(STRANGER, subject="de nouveau")).fate == Fate.FILED


def test_blacklisting_for_the_firm_stops_what_waits_in_its_other_companies(cast):
    other = open_company(cast.martin, "12", "Boulangerie", token="")
    here, there = (arrive(mail_from(STRANGER), to) for to in (BOX, "12.box@martin.depot.localhost"))
    elsewhere = arrive(mail_from(STRANGER), "4.box@peeters.depot.localhost")
    address = SenderAddress.objects.get(address=STRANGER, company=cast.company)
    decisions.blacklist(address, by=cast.admin, seen=PENDING, whole_firm=True)
    for mail in (here, there, elsewhere):
        mail.refresh_from_db()
    assert [here.fate, there.fate, elsewhere.fate] == [Fate.BLACKLISTED, Fate.BLACKLISTED, Fate.HELD]
    assert arrive(mail_from(STRANGER, subject="encore"), "12.box@martin.depot.localhost").company == other
    assert Document.objects.count() == 0


def test_a_decision_can_be_changed_later(cast):
    arrive(mail_from(STRANGER))
    decisions.refuse(the_address(), by=cast.gerant, seen=PENDING)
    decisions.accept(the_address(), by=cast.claire, seen=AddressStatus.REFUSED)
    assert (the_address().status, the_address().decided_by) == (AUTHORISED, cast.claire)


def test_the_second_decider_is_told_who_was_first(cast):
    arrive(mail_from(STRANGER))
    stale = the_address()
    decisions.accept(the_address(), by=cast.gerant, seen=PENDING)
    with pytest.raises(decisions.AlreadyDecided, match="déjà traité par Marc Roux"):
        decisions.refuse(stale, by=cast.claire, seen=PENDING)
    assert the_address().status == AUTHORISED


def test_unproved_mails_are_accepted_one_by_one_without_authorising(cast):
    first = arrive(mail_from(STRANGER, subject="un"), local=False)
    second = arrive(mail_from(STRANGER, subject="deux"), local=False)
    with pytest.raises(decisions.NotPossible):
        decisions.accept(the_address(), by=cast.gerant, seen=PENDING)
    done = decisions.accept(the_address(), by=cast.gerant, seen=PENDING, ticked=[second.pk])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (done.filed, first.fate, second.fate) == (1, Fate.HELD, Fate.FILED)
    assert (the_address().status, told(MailKind.CONFIRMATION)) == (PENDING, [])


def test_accepting_releases_the_proved_and_leaves_the_unticked_unproved(cast):
    unproved = arrive(mail_from(STRANGER, subject="un"), local=False)
    proved = arrive(mail_from(STRANGER, subject="deux"))
    decisions.accept(the_address(), by=cast.gerant, seen=PENDING)
    unproved.refresh_from_db()
    proved.refresh_from_db()
    assert (unproved.fate, proved.fate, the_address().status) == (Fate.HELD, Fate.FILED, AUTHORISED)


def test_unproved_mail_of_an_authorised_address_can_be_accepted_alone(cast):
    arrive(mail_from(STRANGER))
    decisions.accept(the_address(), by=cast.gerant, seen=PENDING)
    forged = arrive(mail_from(STRANGER, subject="douteux"), local=False)
    assert (forged.fate, the_address().status) == (Fate.HELD, AUTHORISED)
    decisions.accept(the_address(), by=cast.gerant, seen=AUTHORISED, ticked=[forged.pk])
    forged.refresh_from_db()
    assert forged.fate == Fate.FILED


def test_a_ticked_mail_of_another_sender_is_not_released(cast):
    mine = arrive(mail_from(STRANGER), local=False)
    other = arrive(mail_from("autre@bois.example"), local=False)
    decisions.accept(the_address(), by=cast.gerant, seen=PENDING, ticked=[mine.pk, other.pk])
    other.refresh_from_db()
    assert other.fate == Fate.HELD


def test_nobody_decides_about_the_own_address(cast):
    arrive(mail_from(cast.hugo.email))
    address = SenderAddress.objects.get()
    with pytest.raises(PermissionDenied):
        decisions.accept(address, by=cast.hugo, seen=PENDING)
    decisions.accept(address, by=cast.claire, seen=PENDING)
    assert SenderAddress.objects.get().status == AUTHORISED


def test_approver_who_left_meanwhile_is_refused(cast):
    arrive(mail_from(STRANGER))
    Attachment.objects.filter(staff=cast.hugo.staff).delete()
    ClientMember.objects.filter(user=cast.gerant).update(is_authorised=False)
    for gone in (cast.hugo, cast.gerant, cast.compta, cast.lea, cast.charlie, cast.patron):
        assert may_decide(gone, the_address()) is False
        with pytest.raises(PermissionDenied):
            decisions.accept(the_address(), by=gone, seen=PENDING)
    assert the_address().status == PENDING


def test_ladder_for_a_stranger(cast):
    """E3: client administrators, gestionnaire, attached staff, firm administrators (D-13)."""
    arrive(mail_from(STRANGER))
    assert asked_about(the_address()) == [cast.gerant]
    ClientMember.objects.update(is_authorised=False)
    cast.company.manager = cast.hugo.staff
    cast.company.save()
    assert asked_about(the_address()) == [cast.hugo]
    cast.company.manager = None
    cast.company.save()
    assert asked_about(the_address()) == [cast.claire, cast.hugo]
    Attachment.objects.all().delete()
    assert asked_about(the_address()) == [cast.admin]


def test_ladder_for_a_collaborateur(cast):
    """E2: other attached staff, gestionnaire, firm administrators, in the end the sender after login (D-13)."""
    arrive(mail_from(cast.hugo.email))
    address = SenderAddress.objects.get()
    assert asked_about(address) == [cast.claire]
    Attachment.objects.filter(staff=cast.claire.staff).delete()
    assert asked_about(address) == [cast.admin]
    cast.admin.staff.delete()
    assert asked_about(address) == [cast.hugo]
    assert may_decide(cast.hugo, address) is True


def test_two_attached_colleagues_are_both_asked(cast):
    lou = make_staff(cast.lea)
    attach(lou, cast.company)
    arrive(mail_from(cast.hugo.email))
    assert told(MailKind.APPROVAL_REQUEST) == [cast.claire.email, cast.lea.email]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_many_deciders_at_once_have_one_winner(cast, round_number):
    arrive(mail_from(STRANGER))
    address, start = the_address(), Barrier(8)

    def attempt(number):
        story = (decisions.accept, decisions.refuse, decisions.blacklist)[number % 3]
        start.wait()
        try:
            story(SenderAddress.objects.get(pk=address.pk), by=cast.gerant, seen=PENDING)
        except decisions.AlreadyDecided:
            return None
        finally:
            connection.close()
        return story

    with ThreadPoolExecutor(8) as pool:
        winners = [story for story in pool.map(attempt, range(8)) if story]
    fates = {
        decisions.accept: Fate.FILED,
        decisions.refuse: Fate.REJECTED,
        decisions.blacklist: Fate.BLACKLISTED,
    }
    assert len(winners) == 1
    assert [mail.fate for mail in InboundMail.objects.all()] == [fates[winners[0]]]
    assert Document.objects.count() == (1 if winners == [decisions.accept] else 0)


@pytest.mark.django_db(transaction=True)
def test_mail_in_the_worker_while_its_sender_is_decided_is_never_stranded(cast):
    """T16: whichever comes first, a mail of an accepted address is filed, not held for ever."""
    arrive(mail_from(STRANGER))
    late, start = receive(mail_from(STRANGER, subject="pendant")), Barrier(2)

    def work(job):
        start.wait()
        try:
            job()
        finally:
            connection.close()

    def accept():
        decisions.accept(the_address(), by=cast.gerant, seen=PENDING)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [lambda: intake.process(late[0]), accept]))
    assert [mail.fate for mail in InboundMail.objects.all()] == [Fate.FILED, Fate.FILED]
    assert Document.objects.count() == 2
