"""After five failures a row is a failed task that a person opens, retries or closes (S1-11)."""

import pytest
from django.utils import timezone

from approvals.senders import intake
from approvals.tasks import LEASE
from mailing.models import Fate, InboundMail
from portal.files.keep import path_of
from portal.models import FailedTask, HistoryEntry
from portal.testing import mail_from, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def failed(cast):
    """A mail of the client user whose raw file is gone, so that reading it fails five times."""
    mail = receive(mail_from(cast.compta.email))[0]
    path = path_of(mail.raw.key)
    mail.raw_bytes = path.read_bytes()
    path.unlink()
    for _attempt in range(5):
        InboundMail.objects.update(next_attempt_at=timezone.now())
        with pytest.raises(FileNotFoundError):
            intake.process(InboundMail.objects.claim(lease=LEASE))
    return mail


def test_fifth_failure_opens_one_task(cast, failed):
    task = FailedTask.objects.get()
    assert (task.about, task.company, task.status) == (failed, cast.company, "open")
    assert task.url == f"/activite/{failed.pk}/"
    assert InboundMail.objects.claim(lease=LEASE) is None


def test_retry_puts_the_row_back_and_closes_the_task(client, cast, failed):
    path_of(failed.raw.key).write_bytes(failed.raw_bytes)
    client.force_login(cast.hugo)
    client.post(f"/taches/{FailedTask.objects.get().pk}/relancer/")
    intake.process(InboundMail.objects.claim(lease=LEASE))
    failed.refresh_from_db()
    task = FailedTask.objects.get()
    assert (failed.fate, task.status, task.closed_by) == (Fate.FILED, "retried", cast.hugo)
    assert [(e.verb, e.by) for e in HistoryEntry.objects.of(task)] == [("retried", cast.hugo)]


def test_retry_from_the_mail_closes_the_task_too(client, cast, failed):
    client.force_login(cast.claire)
    client.post(f"/activite/{failed.pk}/reessayer/")
    assert [task.status for task in FailedTask.objects.all()] == ["retried"]


def test_done_closes_and_leaves_the_row(client, cast, failed):
    client.force_login(cast.hugo)
    task = FailedTask.objects.get()
    for _twice in range(2):
        client.post(f"/taches/{task.pk}/clore/")
    failed.refresh_from_db()
    assert (failed.fate, [t.status for t in FailedTask.objects.all()]) == (Fate.UNREADABLE, ["done"])
    assert HistoryEntry.objects.of(task).count() == 1


def test_task_is_seen_by_the_staff_of_the_company_alone(client, cast, failed):
    seen = {}
    for user in (cast.admin, cast.claire, cast.gerant, cast.compta, cast.lea, cast.charlie):
        client.force_login(user)
        page = client.get("/taches/")
        seen[user.name] = len(page.context["page"].rows) if page.status_code == 200 else page.status_code
    assert seen == {
        "Anne Martin": 1, "Claire Dupont": 1, "Marc Roux": 404, "Sophie Roux": 404, "Léa Girard": 404,
        "Charlie Peeters": 0,
    }  # fmt: skip
    client.force_login(cast.gerant)
    assert client.post(f"/taches/{FailedTask.objects.get().pk}/clore/").status_code == 404


def test_task_of_no_company_is_seen_by_firm_administrators(client, cast, failed):
    FailedTask.objects.update(company=None)
    client.force_login(cast.admin)
    assert len(client.get("/taches/").context["page"].rows) == 1
    client.force_login(cast.claire)
    assert len(client.get("/taches/").context["page"].rows) == 0
