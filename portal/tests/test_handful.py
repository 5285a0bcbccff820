"""Rows taken together: what is not begun comes back as it was, and a row that was tried before is taken alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import OutboxStatus, OutgoingMail
from portal.moves import Handful

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LEASE, NEEDED = timedelta(seconds=60), timedelta(seconds=40)


@pytest.fixture
def mails():
    OutgoingMail.objects.bulk_create(
        OutgoingMail(kind=MailKind.PENDING, to_email=f"client{n}@exemple.example", subject=f"{n}")
        for n in range(13)
    )


def standing():
    """(status, attempts) of all rows, oldest first."""
    return list(OutgoingMail.objects.order_by("pk").values_list("status", "attempts"))


QUEUED, TAKEN = (OutboxStatus.QUEUED, 0), (OutboxStatus.SENDING, 1)


def test_a_handful_is_taken_at_once_and_what_was_not_begun_is_given_back(mails):
    with Handful(OutgoingMail.objects, LEASE, NEEDED) as handful:
        begun = [handful.next(), handful.next()]
        assert standing() == [TAKEN] * 10 + [QUEUED] * 3
    assert standing() == [TAKEN] * 2 + [QUEUED] * 11
    assert [mail.subject for mail in begun] == ["0", "1"]


def test_all_rows_are_handed_out_once(mails):
    with Handful(OutgoingMail.objects, LEASE, NEEDED) as handful:
        out = []
        while mail := handful.next():
            out.append(mail.subject)
    assert out == [str(n) for n in range(13)]
    assert standing() == [TAKEN] * 13


def test_a_row_without_time_enough_is_claimed_anew(mails):
    with Handful(OutgoingMail.objects, LEASE, NEEDED) as handful:
        handful.next()
        for row in handful.rows:
            row.next_attempt_at = timezone.now() + NEEDED / 2
        second = handful.next()
        assert (second.subject, second.attempts, second.is_held) == ("10", 1, True)
        assert len(handful.rows) == 9
    assert standing().count(TAKEN) == 2


def test_two_that_were_tried_before_are_taken_one_by_one(mails):
    OutgoingMail.objects.filter(subject__in=["0", "1"]).update(attempts=1)
    with Handful(OutgoingMail.objects, LEASE, NEEDED) as handful:
        assert (handful.next().subject, handful.rows) == ("0", [])
        assert (handful.next().subject, handful.rows) == ("1", [])
        assert (handful.next().subject, len(handful.rows)) == ("2", 9)


def test_what_another_has_taken_meanwhile_is_not_given_back(mails):
    with Handful(OutgoingMail.objects, LEASE, NEEDED) as handful:
        handful.next()
        lost = handful.rows[0]
        OutgoingMail.objects.filter(pk=lost.pk).update(attempts=2)
    lost.refresh_from_db()
    assert (lost.status, lost.attempts) == (OutboxStatus.SENDING, 2)
