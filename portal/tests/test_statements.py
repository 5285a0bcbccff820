"""Statements compiled once write and find what Django's own would."""

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from mailing.kinds import MailKind
from mailing.models import OutboxStatus, OutgoingMail
from portal.models import LoginCode, User
from portal.statements import insert, is_there, update

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

ODD = {"text": "l’été « 100 % » ; DROP TABLE", "list": [1, None, {"é": "\\"}]}


def mail(**fields):
    return OutgoingMail(
        kind=MailKind.PENDING,
        from_email="a@martin.example",
        to_email="b@bois.example",
        subject="100 % d’été",
        text="x",
        html="<p>",
        choice=ODD,
        **fields,
    )


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_as_save_would_have_written_it(cast):
    row = insert(mail(firm=cast.martin, company=cast.company, about=cast.company))
    assert row.pk is not None
    assert values(OutgoingMail.objects.get()) == values(row)
    row.subject = "changé"
    row.save()  # Django takes it for a row that is there
    assert OutgoingMail.objects.get().subject == "changé"


def test_what_the_database_refuses_is_raised_as_by_save(cast):
    insert(mail(once="une fois"))
    with pytest.raises(IntegrityError):
        insert(mail(once="une fois"))


def test_only_the_rows_meant_are_updated(cast):
    first, second = insert(mail()), insert(mail())
    now = timezone.now()
    moved = update(
        OutgoingMail,
        {"pk": first.pk, "status": OutboxStatus.QUEUED},
        {"status": OutboxStatus.SENT, "sent_at": now, "choice": ODD, "company": None},
    )
    assert moved == 1
    assert update(OutgoingMail, {"pk": first.pk, "status": OutboxStatus.QUEUED}, {"subject": "non"}) == 0
    rows = OutgoingMail.objects.order_by("pk").values_list("pk", "status", "sent_at", "choice", "subject")
    assert list(rows) == [
        (first.pk, "sent", now, ODD, "100 % d’été"),
        (second.pk, "queued", None, ODD, "100 % d’été"),
    ]


def test_what_is_there_is_found(cast):
    assert is_there(LoginCode, firm=cast.martin.pk, code="4-compta")
    assert not is_there(LoginCode, firm=cast.peeters.pk, code="4-compta")
    assert not is_there(User, email="' OR 1=1 --")


def test_a_name_that_is_no_field_is_refused(cast):
    with pytest.raises(FieldDoesNotExist):
        is_there(User, email__icontains="e")


def test_a_move_on_a_narrower_queryset_keeps_what_narrows_it(cast):
    row = insert(mail(firm=cast.martin))
    there, elsewhere = (
        OutgoingMail.objects.filter(firm=cast.martin),
        OutgoingMail.objects.filter(firm=cast.peeters),
    )
    assert not elsewhere.move(row.pk, old=OutboxStatus.QUEUED, new=OutboxStatus.CANCELLED)
    assert there.move(row.pk, old=OutboxStatus.QUEUED, new=OutboxStatus.SENDING, attempts=F("attempts") + 1)
    row.refresh_from_db()
    assert (row.status, row.attempts) == (OutboxStatus.SENDING, 1)


def test_a_move_that_counts_by_an_expression_is_django_s(cast):
    row = insert(mail())
    assert OutgoingMail.objects.move(
        row.pk, old=OutboxStatus.QUEUED, new=OutboxStatus.SENDING, attempts=F("attempts") + 2
    )
    row.refresh_from_db()
    assert row.attempts == 2
