"""One way to show a list: search, filters, rows ticked, what is shown (ui.md, « Every list, by one room »)."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template.loader import render_to_string

from approvals.models import AddressStatus, SenderAddress
from approvals.models.sender_address import Route
from portal.listing import Listing, selected
from portal.listing import counts as counting
from portal.listing import selection as selecting
from portal.listing.counts import Count
from portal.listing.search import fold
from portal.testing import arrive, mail_from, pdf
from portal.tests.addresses import AddressList, add, eyes, names, shown

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TICK = '<td role="cell" class="tight"><input type="checkbox" name="choix" value="7" form="liste-choix" '


@pytest.fixture
def see(cast):
    return eyes(cast.company)


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
    assert sorted(row.address for row in found) == [f"a{number:03}@bois.example" for number in range(10)]
    assert see("/liste/").everything == "les 10 premiers résultats"
    assert found.update(status=AddressStatus.REFUSED) == 10


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
