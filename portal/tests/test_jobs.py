"""Long work: done a handful at a time, each counted with what it changed, watched and stopped by whoever asked."""

import pytest
from django.urls import reverse

from portal import jobs, tasks
from portal.jobs import Work
from portal.models import FailedTask, Firm, Job, JobStatus
from portal.moves import MAX_ATTEMPTS

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def named(monkeypatch):
    """A kind of work that opens a firm for each name, and stumbles where a name says so."""

    def write(job, items, made):
        for name in items:
            if name == job.asked.get("stumbles_at"):
                raise ValueError(f"{name} ne va pas")
            Firm.objects.create(name=name, slug=name)
        return [f"{len(items)} ouverts"] if made else []

    work = Work("test.named", write, make=lambda job, items: len(items), at_once=2)
    monkeypatch.setattr(jobs, "works", lambda: {work.kind: work})
    return work


def opened():
    return sorted(Firm.objects.exclude(slug__in=("martin", "peeters")).values_list("slug", flat=True))


def test_work_is_done_to_its_end(cast, named):
    job = jobs.start(named, "Ouvrir", ["a", "b", "c"], firm=cast.martin, by=cast.admin)
    tasks.jobs()
    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.report) == (
        JobStatus.DONE,
        3,
        3,
        ["2 ouverts", "1 ouverts"],
    )
    assert opened() == ["a", "b", "c"]


def test_a_worker_killed_between_two_handfuls_leaves_the_rest_to_the_next(cast, named):
    job = jobs.start(named, "Ouvrir", ["a", "b", "c"], firm=cast.martin, by=cast.admin)
    first = Job.objects.claim(jobs.LEASE)
    assert jobs.step(named, first)
    Job.objects.filter(pk=job.pk).update(next_attempt_at=job.created_at)  # its lease is over
    tasks.jobs()
    assert opened() == ["a", "b", "c"]
    assert jobs.step(named, first) is False  # the one thought dead wakes up: nothing is done twice
    assert opened() == ["a", "b", "c"]


def test_a_handful_that_fails_is_undone_whole_and_ends_as_a_failed_task(cast, named):
    job = jobs.start(named, "Ouvrir", ["a", "b", "c"], firm=cast.martin, by=cast.admin, stumbles_at="b")
    for _ in range(MAX_ATTEMPTS):
        Job.objects.filter(pk=job.pk).update(next_attempt_at=job.created_at)
        tasks.jobs()
    job.refresh_from_db()
    assert (job.status, job.done, opened()) == (JobStatus.FAILED, 0, [])
    assert [(task.title, task.reason, task.firm) for task in FailedTask.objects.all()] == [
        ("Ouvrir", "b ne va pas", cast.martin)
    ]


def test_whoever_asked_watches_and_stops_it(client, cast, named):
    job = jobs.start(named, "Ouvrir", ["a", "b", "c"], firm=cast.martin, by=cast.admin)
    client.force_login(cast.admin)
    page = reverse("portal:job", args=[job.pk])
    assert client.get(page).status_code == 200
    assert client.get(page, headers={"HX-Request": "true"}).status_code == 200
    assert client.post(reverse("portal:job_stop", args=[job.pk])).status_code == 302
    assert client.get(page, headers={"HX-Request": "true"}).status_code == 286
    tasks.jobs()
    job.refresh_from_db()
    assert (job.status, job.done, opened()) == (JobStatus.CANCELLED, 0, [])


def test_nobody_else_sees_it(client, cast, named):
    job = jobs.start(named, "Ouvrir", ["a"], firm=cast.martin, by=cast.claire)
    for person in (cast.admin, cast.hugo, cast.gerant, cast.charlie):
        client.force_login(person)
        assert client.get(reverse("portal:job", args=[job.pk])).status_code == 404
        assert client.post(reverse("portal:job_stop", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert job.status == JobStatus.WAITING
