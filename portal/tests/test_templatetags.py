"""The small words of the pages, and the promises that templates keep together."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from approvals.directory.standing import Standing
from approvals.models import AddressStatus
from mailing.models import Fate, MailStatus, OutboxStatus
from portal.templatetags import portal as tags

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 21, 15, 10, 2, tzinfo=PARIS)
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCREENS = [path for path in TEMPLATES if path.parent.name != "email"]


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


@pytest.mark.parametrize("status", [*AddressStatus, *Fate, *MailStatus, *OutboxStatus, *Standing])
def test_every_status_has_a_badge_with_a_word_a_tone_and_an_icon(status):
    badge = tags.badge(status)
    assert f'class="badge {status.tone}"' in badge
    assert "<svg" in badge
    assert 'aria-hidden="true"' in badge
    assert str(status.label) in badge


def test_badge_escapes_its_word():
    status = SimpleNamespace(tone="ok", icon="check-circle", label="<b>Classé</b>")
    assert "<b>" not in tags.badge(status)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW.replace(hour=14, minute=32), "14:32"),
        (NOW.replace(hour=0, minute=0), "00:00"),
        (NOW - timedelta(days=1), "hier"),
        (NOW - timedelta(hours=16), "hier"),
        (NOW.replace(day=18), "18 nov."),
        (NOW.replace(month=3, day=8), "8 mars"),
        (NOW.replace(year=2019, month=3, day=8), "8 mars 2019"),
    ],
)
def test_dates_are_said_as_people_say_them(moment, said):
    assert plain(tags.spoken(moment, NOW, words=True, precise=False)) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW, "15:10"),
        (NOW - timedelta(days=1), "20 nov."),
        (NOW.replace(year=2019, month=3, day=8), "8 mars 2019"),
    ],
)
def test_lists_of_emails_show_the_date_or_the_time_of_today(moment, said):
    """S2-04 knows no « hier »."""
    assert plain(tags.spoken(moment, NOW, words=False, precise=False)) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [(NOW, "15:10:02"), (NOW - timedelta(days=1), "hier 15:10"), (NOW.replace(day=2), "2 nov. 15:10")],
)
def test_steps_have_the_time_of_day(moment, said):
    assert plain(tags.spoken(moment, NOW, words=True, precise=True)) == said


def test_when_keeps_the_full_instant_on_hover_in_the_time_of_paris():
    html = tags.when(datetime(2019, 3, 8, 22, 4, 5, tzinfo=ZoneInfo("UTC")))
    assert 'datetime="2019-03-08T23:04:05+01:00"' in html
    assert 'title="8 mars 2019 à 23:04:05"' in html
    assert plain(html).endswith(">8 mars 2019</time>")


def test_when_without_a_date_says_nothing():
    assert tags.when(None) == ""


def test_when_today():
    now = timezone.now()
    assert timezone.localtime(now).strftime(">%H:%M<") in tags.when(now)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 o"),
        (1023, "1023 o"),
        (1024, "1 Ko"),
        (86_016, "84 Ko"),
        (1024 * 1024 - 1, "1 Mo"),
        (1_258_291, "1,2 Mo"),
        (3 * 1024**2, "3 Mo"),
        (52_428_800, "50 Mo"),
        (5 * 1024**3 // 2, "2,5 Go"),
    ],
)
def test_sizes_are_in_french_units(size, said):
    assert plain(tags.filesize(size)) == said


def test_the_menu_marks_the_page_shown(rf):
    request = rf.get("/")
    request.resolver_match = SimpleNamespace(view_name="documents:box")
    template = Template('{% active "documents:box" "documents:image" %}|{% active "portal:company" %}')
    assert template.render(Context({"request": request})) == 'aria-current="page"|'


def test_a_page_without_a_match_marks_nothing(rf):
    assert tags.active({"request": rf.get("/")}, "portal:company") == tags.active({}, "portal:company") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Claire Dupont", "CD"), ("Jean-Luc de la Tour", "JT"), ("léa", "L"), ("a@b.example", "A"), ("", "")],
)
def test_initials(name, shown):
    assert tags.initials(name) == shown


def test_a_firm_is_known_by_its_last_word():
    assert tags.monogram("Cabinet Martin") == "M"


def test_files_counts_what_was_kept():
    kept, logo = SimpleNamespace(left_out=""), SimpleNamespace(left_out="logo")
    mail = SimpleNamespace(files=[kept, logo])
    assert tags.files([mail, mail]) == [kept, kept]


@pytest.mark.parametrize(
    ("name", "kind", "written"),
    [
        ("Facture.PDF", "pdf", "PDF"),
        ("a.b.xlsx", "sheet", "XLSX"),
        ("photo.jpeg", "picture", "JPEG"),
        ("sans", "other", "…"),
    ],
)
def test_a_file_shows_its_extension(name, kind, written):
    tile = tags.filetile(name)
    assert f'class="tile {kind}"' in tile
    assert f">{written}<" in tile


def test_an_extension_is_escaped():
    assert "<b" not in tags.filetile("a.<b>")


def test_first_sentence():
    assert tags.first_sentence("Demandé à Marc Roux. Un autre peut décider.") == "Demandé à Marc Roux"


def test_french_spaces_do_not_break():
    assert tags.spaced("« Box » : pourquoi ?") == "«\xa0Box\xa0»\xa0: pourquoi\xa0?"


@pytest.mark.parametrize("name", ["500.html", "403_csrf.html", "404.html", "403.html"])
def test_error_pages_need_neither_context_nor_database(name, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    page = render_to_string(name)
    assert '<html lang="fr">' in page
    assert "<h1>" in page
    assert 'href="/"' in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_another_catalogue_never_changes_our_french(path):
    """French is the source: « Email » would become Django's own « Courriel » (a context keeps it)."""
    source = path.read_text()
    texts = re.findall(r"""{% translate (["'])(.*?)\1(?: as \w+)? %}""", source)
    assert [text for _, text in texts if gettext(text) != text] == []


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_screens_have_nothing_inline(path):
    """The policy forbids it: such a style or handler would do nothing."""
    source = path.read_text()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", source)


@pytest.mark.parametrize(
    "path", [path for path in SCREENS if path.name.startswith("_")], ids=lambda path: path.name
)
def test_a_partial_says_what_it_is_given(path: Path):
    name = path.relative_to(settings.BASE_DIR / "templates")
    assert path.read_text().startswith(f"{{# {name} : ")
