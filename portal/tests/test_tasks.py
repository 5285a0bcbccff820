"""The worklist of failed tasks: what is to be done, who looks after it, gestures on one and on many (S1-11)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.directory.opening import attach, make_staff, open_company
from approvals.senders import intake
from mailing.models import Fate, InboundMail
from portal import failures
from portal.failures import owners
from portal.models import FailedTask, HistoryEntry, Job, JobStatus
from portal.testing import mail_from, receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SELECTION = "/taches/selection/"


@pytest.fixture
def tasks(cast):
    """Three mails of company 4 that could not be read, the first one two days ago."""
    for name in ("un", "deux", "trois"):
        [mail] = receive(mail_from(f"{name}@bois.example"))
        intake.park(mail, f"motif {name}")
    found = [FailedTask.objects.get(reason=f"motif {name}") for name in ("un", "deux", "trois")]
    now = timezone.now()
    for days, task in zip((2, 1, 0), found, strict=True):
        FailedTask.objects.filter(pk=task.pk).update(opened_at=now - timedelta(days=days))
    return found


def listed(client, query=""):
    return [
        task.reason.removeprefix("motif ") for task in client.get(f"/taches/{query}").context["page"].rows
    ]


def said(client, answer):
    page = client.get(answer["Location"])
    return [str(message) for message in page.context["messages"]]


def tell(client, geste, *chosen, **fields):
    data = {"geste": geste, "choix": [task.pk for task in chosen], **fields}
    return client.post(SELECTION, data)


def owners_of(tasks):
    return [FailedTask.objects.get(pk=task.pk).owner for task in tasks]


def test_what_waits_longest_stands_first(client, cast, tasks):
    client.force_login(cast.hugo)
    assert listed(client) == ["un", "deux", "trois"]
    assert listed(client, "?tri=-age") == ["trois", "deux", "un"]


def test_filters_by_status_by_owner_by_company_and_by_words(client, cast, tasks):
    client.force_login(cast.hugo)
    first, second, third = tasks
    tell(client, "clore", third)
    tell(client, "prendre", second)
    client.post(f"/taches/{first.pk}/relancer/")
    assert listed(client) == ["deux"]
    assert listed(client, "?statut=retried") == ["un"]
    assert listed(client, "?statut=done") == ["trois"]
    assert (listed(client, "?qui=moi"), listed(client, "?qui=personne")) == (["deux"], [])
    assert (listed(client, "?q=DEUX"), listed(client, "?q=rien"), listed(client, "?q=lenoir")) == (
        ["deux"],
        [],
        ["deux"],
    )
    assert (listed(client, "?entreprise=4"), listed(client, "?entreprise=99")) == (["deux"], ["deux"])
    chips = [
        [(str(chip.label), str(chip.count)) for chip in row]
        for row in client.get("/taches/").context["page"].chips
    ]
    assert chips == [
        [("À traiter", "1"), ("Relancées", "1"), ("Traitées", "1")],
        [("Les miennes", "1"), ("Sans personne", "0")],
    ]


def test_pages_follow_one_another(client, cast, tasks):
    [model] = FailedTask.objects.filter(pk=tasks[0].pk)
    FailedTask.objects.bulk_create(
        FailedTask(
            firm=cast.martin,
            company=cast.company,
            about_type=model.about_type,
            about_id=10_000 + number,
            title="Autre tâche",
            reason=f"motif {number}",
        )
        for number in range(50)
    )
    client.force_login(cast.hugo)
    page = client.get("/taches/").context["page"]
    assert (len(page.rows), page.previous_url) == (50, "")
    assert listed(client, page.next_url.removeprefix("/taches/")) == ["47", "48", "49"]


def test_nothing_to_do_says_so(client, cast):
    client.force_login(cast.hugo)
    assert "Aucune tâche à traiter" in client.get("/taches/").content.decode()
    assert "Aucune tâche ne correspond" in client.get("/taches/?statut=done").content.decode()


def test_the_list_goes_into_a_file(client, cast, tasks):
    client.force_login(cast.hugo)
    lines = b"".join(client.get("/taches/?export=csv")).decode("utf-8-sig").splitlines()
    assert [line.split(";")[2] for line in lines] == ["Motif", "motif un", "motif deux", "motif trois"]


def test_whoever_takes_first_has_it_and_the_second_reads_who(client, cast, tasks):
    client.force_login(cast.claire)
    assert said(client, tell(client, "prendre", tasks[0])) == ["Vous vous occupez de cette tâche."]
    client.force_login(cast.hugo)
    answer = tell(client, "prendre", *tasks[:2])
    assert said(client, answer) == [
        "Vous vous occupez de cette tâche.",
        f"« {tasks[0].title} » : Claire Dupont s’en occupe déjà.",
    ]
    assert owners_of(tasks) == [cast.claire, cast.hugo, None]
    history = [(e.verb, e.by, e.is_internal) for e in HistoryEntry.objects.of(tasks[0])]
    assert history == [("taken", cast.claire, True)]


def test_two_take_a_task_that_both_saw_free(cast, tasks):
    [mine, yours] = [FailedTask.objects.select_related("company", "firm", "owner").get(pk=tasks[0].pk)] * 2
    yours = FailedTask.objects.select_related("company", "firm", "owner").get(pk=tasks[0].pk)
    assert (owners.take(mine, by=cast.claire), owners.take(yours, by=cast.hugo)) == (True, False)
    assert owners_of(tasks[:1]) == [cast.claire]


def test_what_is_taken_can_be_left_by_annuler(client, cast, tasks):
    client.force_login(cast.claire)
    page = client.get(tell(client, "prendre", tasks[0])["Location"]).content.decode()
    assert ('name="geste" value="laisser"' in page, "Annuler" in page) == (True, True)
    tell(client, "laisser", tasks[0])
    assert owners_of(tasks[:1]) == [None]
    client.force_login(cast.hugo)
    tell(client, "laisser", tasks[0])
    assert [e.verb for e in HistoryEntry.objects.of(tasks[0])] == ["left", "taken"]


def test_a_task_of_somebody_who_left_is_free(client, cast, tasks):
    client.force_login(cast.claire)
    tell(client, "prendre", tasks[0])
    cast.claire.is_active = False
    cast.claire.save()
    client.force_login(cast.hugo)
    assert listed(client, "?qui=personne") == ["un", "deux", "trois"]
    tell(client, "prendre", tasks[0])
    assert owners_of(tasks[:1]) == [cast.hugo]


def test_a_task_is_handed_to_somebody_who_works_on_the_company(client, cast, tasks):
    client.force_login(cast.hugo)
    form = tell(client, "confier", *tasks[:2]).context["form"]
    names = ["—", "Anne Martin", "Claire Dupont", "Hugo Lenoir"]
    assert [label for _value, label in form.fields["personne"].choices] == names
    seen = [f"{task.pk}:" for task in tasks[:2]]
    answer = tell(client, "confier", *tasks[:2], suite="oui", personne=cast.claire.pk, vu=seen)
    assert said(client, answer) == ["Claire Dupont s’occupe de 2 tâches."]
    assert owners_of(tasks) == [cast.claire, cast.claire, None]
    entry = HistoryEntry.objects.of(tasks[0]).get()
    assert entry.text == f"Hugo Lenoir confie à Claire Dupont : {tasks[0].title}"


def test_a_task_taken_while_the_form_was_open_stays_with_its_owner(client, cast, tasks):
    owners.take(tasks[0], by=cast.claire)
    client.force_login(cast.hugo)
    fields = {"suite": "oui", "personne": cast.hugo.pk}
    answer = tell(client, "confier", tasks[0], vu=f"{tasks[0].pk}:", **fields)
    assert said(client, answer) == [f"« {tasks[0].title} » : Claire Dupont s’en occupe déjà."]
    tell(client, "confier", tasks[0], vu=f"{tasks[0].pk}:{cast.claire.pk}", **fields)
    assert owners_of(tasks[:1]) == [cast.hugo]


@pytest.mark.parametrize("seen", ["²", "x:y", "1:²", ":", f"{10**30}:1", "1:" + "9" * 30])
def test_an_owner_that_means_nothing_is_as_if_it_was_not_said(client, cast, tasks, seen):
    client.force_login(cast.hugo)
    tell(client, "confier", tasks[0], suite="oui", personne=cast.claire.pk, vu=seen)
    assert owners_of(tasks[:1]) == [cast.claire]


def test_nobody_gets_a_task_that_they_do_not_see(client, cast, tasks):
    make_staff(cast.patron)  # of the other firm
    client.force_login(cast.hugo)
    for stranger in (cast.gerant, cast.patron, cast.charlie):
        answer = tell(client, "confier", tasks[0], suite="oui", personne=stranger.pk)
        assert answer.context["form"].errors.keys() == {"personne"}
    assert not owners.hand(tasks[0], cast.charlie, seen=None, by=cast.hugo)
    assert owners_of(tasks[:1]) == [None]


def test_whoever_is_to_look_after_several_works_on_all_their_companies(client, cast, tasks):
    other = open_company(cast.martin, "5", "Autre SARL", token="")
    attach(cast.hugo.staff, other)
    FailedTask.objects.filter(pk=tasks[1].pk).update(company=other)
    client.force_login(cast.hugo)
    form = tell(client, "confier", *tasks[:2]).context["form"]
    assert [label for _value, label in form.fields["personne"].choices] == ["—", "Anne Martin", "Hugo Lenoir"]


def test_many_are_retried_at_once(client, cast, tasks):
    client.force_login(cast.hugo)
    answer = client.post(f"{SELECTION}?q=motif", {"geste": "relancer", "choix": "tous"})
    assert said(client, answer) == ["3 tâches sont relancées."]
    assert {mail.fate for mail in InboundMail.objects.all()} == {Fate.RECEIVED}
    assert {task.status for task in FailedTask.objects.all()} == {"retried"}


def test_what_cannot_be_retried_any_more_says_why(client, cast, tasks):
    client.force_login(cast.hugo)
    first, second, _third = tasks
    failures.done(first, by=cast.claire)
    InboundMail.objects.filter(pk=second.about_id).update(status=Fate.FILED)
    assert said(client, client.post(f"/taches/{first.pk}/relancer/")) == [
        f"« {first.title} » : Claire Dupont l’a déjà traitée."
    ]
    assert said(client, client.post(f"/taches/{second.pk}/relancer/")) == [
        f"« {second.title} » : il n’y a plus rien à relancer, clôturez la tâche."
    ]
    assert [task.status for task in FailedTask.objects.order_by("opened_at")] == ["done", "open", "open"]


def test_what_is_closed_can_be_opened_again(client, cast, tasks):
    client.force_login(cast.hugo)
    assert said(client, tell(client, "clore", *tasks)) == ["3 tâches sont closes."]
    assert listed(client, "?statut=done") == ["trois", "deux", "un"]
    tell(client, "rouvrir", tasks[0])
    task = FailedTask.objects.get(pk=tasks[0].pk)
    assert (task.status, task.closed_at, task.closed_by) == ("open", None, None)
    assert [e.verb for e in HistoryEntry.objects.of(task)] == ["reopened", "done"]


def test_what_failed_again_is_not_opened_twice(client, cast, tasks):
    failures.done(tasks[0], by=cast.hugo)
    failures.report(tasks[0].about, "encore", title="Encore", firm=cast.martin, company=cast.company)
    client.force_login(cast.hugo)
    assert said(client, tell(client, "rouvrir", tasks[0])) == [f"« {tasks[0].title} » est déjà à traiter."]
    assert FailedTask.objects.get(pk=tasks[0].pk).status == "done"


def test_a_row_leads_to_what_failed_where_the_person_may_open_it(client, cast, tasks):
    client.force_login(cast.admin)
    job = Job.objects.create(
        firm=cast.martin, by=cast.hugo, kind="test", title="ZIP de Hugo", status=JobStatus.FAILED
    )
    failures.report(job, "motif job", title="ZIP", firm=cast.martin)
    page = client.get("/taches/").content.decode()
    assert f'href="/activite/{tasks[0].about_id}/"' in page
    assert f"/travaux/{job.pk}/" not in page


@pytest.mark.parametrize(
    "posted", [{}, {"geste": "relancer"}, {"geste": "rien", "choix": "1"}, {"geste": "clore", "choix": "²"}]
)
def test_a_form_that_names_nothing_does_nothing(client, cast, tasks, posted):
    client.force_login(cast.hugo)
    assert said(client, client.post(SELECTION, posted)) == ["Aucune tâche n’a été choisie."]
    assert {task.status for task in FailedTask.objects.all()} == {"open"}


def test_the_tasks_of_others_are_nobody_s_to_touch(client, cast, tasks):
    client.force_login(cast.charlie)
    for gesture in ("relancer", "prendre", "confier", "clore", "rouvrir", "laisser"):
        assert said(client, tell(client, gesture, *tasks)) == ["Aucune tâche n’a été choisie."]
    assert [(task.status, task.owner) for task in FailedTask.objects.all()] == [("open", None)] * 3


def test_one_comes_back_to_the_page_of_the_list_and_nowhere_else(client, cast, tasks):
    client.force_login(cast.hugo)
    assert tell(client, "prendre", tasks[0], next="/taches/?qui=moi")["Location"] == "/taches/?qui=moi"
    assert tell(client, "prendre", tasks[1], next="https://ailleurs.example/")["Location"] == "/taches/"
