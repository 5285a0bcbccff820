"""One way to show a list: search, filters, orders, pages by keyset, selection (ui.md, « Every list, by one room »)."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import Case, Q, Value, When
from django.template.loader import render_to_string

from approvals.models import AddressStatus, SenderAddress
from approvals.models.sender_address import Route
from documents.models import Document
from mailing.models import Space
from portal.listing import (
    Action,
    BooleanFilter,
    ChoiceFilter,
    Column,
    Listing,
    Order,
    PeriodFilter,
    keyset,
    selected,
)
from portal.listing import counts as counting
from portal.listing import selection as selecting
from portal.listing.counts import Count
from portal.listing.search import fold
from portal.models import StoredFile
from portal.testing import arrive, mail_from, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
TICK = '<td role="cell" class="tight"><input type="checkbox" name="choix" value="7" form="liste-choix" '


class AddressList(Listing):
    search = ("address", "name")
    filters = (
        ChoiceFilter("statut", field="status", choices=AddressStatus, every="Toutes"),
        PeriodFilter("vu", field="last_mail_at", label="Vu du"),
        ChoiceFilter("par", field="route", choices=Route, menu=True, label="Décideur"),
        BooleanFilter("motivees", "Avec un motif", only=~Q(reason="")),
    )
    orders = {
        "recents": Order("-last_mail_at"),
        "adresse": Order("address"),
        "attente": Order("is_decided", "-last_mail_at"),
        "decideur": Order("decided_by__name", "-last_mail_at"),
    }
    columns = (
        Column("Adresse", "address", order="adresse"),
        Column("Statut", lambda row: row.badge.label),
        Column("Dernier envoi", "last_mail_at", order="recents"),
        Column("Motif", "reason", is_shown=False),
        Column("Actions", is_silent=True),
    )
    actions = (Action("accepter", "Accepter", "primary"), Action("refuser", "Refuser", confirm="Refuser ?"))
    exports = ("csv", "xlsx")
    page_size = 25


@pytest.fixture
def see(rf, cast):
    """The page of company 4's addresses at a URL, or the answer to a form posted there."""

    def look(url="/liste/", posted=None, kind=AddressList):
        request = rf.get(url) if posted is None else rf.post(url, posted)
        decided = Case(When(status=AddressStatus.PENDING, then=Value(0)), default=Value(1))
        mine = cast.company.sender_addresses.select_related("decided_by").annotate(is_decided=decided)
        return kind(request, mine)

    return look


def add(company, count, prefix="a", **fields):
    """Addresses a000…: every third never wrote, the others did in ties of four; each seventh has a decider."""
    rows = [
        SenderAddress(
            company=company,
            address=f"{prefix}{number:03}@bois.example",
            last_mail_at=NOON - timedelta(hours=number // 4) if number % 3 else None,
            **fields,
        )
        for number in range(count)
    ]
    return SenderAddress.objects.bulk_create(rows)


def walk(see, url, step):
    """The primary keys of each page from `url` on, by its links « suivant » or « précédent »; and the last page."""
    pages, page = [], see(url)
    while True:
        pages.append([row.pk for row in page.rows])
        target = getattr(page, step)
        if not target:
            return pages, page
        page = see(target)


def names(page):
    return [row.address for row in page.rows]


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


# Pages


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


# Search


PEOPLE = {
    "a": "energie",
    "b": "Énergie Verte",
    "c": "L’ÉNERGIE",
    "d": "E\u0301nergie",
    "e": "Chef‑d'ŒUVRE",
    "f": "Straße",
    "g": "100 %",
    "h": "a_c",
    "i": "a\\b",
    "j": "[(?i)x{1}^$|",
    "k": "Ελλάς",
}
FOUND = {
    "énergie": ["a", "b", "c", "d"],
    "ENERGIE": ["a", "b", "c", "d"],
    "nerg verte": ["b"],
    "verte énergie": ["b"],
    "l'energie": ["c"],
    "oeuvre": ["e"],
    "Œuvre": ["e"],
    "chef-d’œuvre": ["e"],
    "strasse": ["f"],
    "STRAßE": ["f"],
    "%": ["g"],
    "_": ["h"],
    "\\": ["i"],
    "a_b": [],
    ".*": [],
    "[": ["j"],
    "(?i)x{1}^$|": ["j"],
    "εΛΛ": ["k"],
    "f@bois": ["f"],
    "introuvable": [],
    "\0": list("abcdefghijk"),
    "  ": list("abcdefghijk"),
    "z" * 200: [],
    "verte " + "v " * 400: ["b"],
}


def test_search_knows_neither_case_nor_accents_and_all_else_is_literal(cast, rf):
    SenderAddress.objects.bulk_create(
        SenderAddress(company=cast.company, address=f"{key}@bois.example", name=name)
        for key, name in PEOPLE.items()
    )
    mine = cast.company.sender_addresses.all()
    pages = {query: AddressList(rf.get("/liste/", {"q": query, "tri": "adresse"}), mine) for query in FOUND}
    assert {query: [row.address[0] for row in page.rows] for query, page in pages.items()} == FOUND


def test_search_in_several_rows_shows_a_row_once(cast, rf):
    """The names of a mail's files: two that match are still one mail, and another company's are not looked at."""
    mail = arrive(mail_from("bois@exemple.test", files={"Relevé mai.pdf": pdf(), "relevé juin.pdf": pdf()}))
    arrive(mail_from("bois@exemple.test", files={"note.pdf": pdf()}))

    class Mails(Listing):
        search = ("subject", "attachments__name")

    def found(query):
        return Mails(rf.get("/", {"q": query}), cast.company.inbound_mails.all()).rows

    assert found("releve") == found("releve juin") == [mail]
    assert len(found("facture")) == 2


def test_folding():
    assert fold("L’ÉNERGIE – Œuvre, Łódź") == "l'energie - oeuvre, lodz"


# Filters


def test_filters_and_search_stay_in_the_urls(cast, see):
    add(cast.company, 60, status=AddressStatus.REFUSED, reason="doublon")
    add_url = "/liste/?q=bois&statut=refused&vu_du=2026-03-01&motivees=oui&tri=adresse"
    page = see(f"{add_url}&apres=rien&inconnu=1")
    state = {
        "q": ["bois"],
        "statut": ["refused"],
        "vu_du": ["2026-03-01"],
        "motivees": ["oui"],
        "tri": ["adresse"],
    }
    assert page.url() == page.here == add_url
    following = parse_qs(urlsplit(page.next_url).query)
    assert following.pop("apres") != []
    assert following == state
    chip = page.chips[0][0]
    assert parse_qs(urlsplit(chip.url).query) == {
        name: value for name, value in state.items() if name != "statut"
    }
    assert ("tri", "adresse") in page.hidden
    assert "q" not in dict(page.hidden)


def test_chips_count_what_the_rest_leaves(cast, see):
    rows = add(cast.company, 12)
    SenderAddress.objects.filter(pk__in=[row.pk for row in rows[:5]]).update(status=AddressStatus.AUTHORISED)
    SenderAddress.objects.filter(pk=rows[6].pk).update(status=AddressStatus.REFUSED, reason="doublon")
    page = see("/liste/?statut=refused")
    assert [(str(chip.label), str(chip.count), chip.is_current) for chip in page.chips[0]] == [
        ("Toutes", "12", False),
        ("En attente", "6", False),
        ("Autorisée", "5", False),
        ("Refusée", "1", True),
        ("Blacklistée", "0", False),
    ]
    assert names(page) == ["a006@bois.example"]
    assert [str(chip.count) for chip in see("/liste/?motivees=oui").chips[0]] == [
        "1",
        "0",
        "0",
        "1",
        "0",
    ]


def test_what_is_filled_in_stands_in_one_form(cast, see):
    add(cast.company, 3, route=Route.STAFF)
    page = see("/liste/?q=bois&statut=pending&par=staff&vu_au=2026-03-08")
    assert [(field.name, field.label, field.value) for field in page.inputs] == [
        ("vu_du", "Vu du", ""),
        ("vu_au", "au", "2026-03-08"),
        ("par", "Décideur", "staff"),
    ]
    assert [value for value, _ in page.inputs[2].options] == ["", "staff", "client_admin"]
    assert page.inputs_hidden == [("q", "bois"), ("statut", "pending")]
    assert page.inputs_clear_url == "/liste/?q=bois&statut=pending"
    assert see(page.inputs_clear_url).inputs_clear_url == ""
    assert len(see("/liste/?par=staff").rows) == 3
    assert see("/liste/?par=client_admin").rows == []
    assert '<option value="staff" selected>' in shown(page)["tools"]


def test_counts_stop(cast, see, monkeypatch):
    monkeypatch.setattr(counting, "CEILING", 10)
    add(cast.company, 11)
    page = see()
    assert page.total == Count(10, is_more=True)
    assert [chip.count for chip in page.chips[0]] == [Count(10, is_more=True), None, None, None, None]


def test_a_count_as_it_is_written():
    assert str(Count(10_000, is_more=True)) == "10\xa0000\xa0+"
    assert str(Count(14)) == "14"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("?vu_du=2026-03-08&vu_au=2026-03-08", ["premier", "dernier"]),
        ("?vu_du=08/03/2026&vu_au=8/3/2026", ["premier", "dernier"]),
        ("?vu_du=2026-03-09", ["lendemain"]),
        ("?vu_au=2026-03-07", ["veille"]),
        ("?vu_du=2026-03-10&vu_au=2026-03-01", []),
        ("?vu_du=demain&vu_au=0001-01-01", ["premier", "dernier", "lendemain", "veille", "jamais"]),
        ("?vu_au=9999-12-31", ["premier", "dernier", "lendemain", "veille", "jamais"]),
        ("?statut=REFUSED", ["premier", "dernier", "lendemain", "veille", "jamais"]),
    ],
)
def test_a_period_is_whole_days_in_paris(cast, see, url, found):
    moments = {
        "veille": datetime(2026, 3, 7, 22, 59, 59, tzinfo=UTC),
        "premier": datetime(2026, 3, 7, 23, 0, 0, tzinfo=UTC),
        "dernier": datetime(2026, 3, 8, 22, 59, 59, 999999, tzinfo=UTC),
        "lendemain": datetime(2026, 3, 8, 23, 0, 0, tzinfo=UTC),
        "jamais": None,
    }
    rows = [
        SenderAddress(company=cast.company, address=name, last_mail_at=at) for name, at in moments.items()
    ]
    SenderAddress.objects.bulk_create(rows)
    assert sorted(names(see(f"/liste/{url}"))) == sorted(found)


# Rows ticked


def test_ticks_outside_the_scope_are_ignored(cast, see, rf):
    mine, others = add(cast.company, 3), add(cast.vier, 3)
    ticks = [mine[0].pk, mine[2].pk, others[0].pk, "", "x", "1.5", "-1", " 1", "9" * 30, "١", "\0"]
    posted = {"choix": ticks, "geste": "accepter"}
    page = see("/liste/", posted)
    assert {row.pk for row in page.selected} == {mine[0].pk, mine[2].pk}
    assert page.action.name == "accepter"
    request = rf.post("/liste/", posted)
    assert selected(request, cast.vier.sender_addresses.all()).get() == others[0]
    assert see("/liste/", {"geste": "detruire"}).action is None
    assert see("/liste/", {}).selected.count() == 0


def test_all_that_is_found_may_be_ticked_up_to_a_limit(cast, see, monkeypatch):
    add(cast.company, 40)
    add(cast.vier, 5)
    assert see("/liste/?q=a01&tri=adresse", {"choix": "tous"}).selected.count() == 10
    assert see("/liste/", {"choix": "tous"}).selected.count() == 40
    assert see("/liste/").everything == "les 40 résultats"
    monkeypatch.setattr(selecting, "LIMIT", 10)
    found = see("/liste/?tri=adresse", {"choix": "tous"}).selected
    assert sorted(names_of(found)) == [f"a{number:03}@bois.example" for number in range(10)]
    assert see("/liste/").everything == "les 10 premiers résultats"
    assert found.update(status=AddressStatus.REFUSED) == 10


def names_of(rows):
    return [row.address for row in rows]


# What it costs


@pytest.mark.parametrize("url", ["/liste/", "/liste/?q=bois&statut=pending&tri=adresse"])
def test_a_page_costs_the_same_for_1_row_and_for_300(cast, see, url, django_assert_num_queries):
    for count in (1, 299):
        add(cast.company, count, prefix=f"x{count}-")
        with django_assert_num_queries(3):  # the rows, the counts of the chips, the count for « tous »
            shown(see(url))


def shown(page):
    """The partials, as a screen includes them."""
    only = {"page": page, "csrf_token": "jeton", "url": "/liste/choisies/", "label": "Filtrer par adresse"}
    only |= {
        "icon": "at-symbol",
        "title": "Personne",
        "text": "Donnez les adresses.",
        "hint": "",
        "action": "",
    }
    parts = ("tools", "bulk", "head", "more", "empty")
    return {part: render_to_string(f"portal/_list_{part}.html", only) for part in parts}


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


# What is shown


def test_heads_sort_and_say_so(cast, see):
    add(cast.company, 2)
    by_default = {str(head.column.title): (head.url, head.sort) for head in see("/liste/?q=a").heads}
    assert by_default == {
        "Adresse": ("/liste/?q=a&tri=adresse", ""),
        "Statut": ("", ""),
        "Dernier envoi": ("/liste/?q=a&tri=-recents", "descending"),
        "Actions": ("", ""),
    }
    turned = {str(head.column.title): (head.url, head.sort) for head in see("/liste/?tri=-adresse").heads}
    assert turned["Adresse"] == ("/liste/?tri=adresse", "descending")
    assert turned["Dernier envoi"] == ("/liste/", "")


def test_a_list_without_rows_says_what_to_do_next(see, cast):
    nothing_yet = shown(see())["empty"]
    assert "<h2>Personne</h2>" in nothing_yet
    assert "Tout afficher" not in nothing_yet
    nothing_found = shown(see("/liste/?q=zzz"))["empty"]
    assert "<h2>Rien ne correspond</h2>" in nothing_found
    assert '<a class="button" href="/liste/">Tout afficher</a>' in nothing_found


def test_what_is_typed_is_escaped(cast, see):
    add(cast.company, 30)
    parts = shown(see('/liste/?q="><script>x</script>&tri="><b>&statut="><b>&vu_du="><b>'))
    assert [name for name, part in parts.items() if "<script>x" in part or "><b>" in part] == []


def test_all_boxes_of_the_page_may_be_ticked_without_javascript(cast, see):
    add(cast.company, 2)
    page = see()
    assert page.is_ticked is False
    assert see(page.tick_url).is_ticked is True
    assert see(see(page.tick_url).tick_url).is_ticked is False
    tick = render_to_string("portal/_list_tick.html", {"pk": 7, "name": "<b>", "is_ticked": True})
    assert TICK in tick
    assert tick.rstrip().endswith('aria-label="Choisir &lt;b&gt;" checked></td>')
