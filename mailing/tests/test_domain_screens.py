"""« Domaines » for the firm's administrators, and the page of the IT partner: found beside expected, and nothing else."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from mailing import tasks
from mailing.domains import links, stories
from mailing.models import SendingDomain
from mailing.tests.test_domain_checks import brevo, firm, in_order  # noqa: F401  (fixtures)
from portal.models import HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PAGE = "/parametres/domaines/"


def row(domain="martin.example"):
    return SendingDomain.objects.get(domain=domain)


@pytest.fixture
def checked(firm, name_server, cast, client):  # noqa: F811
    """Martin's domain, whose SPF record lacks Brevo and whose DMARC is missing."""
    in_order(name_server)
    name_server.txt("martin.example", "v=spf1 mx ~all")
    name_server.zone.pop(("_dmarc.martin.example", "TXT"))
    client.force_login(cast.admin)
    client.post(f"{PAGE}verifier/")
    tasks.domains()
    return row()


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def copied(page):
    return re.findall(r'data-copy="([^"]*)"', page.content.decode())


RECORDS = [  # what is to be copied: the record that is there is completed, never doubled
    "martin.example",
    "v=spf1 mx include:spf.brevo.com ~all",
    "_dmarc.martin.example",
    "v=DMARC1; p=none; rua=mailto:rua@dmarc.brevo.com",
]


def test_the_administrator_reads_what_is_found_and_what_is_expected(client, checked):
    page = client.get(PAGE)
    assert copied(page) == [*RECORDS, links.link_of(checked)]
    said = words(page)
    for sentence in (
        "martin.example À compléter",
        "« include:spf.brevo.com » manque",
        "aucun enregistrement DMARC",
        "contact@martin.example",
        "v=spf1 mx ~all",
    ):
        assert sentence.replace("« ", "«\xa0").replace(" »", "\xa0»") in said or sentence in said


def test_domains_that_have_no_row_yet_are_shown_too(client, cast):
    client.force_login(cast.admin)
    assert (SendingDomain.objects.count(), "martin.example" in words(client.get(PAGE))) == (0, True)


def test_a_firm_without_addresses_is_told_what_to_do(client, cast):
    cast.martin.people.update(is_active=False)
    cast.admin.__class__.objects.filter(pk=cast.admin.pk).update(is_active=True, email="")
    cast.martin.communication_email = ""
    cast.martin.save()
    client.force_login(cast.admin)
    assert "Donner une adresse de communication" in words(client.get(PAGE))


def test_check_now_says_how_many_and_the_page_says_that_it_goes_on(client, cast, firm):  # noqa: F811
    client.force_login(cast.admin)
    answer = client.post(f"{PAGE}verifier/")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "1 domaine est vérifié. Rechargez la page dans quelques secondes."
    ]
    assert "Vérification en cours." in words(client.get(PAGE))
    tasks.domains()
    assert "Vérification en cours." not in words(client.get(PAGE))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("S2026", "s2026"), ("s2026._domainkey.martin.example", "s2026"), (" k1.eu ", "k1.eu"), ("", "")],
)
def test_a_selector_is_kept_and_checked_at_once(client, checked, typed, kept):
    client.post(f"{PAGE}{checked.pk}/selecteur/", {"selector": typed})
    assert (row().dkim_selector, row().status) == (kept, "waiting")
    text = f"Anne Martin change le sélecteur DKIM de martin.example : {kept or '—'}"
    assert HistoryEntry.objects.filter(text=text).count() == 1


@pytest.mark.parametrize("typed", ["a b", "été", ".a", "a..b", "a.", "-a", "x" * 64, "a\0b", "<b>"])
def test_what_is_no_selector_is_refused_beside_its_field_and_stays(client, checked, typed):
    page = client.post(f"{PAGE}{checked.pk}/selecteur/", {"selector": typed})
    assert (page.status_code, row().dkim_selector) == (200, "")
    assert page.content.decode().count('aria-invalid="true"') == 1


# The page of the IT partner


def partner(client, domain):
    client.logout()
    return client.get("/dns/" + links.token_of(domain))


def test_the_partner_reads_the_records_and_nothing_else_of_the_firm(client, checked, cast):
    page = partner(client, checked)
    assert (page.status_code, copied(page)) == (200, RECORDS)
    said = words(page)
    assert "Cabinet Martin" in said
    shown = [each for each in (*stories.addresses_of(cast.martin), "Anne", "Moi Même") if each in said]
    assert shown == []
    assert (page["X-Robots-Tag"], page["Referrer-Policy"], page["Cache-Control"]) == (
        "noindex, nofollow",
        "no-referrer",
        "private, no-store",
    )


def test_a_token_is_long_derived_and_in_no_row(checked):
    token = links.token_of(checked)
    assert re.fullmatch(rf"{checked.pk}-[0-9a-f]{{64}}", token)
    stored = [str(value) for values in SendingDomain.objects.values_list() for value in values]
    assert [value for value in stored if token[-32:] in value] == []


def test_only_the_right_token_opens(client, checked, cast):
    stories.add(cast.peeters, ["peeters.example"])
    token, other = links.token_of(checked), row("peeters.example")
    mac = token.partition("-")[2]
    wrong = (
        f"{other.pk}-{mac}",
        f"{checked.pk}-{mac[:-1]}",
        f"{checked.pk}-{mac.upper()}",
        f"0{token}",
        mac,
        f"{'9' * 30}-{mac}",
        f"²-{mac}",
        "x",
        token + "/",
        "%00",
    )
    client.logout()
    assert {each: client.get(f"/dns/{each}").status_code for each in wrong} == dict.fromkeys(wrong, 404)


def test_a_new_link_ends_the_former_one(client, checked):
    former = links.token_of(checked)
    client.post(f"{PAGE}{checked.pk}/lien/")
    assert client.get(f"/dns/{former}").status_code == 404
    assert partner(client, row()).status_code == 200


def test_a_link_is_good_for_ninety_days(client, checked):
    made = timezone.now() - timedelta(days=90)
    for late, code in ((timedelta(minutes=1), 200), (-timedelta(minutes=1), 404)):
        SendingDomain.objects.update(page_made_at=made + late)
        assert partner(client, row()).status_code == code


def test_a_link_outlives_a_change_of_the_secret_key(client, checked, settings):
    token = links.token_of(checked)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "une autre clé"
    assert client.get(f"/dns/{token}").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(f"/dns/{token}").status_code == 404


def test_guessing_is_slowed_down(client):
    codes = [client.get(f"/dns/1-{number:064x}").status_code for number in range(61)]
    assert (codes[:60], codes[60]) == ([404] * 60, 429)


def test_what_stands_in_a_zone_is_text(client, checked, name_server):
    name_server.txt("martin.example", 'v=spf1 "><script>alert(1)</script> -all')
    stories.nightly()
    tasks.domains()
    page = partner(client, row()).content.decode()
    assert ("<script>alert" in page, "&lt;script&gt;alert(1)" in page) == (False, True)
