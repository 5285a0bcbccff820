"""A document on the screen: its pages as images, its neighbours, and what is said where there is nothing to see."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader, PdfWriter

from documents.models import Document
from portal.files import pages, pdf
from portal.files.child import Cause, Failure
from portal.testing import IMAGE, arrive, mail_from
from portal.testing import pdf as one_page
from portal.tests.test_get import writes

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MOST = 14  # queries of a document’s page
CLAIRES = "claire.mes-documents@martin.depot.localhost"


def pdf_of(count, password=""):
    writer = PdfWriter()
    for number in range(1, count + 1):
        writer.append(PdfReader(BytesIO(one_page(f"Page {number}"))))
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(width, height, form="JPEG"):
    out = BytesIO()
    Image.new("RGB", (width, height), "white").save(out, form)
    return out.getvalue()


def filed(sender, name, content, *to):
    arrive(mail_from(sender.email, subject=name, files={name: content}), *to)
    return Document.objects.get(name=name)


@pytest.fixture
def invoice(client, cast):
    """Three pages in the box of company 4; its reader is a client user."""
    client.force_login(cast.compta)
    return filed(cast.compta, "facture.pdf", pdf_of(3))


def screen_of(document, page=None):
    return reverse("documents:document", args=[document.pk]) + (f"?page={page}" if page else "")


def image_of(document, page=1, width=600):
    return reverse("documents:page", args=[document.pk, page, width])


def drawn(answer):
    return Image.open(BytesIO(b"".join(answer.streaming_content)))


@pytest.fixture
def no_children(monkeypatch):
    """Every PDF that is asked about, none of them answered."""
    asked = []

    def note(*given, **named):
        asked.append(given)
        return Failure(Cause.UNAVAILABLE)

    monkeypatch.setattr(pdf, "run", note)
    return asked


@pytest.mark.parametrize("width", [600, 1200, 1800])
def test_a_page_is_an_image_for_its_reader(client, invoice, width):
    answer = client.get(image_of(invoice, 2, width))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Content-Disposition"].partition(";")[0] == "inline"
    assert answer["Cache-Control"] == "private, no-store"
    assert drawn(answer).width == width


def test_the_screen_says_what_it_is_and_shows_the_page(client, invoice):
    look = client.get(screen_of(invoice, 2)).context["look"]
    assert (look.number, look.count, look.previous, look.next, look.failure) == (2, 3, 1, 3, None)
    assert look.size == drawn(client.get(image_of(invoice, 2))).size
    page = client.get(screen_of(invoice, 2)).content.decode()
    told = (
        "page 2 sur 3",
        'alt="Page 2 sur 3 de « facture.pdf »"',
        f'srcset="{", ".join(f"{image_of(invoice, 2, width)} {width}w" for width in (600, 1200, 1800))}"',
        f'width="{look.size[0]}" height="{look.size[1]}"',
        f'href="{reverse("documents:download", args=[invoice.pk])}"',
        f'href="{screen_of(invoice, 1)}"',
        f'href="{screen_of(invoice, 3)}"',
        "compta@moimeme.example",
    )
    assert [words for words in told if words not in page] == []


@pytest.mark.parametrize(("page", "around"), [(1, (None, 2)), (2, (1, 3)), (3, (2, None))])
def test_pages_are_turned(client, invoice, page, around):
    look = client.get(screen_of(invoice, page)).context["look"]
    assert (look.previous, look.next) == around


def test_in_the_panel_the_links_stay_in_the_panel(client, invoice):
    panel = client.get(screen_of(invoice, 2), headers={"HX-Request": "true"})
    page = client.get(screen_of(invoice, 2))
    assert [screen.templates[1].name for screen in (panel, page)] == ["panel.html", "base.html"]
    turned = f'hx-get="{screen_of(invoice, 3)}" hx-target="#panel-content"'
    assert [turned in screen.content.decode() for screen in (panel, page)] == [True, False]


@pytest.mark.parametrize("page", ["", "abc", "0", "-1", "²", "%00", "9" * 5000])
def test_what_is_no_number_is_the_first_page(client, invoice, page):
    answer = client.get(f"{screen_of(invoice)}?page={page}")
    assert (answer.status_code, answer.context["look"].number) == (200, 1)


def test_beyond_the_last_page(client, invoice):
    screen, image = client.get(screen_of(invoice, 4)), client.get(image_of(invoice, 4))
    assert (screen.status_code, "Cette page n’existe pas." in screen.content.decode()) == (404, True)
    assert (image.status_code, image.content.decode()) == (404, "Cette page n’existe pas.")
    assert client.get(image_of(invoice, 0)).status_code == 404
    assert client.get(image_of(invoice, "9" * 400)).status_code == 404


@pytest.mark.parametrize("width", [0, 1, 599, 601, 4000])
def test_other_widths_are_404(client, invoice, width):
    assert client.get(image_of(invoice, 1, width)).status_code == 404


def test_strangers_get_404(client, cast, invoice):
    answers = {}
    for role in ("admin", "gerant", "lea", "charlie", "patron"):
        client.force_login(getattr(cast, role))
        answers[role] = {client.get(path).status_code for path in (screen_of(invoice), image_of(invoice))}
    assert answers == {"admin": {200}, "gerant": {200}, "lea": {404}, "charlie": {404}, "patron": {404}}


def test_mes_documents_are_seen_by_their_owner_alone(client, cast):
    own = filed(cast.claire, "contrat.pdf", one_page(), CLAIRES)
    answers = {}
    for role in ("claire", "admin", "hugo", "gerant", "charlie"):
        client.force_login(getattr(cast, role))
        answers[role] = {client.get(path).status_code for path in (screen_of(own), image_of(own))}
    assert answers == {"claire": {200}, "admin": {404}, "hugo": {404}, "gerant": {404}, "charlie": {404}}


@pytest.mark.parametrize(("role", "links"), [("hugo", 1), ("gerant", 1), ("compta", 0)])
def test_the_mail_is_a_link_for_who_may_see_it(client, cast, invoice, role, links):
    client.force_login(getattr(cast, role))
    mail = reverse("mailing:inbound", args=[invoice.source.mail_id])
    assert client.get(screen_of(invoice)).content.decode().count(f'href="{mail}"') == links


UNSEEN = [
    ("notes.txt", lambda: b"Bonjour,\nrien d'autre.\n", "Pas d’aperçu pour ce type de fichier."),
    ("secret.pdf", lambda: pdf_of(1, "sésame"), "PDF protégé par un mot de passe."),
    ("casse.pdf", lambda: one_page()[:60], "PDF illisible."),
    ("coupee.jpg", lambda: picture(900, 900)[:400], "Image illisible."),
]


@pytest.mark.parametrize(("name", "content", "reason"), UNSEEN, ids=[row[0] for row in UNSEEN])
def test_where_there_is_nothing_to_see_it_says_why(client, cast, name, content, reason):
    document = filed(cast.compta, name, content())
    client.force_login(cast.compta)
    screen, image = client.get(screen_of(document)), client.get(image_of(document))
    page = screen.content.decode()
    assert (screen.status_code, reason in page, "<img" in page) == (200, True, False)
    assert f'href="{reverse("documents:download", args=[document.pk])}"' in page
    assert (image.status_code, image["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert image.content.decode() == reason


def test_a_busy_machine_says_to_try_again(client, invoice, monkeypatch):
    monkeypatch.setattr(pages, "page_image", lambda *given: Failure(Cause.BUSY))
    reason = "Trop de fichiers sont en cours de lecture : réessayez dans un instant."
    image, screen = client.get(image_of(invoice)), client.get(screen_of(invoice, 2))
    assert (image.status_code, image["Retry-After"], image.content.decode()) == (503, "5", reason)
    look = screen.context["look"]
    assert (screen.status_code, look.failure.reason, look.number) == (200, reason, 2)
    assert "Réessayer" in screen.content.decode()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("size", "shown", "is_small"), [((300, 200), (300, 200), True), ((1600, 800), (600, 300), False)]
)
def test_a_picture_keeps_its_place_before_it_comes(client, cast, form, size, shown, is_small):
    photo = filed(cast.compta, f"photo.{form.lower()}", picture(*size, form), IMAGE)
    client.force_login(cast.compta)
    look = client.get(screen_of(photo)).context["look"]
    assert (look.size, look.is_small, look.count) == (shown, is_small, 1)


def test_neighbours_are_those_of_the_list(client, cast):
    """Newest first, in the same space; several documents of one instant are told apart by their keys."""
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        filed(cast.compta, name, one_page())
    filed(cast.compta, "ailleurs.pdf", one_page(), IMAGE)
    client.force_login(cast.compta)
    box = Document.objects.filter(space="box")
    for _ in range(2):
        listed = [document.pk for document in client.get("/entreprises/4/box/").context["page"].rows]
        around = {}
        for document in box:
            context = client.get(screen_of(document)).context
            around[document.pk] = (context["newer"], context["older"])
        first, second, third = listed
        assert around == {first: (None, second), second: (first, third), third: (second, None)}
        box.update(created_at=box[0].created_at)


def test_the_list_leads_to_the_preview_and_to_the_file(client, invoice):
    page = client.get("/entreprises/4/box/").content.decode()
    assert f'href="{screen_of(invoice)}" hx-get="{screen_of(invoice)}" hx-target="#panel-content"' in page
    assert f'href="{reverse("documents:download", args=[invoice.pk])}"' in page


def test_looking_by_a_machine_writes_nothing_and_costs_few_queries(client, cast, invoice):
    filed(cast.compta, "avant.pdf", one_page())
    costs = {}
    for role in ("hugo", "gerant", "compta"):
        client.force_login(getattr(cast, role))
        for path in (screen_of(invoice, 2), image_of(invoice, 3)):
            with writes() as statements, CaptureQueriesContext(connection) as captured:
                client.get(path)
            costs[role, path] = (len(captured) <= MOST, statements)
    assert set(map(str, costs.values())) == {"(True, [])"}


def test_head_asks_nothing_of_the_file(client, invoice, no_children):
    answers = [client.head(path) for path in (screen_of(invoice), image_of(invoice))]
    assert ([answer.status_code for answer in answers], no_children) == ([200, 200], [])
    assert [client.get(path).status_code for path in (screen_of(invoice), image_of(invoice))] == [200, 503]
    assert len(no_children) == 2  # or the fixture would have seen nothing above either


@pytest.mark.django_db(transaction=True)
def test_nothing_is_drawn_within_a_transaction(client, invoice, monkeypatch):
    inside, run = [], pdf.run

    def watch(*given, **named):
        inside.append(connection.in_atomic_block)
        return run(*given, **named)

    monkeypatch.setattr(pdf, "run", watch)
    for path in (screen_of(invoice), image_of(invoice, 2)):
        assert client.get(path).status_code == 200
    assert inside == [False, False]
