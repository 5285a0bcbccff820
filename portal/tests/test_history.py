"""What happened stays as it was written (T37)."""

import pytest
from django.test import RequestFactory

from portal import history
from portal.models import HistoryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def entry(cast):
    return history.record(
        cast.company, "opened", "Ouverte", company=cast.company, by=cast.admin, reason="demande"
    )


def test_a_row_says_who_what_and_why_and_belongs_to_the_firm(cast, entry):
    written = HistoryEntry.objects.of(cast.company).get()
    assert (written.firm, written.company, written.by, written.verb, written.text, written.reason) == (
        cast.martin,
        cast.company,
        cast.admin,
        "opened",
        "Ouverte",
        "demande",
    )


def test_a_row_is_never_changed(entry):
    entry.text = "autre chose"
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        HistoryEntry.objects.update(text="autre chose")
    assert [row.text for row in HistoryEntry.objects.all()] == ["Ouverte"]


def test_long_words_are_cut_not_refused(cast):
    assert len(history.record(cast.company, "opened", "x" * 900, reason="y" * 900).text) == 500


BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@pytest.mark.parametrize(
    ("method", "headers", "is_seen"),
    [
        ("GET", {"User-Agent": BROWSER}, True),
        ("GET", {"User-Agent": BROWSER, "Sec-Purpose": "prefetch"}, False),
        ("GET", {"User-Agent": BROWSER, "X-Moz": "prefetch"}, False),
        ("GET", {"User-Agent": "Mozilla/5.0"}, False),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}, False),
        ("GET", {}, False),
        ("HEAD", {"User-Agent": BROWSER}, False),
        ("POST", {"User-Agent": BROWSER}, False),
    ],
)
def test_what_a_person_may_be_held_to_have_seen(method, headers, is_seen):
    assert history.seen(RequestFactory().generic(method, "/", headers=headers)) is is_seen
