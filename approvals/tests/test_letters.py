"""« Mdp aléatoire »: passwords that nobody sees but in a letter, handed over once (D-06, T32, T55)."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from approvals.access import delivery, letters, passwords
from approvals.directory.opening import add_contact, add_employee, attach, open_company
from approvals.models import LettersPart, LettersStatus, PasswordLetters
from portal import jobs, tasks
from portal.files.letters import pdf_of_html
from portal.models import ClientMember, FailedTask, HistoryEntry, Job, Journal, User
from portal.testing import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SELECTION = "/parametres/portail/clients/selection/"


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def ask(client, members, path=SELECTION):
    answer = client.post(path, {"geste": "mdp", "choix": [member.pk for member in members]})
    job = Job.objects.latest("pk")
    assert answer["Location"] == job.get_absolute_url()
    return job


def made(client, members, path=SELECTION) -> PasswordLetters:
    job = ask(client, members, path)
    tasks.jobs()
    job.refresh_from_db()
    assert job.status == "done"
    return job.letters


def download(client, found):
    return client.post(f"/lettres/{found.pk}/telecharger/")


def pages_of(answer) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(b"".join(answer.streaming_content))).pages]


def secret_of(page: str) -> str:
    """The password of a letter's page, its groups put together."""
    after = page.partition("Mot de passe initial")[2]
    return "".join(re.findall(rf"[{passwords.ALPHABET}]+", after)[:3])


def logs_in(code, password) -> bool:
    answer = Client().post("/connexion/martin/", {"login": code, "password": password})
    return answer.status_code == 302


def member_of(person):
    return ClientMember.objects.get(user=person)


def test_a_password_is_drawn_printed_and_logs_in_to_a_forced_change(admin, cast):
    found = made(admin, [member_of(cast.compta)])
    [page] = pages_of(download(admin, found))
    for words in ("Cabinet Martin", "Sophie Roux", "Moi Même SARL", "4-compta", "/connexion/martin/"):
        assert words in page
    password = secret_of(page)
    assert len(password) == passwords.LENGTH
    user = User.objects.get(pk=cast.compta.pk)
    assert (user.check_password(password), user.must_change_password, user.password_origin) == (
        True,
        True,
        "random",
    )
    assert logs_in("4-compta", password)
    person = Client()
    person.post("/connexion/martin/", {"login": "4-compta", "password": password})
    assert person.get("/entreprises/4/")["Location"] == "/mon-compte/mot-de-passe/"
    [row] = admin.get("/parametres/portail/?q=compta").context["rows"]
    assert row.password.label == "figé"


def test_the_old_password_and_open_sessions_end(admin, cast):
    person = Client()
    person.force_login(cast.compta)
    made(admin, [member_of(cast.compta)])
    assert person.get("/entreprises/4/").status_code == 302
    assert not logs_in("4-compta", PASSWORD)


def test_letters_are_for_people_without_address_too_each_a_page_in_order(admin, cast):
    company = open_company(
        cast.martin, "31", "Fleurs Nord", street="1 rue des Lilas", postcode="59000", city="Lille"
    )
    mute = add_contact(company, "Muette Fleur")
    found = made(admin, [mute, member_of(cast.compta)])
    pages = pages_of(download(admin, found))
    assert [("Muette Fleur" in page, "Sophie Roux" in page) for page in pages] == [
        (False, True),
        (True, False),
    ]
    for words in ("Fleurs Nord", "1 rue des Lilas", "59000 Lille"):
        assert words in pages[1]
    assert secret_of(pages[0]) != secret_of(pages[1])


def test_the_letter_of_a_salarie_goes_home(client, cast):
    client.force_login(cast.hugo)  # attached staff, in the grid of the company
    home = {"street": "3 impasse du Port", "postcode": "1000", "city": "Bruxelles"}
    employee = add_employee(cast.company, "Nora Vin", "012", **home)
    [page] = pages_of(download(client, made(client, [employee], "/entreprises/4/acces/salaries/selection/")))
    for words in ("Nora Vin", "3 impasse du Port", "1000 Bruxelles", "4-nora"):
        assert words in page


def test_a_person_with_two_accesses_has_one_letter(admin, cast):
    other = add_contact(open_company(cast.martin, "31", "Fleurs"), "Sophie Roux", cast.compta.email)
    mine = cast.company.client_members.get(user=cast.compta)
    found = made(admin, [other, mine])
    [page] = pages_of(download(admin, found))
    assert User.objects.get(pk=cast.compta.pk).check_password(secret_of(page))


def test_nobody_takes_over_an_account_by_a_letter(client, cast):
    """Neither a colleague's, nor what opens a company that the maker does not see."""
    colleague = ClientMember.objects.create(company=cast.company, user=cast.claire)
    elsewhere = open_company(cast.martin, "31", "Fleurs")
    both = add_contact(elsewhere, "Sophie Roux", cast.compta.email)
    mine = cast.company.client_members.get(user=cast.compta)
    hashed = dict(User.objects.values_list("pk", "password"))
    client.force_login(cast.hugo)
    found = made(client, [colleague, mine, both], "/entreprises/4/acces/clients/selection/")
    assert sorted(line.partition(" – ")[0] for line in found.job.report) == [
        "4 · Claire Dupont",
        "4 · Sophie Roux",
    ]
    assert (dict(User.objects.values_list("pk", "password")), found.count) == (hashed, 0)
    assert "Aucune lettre" in client.get(f"/lettres/{found.pk}/").content.decode()
    attach(cast.hugo.staff, elsewhere)
    assert made(client, [mine], "/entreprises/4/acces/clients/selection/").count == 1


def test_a_second_download_finds_a_page_that_explains(admin, cast):
    found = made(admin, [member_of(cast.compta)])
    assert "1 lettre est prête" in admin.get(f"/lettres/{found.pk}/").content.decode()
    assert download(admin, found)["Content-Type"] == "application/pdf"
    again = found
    with_part = LettersPart.objects.count()
    answer = download(admin, again)
    found.refresh_from_db()
    assert (with_part, answer.status_code) == (1, 410)  # the first was not read to its end yet
    assert "une seule fois" in answer.content.decode()


def test_the_first_complete_delivery_removes_them_a_broken_one_does_not(admin, cast):
    found = made(admin, [member_of(cast.compta)])
    broken = delivery.take(found)
    next(iter(broken))
    assert delivery.take(found) is None  # another tab meanwhile
    broken.close()
    assert LettersPart.objects.count() == 1
    assert len(pages_of(download(admin, found))) == 1
    found.refresh_from_db()
    assert (found.status, LettersPart.objects.count()) == (LettersStatus.DELIVERED, 0)
    assert download(admin, found).status_code == 410
    [entry] = HistoryEntry.objects.filter(verb="letters_delivered")
    assert (entry.journal, entry.by) == (Journal.ACCESS, cast.admin)


def test_after_an_hour_they_are_refused_and_then_swept(admin, cast):
    found = made(admin, [member_of(cast.compta)])
    assert timedelta(minutes=59) < found.expires_at - timezone.now() <= timedelta(hours=1)
    assert delivery.expire() == 0
    PasswordLetters.objects.update(expires_at=timezone.now())
    assert download(admin, found).status_code == 410
    assert delivery.expire() == 1
    found.refresh_from_db()
    assert (found.status, LettersPart.objects.count()) == (LettersStatus.EXPIRED, 0)


def test_they_are_their_maker_s_alone(admin, cast):
    found = made(admin, [member_of(cast.compta)])
    for person in (cast.claire, cast.hugo, cast.gerant, cast.lea, cast.charlie):
        other = Client()
        other.force_login(person)
        assert other.get(f"/lettres/{found.pk}/").status_code == 404
        assert download(other, found).status_code == 404
    cast.admin.staff_member.delete()
    assert download(admin, found).status_code in (302, 404)
    assert LettersPart.objects.count() == 1


def test_nothing_but_the_letter_says_the_password(admin, cast, caplog):
    found = made(admin, [member_of(cast.compta)])
    stored = bytes(LettersPart.objects.get().content)
    password = secret_of(pages_of(download(admin, found))[0])
    written = [json.dumps(list(Job.objects.values()), default=str), caplog.text]
    written += [str(list(HistoryEntry.objects.values())), str(list(User.objects.values()))]
    written += [
        admin.get(path).content.decode() for path in (found.job.get_absolute_url(), f"/lettres/{found.pk}/")
    ]
    assert [text for text in written if password in text] == []
    assert b"%PDF" not in stored


def test_a_worker_killed_after_printing_has_changed_nothing_and_the_handful_is_made_anew(admin, cast):
    before = User.objects.get(pk=cast.compta.pk).password
    job = ask(admin, [member_of(cast.compta)])
    lost = letters.make(job, job.asked["items"])
    assert (len(lost.hashes), User.objects.get(pk=cast.compta.pk).password) == (1, before)
    assert LettersPart.objects.count() == 0
    tasks.jobs()
    [page] = pages_of(download(admin, job.letters))
    user = User.objects.get(pk=cast.compta.pk)
    assert (user.check_password(secret_of(page)), user.password in lost.hashes.values()) == (True, False)


def test_several_handfuls_are_one_pdf_and_one_that_is_stopped_keeps_what_is_done(admin, cast, monkeypatch):
    members = [add_contact(cast.company, f"Contact {n}") for n in range(5)]
    work = jobs.Work(letters.LETTERS.kind, letters.write, make=letters.make, at_once=2)
    monkeypatch.setattr(jobs, "works", lambda: {work.kind: work})
    found = made(admin, members)
    assert (found.parts.count(), found.count) == (1, 5)
    pages = pages_of(download(admin, found))
    assert [page.partition("Contact ")[2][0] for page in pages] == ["0", "1", "2", "3", "4"]

    job = ask(admin, members)
    claimed = Job.objects.claim(jobs.LEASE)
    assert jobs.step(work, claimed)
    assert download(admin, job.letters).status_code == 409  # not before it is over
    assert jobs.step(work, claimed)
    jobs.stop(claimed)
    pages = pages_of(download(admin, PasswordLetters.objects.get(job=job)))
    assert len(pages) == 4
    users = User.objects.in_bulk([member.user_id for member in members])
    pairs = zip(members[:4], pages, strict=True)
    assert all(users[member.user_id].check_password(secret_of(page)) for member, page in pairs)


def test_what_a_printer_stumbles_at_is_in_no_report(admin, cast, monkeypatch):
    def stumble(template, context):
        raise ValueError("".join(context["letters"][0].groups))

    monkeypatch.setattr("portal.files.letters.pdf_of", stumble)
    job = ask(admin, [member_of(cast.compta)])
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(next_attempt_at=job.created_at)
        tasks.jobs()
    assert [task.reason for task in FailedTask.objects.all()] == [
        "Les lettres n’ont pas pu être imprimées (ValueError)."
    ]


# The password itself


def test_passwords_have_no_look_alikes_and_68_bits():
    assert set("0Oo1IliI") & set(passwords.ALPHABET) == set()
    assert len(set(passwords.ALPHABET)) == len(passwords.ALPHABET)
    assert len(passwords.ALPHABET) ** passwords.LENGTH >= 2**68
    drawn = {passwords.random_password() for _ in range(200)}
    assert (len(drawn), {len(password) for password in drawn}) == (200, {passwords.LENGTH})


class Counted(hashers.PBKDF2PasswordHasher):
    """Counts the iterations of everything that is hashed."""

    iterations = 40_000
    spent = 0

    def encode(self, password, salt, iterations=None):
        Counted.spent += iterations or self.iterations
        return super().encode(password, salt, iterations)


@pytest.mark.parametrize("login", ["4-compta", "4", "personne"])
def test_a_quick_hash_does_not_show_at_login(cast, settings, login):
    """A wrong password costs as much for a random one, for one's own, and for nobody (T32)."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    User.objects.filter(pk=cast.gerant.pk).update(password=hashers.make_password("le sien, long"))
    User.objects.filter(pk=cast.compta.pk).update(password=passwords.quick_hash("aaaabbbbcccc"))
    Counted.spent = 0
    assert not logs_in(login, "un mauvais mot de passe")
    assert Counted.spent == Counted.iterations


def test_the_first_login_hashes_anew_with_the_full_count(cast, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    quick = passwords.quick_hash("aaaabbbbcccc")
    assert quick.split("$")[1] == str(passwords.ITERATIONS)
    User.objects.filter(pk=cast.compta.pk).update(password=quick)
    assert logs_in("4-compta", "aaaabbbbcccc")
    assert User.objects.get(pk=cast.compta.pk).password.split("$")[1] == str(Counted.iterations)


# What a printed page may fetch (T55)


@pytest.mark.parametrize(
    "page",
    [
        '<link rel="stylesheet" href="{there}">',
        "<style>@import url('{there}');</style>",
        '<img src="{there}" alt="">',
        '<link rel="attachment" href="{there}">',
        '<object data="{there}"></object>',
        "<style>body {{ background: url('{there}') }}</style>",
    ],
)
def test_a_page_reaches_neither_the_disk_nor_the_network(page, tmp_path):
    """A server that would hear, and a file that would be seen; and no way through the static files."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    heard = []

    class Ears(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_error(404)

        def log_message(self, *said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Ears)
    Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.txt"
    secret.write_text("ce que personne ne doit lire")
    try:
        for there in (
            f"http://127.0.0.1:{server.server_port}/x",
            secret.as_uri(),
            str(secret),
            "/static/../manage.py",
            "/static/%2e%2e/manage.py",
            "https://portal.invalid/static/..%2fmanage.py",
            f"https://portal.invalid@127.0.0.1:{server.server_port}/static/css/letter.css",
        ):
            pdf = pdf_of_html(page.format(there=there))
            reader = PdfReader(BytesIO(pdf))
            assert (there, reader.attachments, len(reader.pages)) == (there, {}, 1)
    finally:
        server.shutdown()
    assert heard == []


def test_own_static_files_and_data_are_given():
    plain = pdf_of_html("<p>lettre</p>")
    styled = pdf_of_html('<link rel="stylesheet" href="/static/css/letter.css"><p class="secret">lettre</p>')
    assert ("DejaVuSansMono" in fonts(styled), "DejaVuSansMono" in fonts(plain)) == (True, False)
    dot = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4"
        "2mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    [page] = PdfReader(BytesIO(pdf_of_html(f'<img src="{dot}" alt="">'))).pages
    assert len(page.images) == 1


def fonts(pdf: bytes) -> str:
    [page] = PdfReader(BytesIO(pdf)).pages
    return " ".join(
        str(font.get_object()["/BaseFont"]).replace("-", "") for font in page["/Resources"]["/Font"].values()
    )


def test_what_people_typed_is_text_in_a_letter(admin, cast):
    company = open_company(cast.martin, "31", "<b>Fleurs</b> & Cie")
    member = add_contact(company, '<img src="file:///etc/passwd">{{ firm }}')
    [page] = pages_of(download(admin, made(admin, [member])))
    assert "<b>Fleurs</b> & Cie" in page
    assert "{{ firm }}" in page
