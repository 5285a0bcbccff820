"""« Activité » of the firm and of a company, and the page of a mail: every fate, its reasons, its files."""

import csv
import re
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from approvals.directory.opening import attach, open_company
from mailing.journal.chart import DAYS, GROUP_OF, GROUPS, drawn, last_days
from mailing.models import Fate, InboundMail
from mailing.models.inbound import NOT_FILED
from portal.files.keep import path_of
from portal.testing import BOX, arrive, mail_from, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STRANGER = "facture@bois.example"
VIERS = "4.box@peeters.depot.localhost"
PROGRAM = b"MZ\x90\x00" + b"\0" * 300


@pytest.fixture
def bakery(cast):
    company = open_company(cast.martin, "12", "Boulangerie Petit", token="")
    attach(cast.hugo.staff, company)
    return company


@pytest.fixture
def mails(cast, bakery):
    """One for company 4, one for the bakery, one for the other firm, one for Claire's Mes documents."""
    box = "12.box@martin.depot.localhost"
    return {
        "four": arrive(mail_from(cast.compta.email, subject="De Sophie")),
        "bakery": arrive(mail_from(STRANGER, to=box, subject="Farine"), box),
        "vier": arrive(mail_from(STRANGER, to=VIERS, subject="Bois"), VIERS),
        "claire": arrive(
            mail_from(STRANGER, subject="Secret"), "claire.mes-documents@martin.depot.localhost"
        ),
    }


def rows(client, path="/activite/"):
    return [mail.subject for mail in client.get(path).context["page"].rows]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("admin", ["Farine", "De Sophie"]),
        ("hugo", ["Farine", "De Sophie"]),
        ("claire", ["De Sophie"]),
        ("charlie", ["Bois"]),
    ],
)
def test_staff_reads_the_log_of_its_companies_and_nobody_s_own(client, cast, mails, role, seen):
    client.force_login(getattr(cast, role))
    assert rows(client) == seen


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("devenir=held", ["Farine"]),
        ("devenir=filed", ["De Sophie"]),
        ("devenir=blacklisted", []),
        ("devenir=inconnu", ["Farine", "De Sophie"]),
        ("entreprise=12", ["Farine"]),
        ("entreprise=4&espace=image", []),
        ("espace=box", ["Farine", "De Sophie"]),
        ("q=boulangerie", ["Farine"]),
        ("q=facture.pdf", ["Farine", "De Sophie"]),
        ("recu_au=2020-01-01", []),
        ("entreprise=%00", ["Farine", "De Sophie"]),
    ],
)
def test_filters_are_in_the_url(client, cast, mails, query, found):
    client.force_login(cast.hugo)
    assert rows(client, f"/activite/?{query}") == found


def test_every_fate_can_be_asked_for(client, cast):
    client.force_login(cast.admin)
    for path in ("/activite/", "/entreprises/4/acces-email/activite/"):
        [options] = [
            field.options for field in client.get(path).context["page"].inputs if field.name == "devenir"
        ]
        assert [value for value, _label in options] == ["", *Fate.values]


def test_a_company_of_somebody_else_is_no_choice(client, cast, mails, bakery):
    client.force_login(cast.claire)
    page = client.get("/activite/?entreprise=12").context["page"]
    [options] = [field.options for field in page.inputs if field.name == "entreprise"]
    assert ([value for value, _label in options], [mail.subject for mail in page.rows]) == (
        ["", "4"],
        ["De Sophie"],
    )


def test_export_names_company_files_and_rule(client, cast, mails):
    client.force_login(cast.admin)
    answer = client.get("/activite/?export=csv&entreprise=4")
    head, line = csv.reader(StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";")
    told = dict(zip(head, line, strict=True))
    del told["Reçu"]
    assert told == {
        "Code": "4",
        "Entreprise": "Moi Même SARL",
        "Expéditeur": cast.compta.email,
        "Expéditeur tel que reçu": cast.compta.email,
        "Objet": "De Sophie",
        "Pièces jointes": "facture.pdf (classé dans Box)",
        "Espace": "Box",
        "Devenir": "Classé",
        "Motif": "utilisateur client de l’entreprise",
        "Règle": "Utilisateur client",
    }
    assert client.get("/activite/?export=xlsx").getvalue().startswith(b"PK")


def outcomes(mail):
    return [(file.name, file.outcome) for file in mail.attachments.select_related("document")]


def test_each_file_has_its_own_fate(client, cast):
    files = {"facture.pdf": pdf(), "outil.exe": PROGRAM}
    filed, held = (
        arrive(mail_from(sender, files=files, subject=sender)) for sender in (cast.compta.email, STRANGER)
    )
    left_out = ("outil.exe", "laissé de côté : Programme ou script : type non accepté.")
    assert outcomes(filed) == [("facture.pdf", "classé dans Box"), left_out]
    assert outcomes(held) == [("facture.pdf", "en attente"), left_out]
    client.force_login(cast.gerant)
    page = client.get("/entreprises/4/acces-email/activite/").content.decode()
    assert page.count("facture.pdf – classé dans Box") == 1
    assert page.count("facture.pdf – en attente") == 1


def test_every_fate_says_what_became_of_the_files():
    assert (set(NOT_FILED), set(GROUP_OF)) == (set(Fate), set(Fate))


# The chart


def test_the_chart_counts_by_day_and_group_in_one_query(cast, mails, bakery, django_assert_num_queries):
    for days, fate in ((0, Fate.UNREADABLE), (1, Fate.REJECTED), (29, Fate.FILED), (30, Fate.FILED)):
        [mail] = [arrive(mail_from(STRANGER, subject=f"Il y a {days}"))]
        InboundMail.objects.filter(pk=mail.pk).update(
            status=fate, received_at=timezone.now() - timedelta(days=days)
        )
    with django_assert_num_queries(1):
        chart = last_days(InboundMail.objects.of_staff(cast.hugo))
    assert [(group.name, number) for group, number in chart.totals] == [
        ("filed", 2), ("waiting", 1), ("aside", 1), ("unreadable", 1),
    ]  # fmt: skip
    assert [day.numbers for day in chart.days if day.total] == [(1, 0, 0, 0), (0, 0, 1, 0), (1, 1, 0, 1)]
    assert (chart.total, chart.most, len(chart.days)) == (5, 3, DAYS)


@pytest.mark.parametrize(("hour", "day"), [((23, 30), 27), ((0, 10), 28)])
def test_a_day_ends_at_midnight_of_the_reader(cast, hour, day):
    paris = ZoneInfo("Europe/Paris")
    with time_machine.travel(datetime(2026, 11, day, *hour, tzinfo=paris), tick=False):
        arrive(mail_from(cast.compta.email))
        chart = last_days(InboundMail.objects.all())
        assert [shown.date for shown in chart.days if shown.total] == [date(2026, 11, day)]


def test_a_drawing_stays_within_its_frame_and_shows_one_among_a_thousand():
    today = date(2026, 11, 27)
    chart = drawn({(today, group.name): 1 for group in GROUPS} | {(today, "filed"): 997}, today)
    bars = chart.days[-1].bars
    assert [(bar.group.name, bar.height) for bar in bars] == [
        ("filed", 96), ("waiting", 1), ("aside", 1), ("unreadable", 1),
    ]  # fmt: skip
    assert min(bar.y for bar in bars) == 1
    assert max(bar.x + bar.width for bar in bars) == chart.width - 3
    assert drawn({}, today).total == 0


def test_the_chart_has_no_inline_style_and_a_table_beside_it(client, cast, mails):
    client.force_login(cast.admin)
    page = client.get("/activite/").content.decode()
    [figure] = re.findall(r'<figure class="card chart">.*?</figure>', page, re.DOTALL)
    assert re.findall(r"\sstyle=|<style|<script", figure) == []
    cells = re.findall(r"<td>(\d+)</td>", figure)
    assert cells == ["1", "1", "0", "0"]


def test_an_empty_log_has_no_chart_and_says_what_will_come(client, cast):
    client.force_login(cast.admin)
    page = client.get("/activite/").content.decode()
    assert ("<figure" in page, "Aucun mail reçu" in page) == (False, True)


# The page of a mail


def test_why_says_rules_by_name_and_the_facts(client, cast):
    mail = arrive(mail_from(cast.compta.email))
    client.force_login(cast.gerant)
    page = client.get(f"/activite/{mail.pk}/").content.decode()
    assert (mail.rule, mail.rule_name) == ("R9", "Utilisateur client")
    assert page.count("(règle R9, Utilisateur client)") == 1
    [facts] = re.findall(r'<dl class="facts-used">.*?</dl>', page, re.DOTALL)
    told = dict(zip(*(re.findall(rf"<{tag}>(.*?)</{tag}>", facts) for tag in ("dt", "dd")), strict=True))
    assert told == {fact["fact"]: fact["value"] for fact in mail.facts}
    assert told["Utilisateur client de l’entreprise"] == "oui"
    bare = re.sub(r'<span class="rule">R\w+</span>\s*<span><b>[^<]+</b>|\(règle R\w+, [^)]+\)', "", page)
    assert re.findall(r"\bR(?:0a|0b|\d{1,2})\b", bare) == []


def test_who_it_says_it_is_from_is_shown_as_data(client, cast):
    raw = (
        b"From: <script>alert(1)</script> a@bois.example\r\nFrom: b@bois.example\r\nSubject: s\r\n\r\nbonjour"
    )
    mail = arrive(raw)
    client.force_login(cast.admin)
    for path in ("/activite/", "/non-traitables/", f"/activite/{mail.pk}/"):
        page = client.get(path).content.decode()
        assert (path, page.count("&lt;script&gt;alert(1)"), "<script>alert" in page) == (path, 1, False)


def html_mail(markup, sender="compta@moimeme.example"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, BOX, "Mise en forme"
    message.set_content("Le texte.")
    message.add_alternative(markup, subtype="html")
    message.add_attachment(pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    return message.as_bytes(policy=SMTP)


def test_the_mail_as_it_was_laid_out_is_shown_in_a_sandbox_on_request(client, cast):
    mail = arrive(html_mail('<h1>Bonjour</h1><img src="https://traceur.example/x.gif"><script>1</script>'))
    client.force_login(cast.gerant)
    assert "<iframe" not in client.get(f"/activite/{mail.pk}/").content.decode()
    page = client.get(f"/activite/{mail.pk}/?forme=html").content.decode()
    [frame] = re.findall(r"<iframe[^>]*>", page)
    assert (f'src="/activite/{mail.pk}/html/"' in frame, 'sandbox=""' in frame) == (True, True)

    answer = client.get(f"/activite/{mail.pk}/html/")
    headers = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Cache-Control")
    assert [answer[name] for name in headers] == [
        "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "SAMEORIGIN",
        "nosniff",
        "private, no-store",
    ]
    shown = answer.content.decode()
    assert "<h1>Bonjour</h1>" in shown
    assert re.findall(r"<(?:img|script|form|style|base|meta|link)\b|traceur", shown) == []


def test_what_is_too_deep_is_told_from_its_text(client, cast):
    mail = arrive(html_mail("<div>" * 50_000 + "fond"))
    client.force_login(cast.gerant)
    shown = client.get(f"/activite/{mail.pk}/html/").content.decode()
    assert ("trop lourde" in shown, "Le texte." in shown, "fond" in shown) == (True, True, False)


def test_a_mail_without_html_offers_none(client, cast):
    mail = arrive(mail_from(cast.compta.email))
    client.force_login(cast.gerant)
    page = client.get(f"/activite/{mail.pk}/?forme=html").content.decode()
    assert ("<iframe" in page, "?forme=html" in page) == (False, False)
    assert "pas de version mise en forme" in client.get(f"/activite/{mail.pk}/html/").content.decode()


def test_a_raw_mail_that_the_disk_lost_is_no_error_page(client, cast):
    mail = arrive(html_mail("<p>x</p>"))
    path_of(mail.raw.key).unlink()
    client.force_login(cast.gerant)
    shown = client.get(f"/activite/{mail.pk}/html/")
    assert (shown.status_code, "Le texte." in shown.content.decode()) == (200, True)
