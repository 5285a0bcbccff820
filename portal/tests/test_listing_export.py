"""A list as a file: T50 for every text, numbers and dates as such, and a limit that is said in the file."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from approvals.models import AddressStatus, SenderAddress
from portal.listing import Column, Listing, Order
from portal.listing import export as exporting
from portal.listing.export import cell, csv_of, xlsx_of

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NOON = datetime(2026, 3, 8, 12, 30, 5, 999, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.builds(
    lambda start, rest: start + rest,
    st.sampled_from([*FORMULA, " =", "\n=", "＝", "#N/A", "'"]),
    st.text(max_size=9),
)


def csv_read(lines):
    """What a spreadsheet finds in the file."""
    text = "".join(csv_of(iter(lines)))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


def xlsx_read(lines):
    sheet = load_workbook(xlsx_of(iter([["Titre"], *lines]), width=1)).active
    return list(sheet.iter_rows(min_row=2))


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
@example(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", '"=1', "a;=1", "a\r\n=1"])
@example(["'@", "''=1", "'a"])
def test_no_text_of_a_csv_begins_like_a_formula(texts):
    (line,) = csv_read([[cell(text) for text in texts]]) if any(texts) or len(texts) > 1 else [[""]]
    assert [text for text in line if text.lstrip(" ").startswith(FORMULA)] == []
    assert [without_apostrophe(text) for text in line] == [text.replace("\0", "") for text in texts]


def without_apostrophe(text):
    """As whoever reads the file back takes it away: one, where what follows would be a formula."""
    is_kept_down = text.startswith("'") and exporting.FORMULA.match(text.lstrip("'"))
    return text[1:] if is_kept_down else text


@settings(deadline=None)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8))
@example(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "#N/A", "12", "2026-03-08", "TRUE", " ", "_x0041_"])
def test_every_text_of_an_xlsx_is_the_same_string(texts):
    """But for what XML cannot say, and for the ends of lines, which it makes alike."""
    (line,) = xlsx_read([[cell(text) for text in texts]])
    said = [exporting.UNWRITABLE.sub("", t.replace("\r\n", "\n").replace("\r", "\n")) for t in texts]
    assert [found.value or "" for found in line] == said
    assert {found.data_type for found in line if found.value} <= {"s"}
    assert [found.quotePrefix for found in line if found.value] == [
        bool(exporting.FORMULA.match(text)) for text in said if text
    ]


def test_numbers_and_dates_stay_what_they_are():
    values = [-5, 12.5, Decimal("-1234.50"), NOON, date(2026, 3, 8), True, None, "", 10**15, float("nan")]
    values += [AddressStatus.PENDING, gettext_lazy("Refusée"), date(1789, 7, 14)]
    assert csv_read([[cell(value) for value in values]]) == [
        [
            *(
                "-5",
                "12,5",
                "-1234,50",
                "2026-03-08 13:30:05",
                "2026-03-08",
                "oui",
                "",
                "",
                "1000000000000000",
            ),
            *("nan", "pending", "Refusée", "1789-07-14"),
        ]
    ]
    (line,) = xlsx_read([[cell(value) for value in values]])
    assert [found.value for found in line] == [
        *(-5, 12.5, -1234.5, datetime(2026, 3, 8, 13, 30, 5), datetime(2026, 3, 8), "oui", None, None),
        *("1000000000000000", "nan", "pending", "Refusée", "1789-07-14"),
    ]
    assert [found.data_type for found in line[:5]] == ["n", "n", "n", "d", "d"]


def test_a_column_is_a_path_or_a_function():
    row = SimpleNamespace(company=SimpleNamespace(name="Moi Même"), by=None)
    assert Column("Entreprise", "company__name").value_of(row) == "Moi Même"
    assert Column("Par", "by__name").value_of(row) is None
    assert Column("Deux", lambda row: row.company.name[:3]).value_of(row) == "Moi"


class AddressList(Listing):
    search = ("address",)
    orders = {"adresse": Order("address")}
    columns = (
        Column("Adresse", "address"),
        Column("Statut", lambda row: row.badge.label),
        Column("Dernier envoi", "last_mail_at"),
        Column("Actions"),
    )
    exports = ("csv", "xlsx")
    page_size = 2


@pytest.fixture
def five(cast):
    names = ["=a@x", "+b@x", "c@x", "d@x", "e@x"]
    SenderAddress.objects.bulk_create(
        SenderAddress(company=cast.company, address=name, last_mail_at=NOON - timedelta(hours=index))
        for index, name in enumerate(names)
    )
    return cast.company.sender_addresses.all()


def taken(rf, rows, url):
    page = AddressList(rf.get(url), rows)
    answer = page.export_response("adresses")
    return answer, b"".join(answer.streaming_content)


@pytest.mark.django_db
@pytest.mark.database
def test_the_file_holds_all_that_is_found_in_the_order_shown(rf, five):
    answer, content = taken(rf, five, "/liste/?export=csv&q=x&tri=-adresse")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert lines[0] == ["Adresse", "Statut", "Dernier envoi"]
    assert [line[0] for line in lines[1:]] == ["e@x", "d@x", "c@x", "'=a@x", "'+b@x"]
    assert lines[4] == ["'=a@x", "En attente", "2026-03-08 13:30:05"]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="adresses-20')
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")

    answer, content = taken(rf, five, "/liste/?export=xlsx&q=c@")
    lines = [
        [found.value for found in line] for line in load_workbook(io.BytesIO(content)).active.iter_rows()
    ]
    assert lines == [
        ["Adresse", "Statut", "Dernier envoi"],
        ["c@x", "En attente", datetime(2026, 3, 8, 11, 30, 5)],
    ]
    assert answer["Content-Disposition"].endswith(".xlsx")


@pytest.mark.django_db
@pytest.mark.database
def test_a_file_that_was_cut_says_so(rf, five, monkeypatch):
    monkeypatch.setattr(exporting, "LIMIT", 3)
    for form in ("csv", "xlsx"):
        _, content = taken(rf, five, f"/liste/?export={form}")
        if form == "csv":
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
        else:
            lines = [
                [c.value for c in line] for line in load_workbook(io.BytesIO(content)).active.iter_rows()
            ]
        assert len(lines) == 5
        assert lines[-1][0] == "Export limité à 3 lignes : affinez la recherche ou les filtres."
    monkeypatch.setattr(exporting, "LIMIT", 5)
    _, content = taken(rf, five, "/liste/?export=csv")
    assert b"Export limit" not in content


@pytest.mark.django_db
@pytest.mark.database
def test_a_file_is_one_query(rf, five, django_assert_num_queries):
    with django_assert_num_queries(1):
        taken(rf, five, "/liste/?export=csv")


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "pdf", "CSV"])
def test_other_formats_are_no_export(rf, five, asked):
    assert AddressList(rf.get(f"/liste/?export={asked}"), five).export == ""


@pytest.mark.django_db
def test_a_list_without_exports_offers_none(rf, five):
    class Plain(Listing):
        pass

    page = Plain(rf.get("/liste/?export=csv"), five)
    assert (page.export, page.export_links) == ("", [])
