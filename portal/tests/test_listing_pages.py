"""Pages by keyset: each row once, whatever comes and goes; and what a page costs (quality.md, section 4)."""

import json
from base64 import urlsafe_b64encode

import pytest
from django.db import connection

from approvals.models import AddressStatus, SenderAddress
from documents.models import Document
from mailing.models import Space
from portal.listing import Listing, Order, keyset
from portal.models import Company, StoredFile
from portal.tests.addresses import NOON, add, eyes, names, shown

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def see(cast):
    return eyes(cast.company)


def walk(see, url, step):
    """The primary keys of each page from `url` on, by its links « suivant » or « précédent »; and the last page."""
    pages, page = [], see(url)
    while True:
        pages.append([row.pk for row in page.rows])
        target = getattr(page, step)
        if not target:
            return pages, page
        page = see(target)


def in_order(rows, sort):
    """What any order promises, said in Python: empty is the smallest, ties go by primary key."""
    moments = {row.pk: row.last_mail_at.timestamp() if row.last_mail_at else 0 for row in rows}
    people = {row.pk: row.decided_by.name if row.decided_by else "" for row in rows}
    ways = {
        "recents": lambda row: (-moments[row.pk], -row.pk),
        "-recents": lambda row: (moments[row.pk], row.pk),
        "adresse": lambda row: (row.address, row.pk),
        "attente": lambda row: (row.is_decided, -moments[row.pk], -row.pk),
        "decideur": lambda row: (people[row.pk], -moments[row.pk], -row.pk),
    }
    if sort == "-decideur":
        back = sorted(rows, key=ways["decideur"])
        return [row.pk for row in back[::-1]]
    return [row.pk for row in sorted(rows, key=ways[sort])]


@pytest.mark.parametrize("sort", ["recents", "-recents", "adresse", "attente", "decideur", "-decideur"])
def test_pages_show_each_row_once_in_order_both_ways(cast, see, sort):
    rows = add(cast.company, 95)
    SenderAddress.objects.filter(pk__in=[row.pk for row in rows[::7]]).update(decided_by=cast.claire)
    SenderAddress.objects.filter(pk__in=[row.pk for row in rows[::5]]).update(
        decided_by=cast.hugo, status=AddressStatus.REFUSED
    )
    add(cast.vier, 10)
    expected = in_order(see().scoped, sort)
    forth, last = walk(see, f"/liste/?tri={sort}", "next_url")
    assert [len(pages) for pages in forth] == [25, 25, 25, 20]
    assert sum(forth, []) == expected
    back, first = walk(see, last.here, "previous_url")
    assert back == forth[::-1]
    assert first.next_url != ""


def test_a_full_last_page_has_no_next(cast, see):
    add(cast.company, 50)
    forth, _ = walk(see, "/liste/", "next_url")
    assert [len(page) for page in forth] == [25, 25]


def test_rows_that_come_while_paging_move_nothing(cast, see):
    add(cast.company, 60)
    expected = in_order(see().scoped, "recents")
    first = see()
    following, last = first.next_url, first.rows[-1]
    SenderAddress.objects.create(company=cast.company, address="neuve@bois.example", last_mail_at=NOON)
    last.delete()
    second = see(following)
    assert [row.pk for row in second.rows] == expected[25:50]
    third = see(second.next_url)
    assert [row.pk for row in third.rows] == expected[50:]


def test_the_way_back_ends_at_a_whole_first_page(cast, see):
    """Three rows are gone meanwhile: the first page is not shown with 22 rows."""
    add(cast.company, 60)
    back = see(see().next_url).previous_url
    gone = [row.pk for row in see().rows[:3]]
    SenderAddress.objects.filter(pk__in=gone).delete()
    first = see(back)
    assert [row.pk for row in first.rows] == [row.pk for row in see().rows]
    assert first.previous_url == ""


def test_where_nothing_is_left_the_list_starts_again(cast, see):
    add(cast.company, 30)
    second = see(see().next_url)
    SenderAddress.objects.filter(pk__in=[row.pk for row in second.rows]).delete()
    again = see(second.here)
    assert len(again.rows) == 25
    assert (again.previous_url, again.next_url) == ("", "")


def forged(text):
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


NOT_OURS = [
    *("", "x", "é", "%00", "A" * 5000),
    *(forged(text) for text in ("[]", "{}", "1", "null", "[" * 1200, "[NaN,1]", '[{"a":1},1]', "[null,[1]]")),
    *(
        forged(text)
        for text in ("[1]", "[1,1,1,1]", "[1.5,1.5]", "[true,true]", '["\\u0000",1]', '["\\ud800",1]')
    ),
]
NOT_A_MOMENT = [
    forged(f"[{text}]")
    for text in (
        '"2026-03-08T12:00:00+00:00"',
        '"2026-03-08T12:00:00+00:00",1,1',
        '"2026-03-08T12:00:00+00:00","1"',
        '"2026-03-08T12:00:00+00:00",null',
        '"2026-03-08T12:00:00+00:00", 1',
        '"2026-03-08T12:00:00+00:00",9223372036854775808',
        '"2026-03-08T12:00:00",1',
        '"2026-03-08",1',
        '"0001-01-01T00:00:00+14:00",1',
        '"9999-12-31T23:59:59-14:00",1',
    )
]
NOT_A_TEXT = [forged("[null,1]"), forged("[1,1]"), forged('["\\u0000",1]'), forged('["a",null]')]


@pytest.mark.parametrize("param", ["apres", "avant"])
@pytest.mark.parametrize(
    ("sort", "cursors"),
    [
        ("recents", NOT_OURS + NOT_A_MOMENT),
        ("adresse", NOT_OURS + NOT_A_TEXT),
        ("attente", NOT_OURS + NOT_A_MOMENT),
    ],
)
def test_a_cursor_that_we_did_not_write_is_the_first_page(cast, see, sort, cursors, param):
    add(cast.company, 30)
    first = names(see(f"/liste/?tri={sort}"))
    pages = {cursor: see(f"/liste/?tri={sort}&{param}={cursor}") for cursor in cursors}
    assert {cursor for cursor, page in pages.items() if names(page) != first or page.previous_url} == set()


def test_a_cursor_in_reach_of_anyone_stays_in_scope(cast, see):
    add(cast.company, 3)
    add(cast.vier, 30)
    page = see(f"/liste/?apres={forged('[null,9223372036854775807]')}")
    assert names(page) == ["a000@bois.example"]


def test_an_unknown_order_is_the_first_one(cast, see):
    add(cast.company, 5)
    assert names(see("/liste/?tri=status")) == names(see("/liste/?tri=-")) == names(see())


# What it costs


@pytest.mark.parametrize("url", ["/liste/", "/liste/?q=bois&statut=pending&tri=adresse"])
def test_a_page_costs_the_same_for_1_row_and_for_300(cast, see, url, django_assert_num_queries):
    for count in (1, 299):
        add(cast.company, count, prefix=f"x{count}-")
        with django_assert_num_queries(
            2
        ):  # the rows, and the counts of the chips, of which one is the count for « tous »
            shown(see(url))


def steps_of(queryset):
    """How many steps of its machine SQLite takes for `queryset`; how many rows PostgreSQL looks at."""
    if connection.vendor == "sqlite":
        steps = []
        connection.connection.set_progress_handler(lambda: steps.append(1) and 0, 10)
        list(queryset)
        connection.connection.set_progress_handler(None, 0)
        return len(steps)
    return _rows_of(json.loads(queryset.explain(format="json", analyze=True))[0]["Plan"])


def _rows_of(node):
    inner = sum(_rows_of(child) for child in node.get("Plans", ()))
    return inner or node["Actual Rows"] + node.get("Rows Removed by Filter", 0)


class BoxList(Listing):
    orders = {"recents": Order("-created_at")}


def test_a_deep_page_reads_no_more_than_the_first(cast, rf):
    """quality.md, section 4: row 500,000 costs at most twice page 1. Counted, not timed, so 20,000 rows prove it."""
    file = StoredFile.objects.create(
        firm=cast.martin, key="k", sha256="0" * 64, size=1, type="application/pdf"
    )
    one = {"firm": cast.martin, "company": cast.company, "space": Space.BOX, "name": "a.pdf", "file": file}
    Document.objects.bulk_create(Document(**one) for _ in range(200))
    fields = ", ".join(field.column for field in Document._meta.concrete_fields if not field.primary_key)
    with connection.cursor() as cursor:  # each of them a hundred times
        cursor.execute(
            f"INSERT INTO documents_document ({fields}) SELECT {fields} FROM documents_document"
            " CROSS JOIN (SELECT 1 AS again FROM documents_document LIMIT 99) AS times"
        )
        cursor.execute("ANALYZE documents_document")
    box = cast.company.documents.filter(space=Space.BOX)
    keys = BoxList(rf.get("/liste/"), box).keys
    ordered = box.order_by(*keyset.ordering(keys))
    last = ordered[10_000]
    (stretch,) = keyset.stretches(keys, (last.created_at, last.pk))
    first, deep, by_number = (
        steps_of(rows) for rows in (ordered[:51], ordered.filter(stretch)[:51], ordered[10_001:10_052])
    )
    assert 0 < deep <= 2 * first
    assert by_number > 10 * first  # what the measure says of OFFSET


def test_a_column_that_the_list_never_shows_empty_needs_no_place_for_empty_values(cast):
    rows = Company.objects.all()
    [group, _pk] = Order("-group__name", is_filled=True).reversed().keys(rows)
    assert (group.is_descending, group.is_nullable) == (False, False)
    assert Order("-group__name").keys(rows)[0].is_nullable
