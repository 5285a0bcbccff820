"""« Paramètres » : the firm's own page and « Paramètres internet », for its administrators alone, with who changed what."""

import pytest

from documents.models import Document
from portal.files.checks import MAIL_TYPES
from portal.models import HistoryEntry
from portal.models.firm import looks_unread
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

VALUES = {"name": "Cabinet Martin & Fille"}
SERVER = {
    "notification_from": "noreply@martin.example",
    "reply_to": "accueil@martin.example",
    "grouping_minutes": "5",
}


def test_administrator_changes_the_firm_and_it_is_written_down(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/", VALUES)["Location"] == "/parametres/"
    cast.martin.refresh_from_db()
    assert (cast.martin.name, cast.martin.favourite_suffices) == ("Cabinet Martin & Fille", False)
    entry = HistoryEntry.objects.get()
    assert (entry.by, entry.text) == (
        cast.admin,
        "Anne Martin change les paramètres du cabinet – nom : Cabinet Martin & Fille, favori suffit : non",
    )


def test_nothing_changed_nothing_written(client, cast):
    client.force_login(cast.admin)
    client.post("/parametres/", {"name": "Cabinet Martin", "favourite_suffices": "on"})
    assert HistoryEntry.objects.count() == 0


def test_other_firm_and_other_fields_cannot_be_named(client, cast):
    client.force_login(cast.admin)
    others = {
        "slug": "peeters",
        "id": cast.peeters.pk,
        "pk": cast.peeters.pk,
        "communication_email": "x@y.example",
    }
    client.post("/parametres/", VALUES | others)
    client.post("/parametres/internet/", SERVER | others)
    cast.martin.refresh_from_db()
    cast.peeters.refresh_from_db()
    assert (cast.martin.slug, cast.martin.communication_email) == ("martin", "contact@martin.example")
    assert (cast.peeters.name, cast.peeters.notification_from) == ("Bureau Peeters", "")


def test_everybody_else_gets_404(client, cast):
    for user in (cast.claire, cast.hugo, cast.gerant, cast.compta, cast.lea):
        client.force_login(user)
        for path, values in (("/parametres/", VALUES), ("/parametres/internet/", SERVER)):
            assert client.get(path).status_code == 404
            assert client.post(path, values).status_code == 404


# D-20: the firm lengthens the list of types


def lengthened(client, cast, typed):
    """What becomes of `typed`: the firm's own types, and what is said beside the field."""
    client.force_login(cast.admin)
    answer = client.post("/parametres/", VALUES | {"extra_types": typed})
    cast.martin.refresh_from_db()
    errors = answer.context["form"].errors.get("extra_types", []) if answer.context else []
    return cast.martin.extra_types, errors


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("dwg", "dwg"), (" .DWG ; xlsb,dwg\nstep", "dwg step xlsb"), ("", ""), (" . , ; ", "")],
)
def test_types_are_read_as_people_write_them(client, cast, typed, kept):
    assert lengthened(client, cast, typed) == (kept, [])
    assert cast.martin.accepted_types == MAIL_TYPES | set(kept.split())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("dwg, exe, html", "Programmes, scripts, macros et pages HTML ne sont jamais acceptés : exe, html."),
        ("d/wg", "« d/wg » : une extension a de 1 à 10 lettres ou chiffres, sans accent."),
        ("é", "« é » : une extension a de 1 à 10 lettres ou chiffres, sans accent."),
        ("*", "« * » : une extension a de 1 à 10 lettres ou chiffres, sans accent."),
        ("²", "« ² » : une extension a de 1 à 10 lettres ou chiffres, sans accent."),
    ],
)
def test_what_no_folder_takes_is_refused_here_too(client, cast, typed, told):
    assert lengthened(client, cast, typed) == ("", [told])


def test_mails_bring_what_the_firm_accepts(client, cast):
    plan = {"plan.dwg": b"AC1032" + bytes(60)}
    refused = arrive(mail_from(cast.compta.email, subject="avant", files=plan))
    lengthened(client, cast, "dwg")
    filed = arrive(mail_from(cast.compta.email, subject="après", files=plan))
    assert [mail.attachments.get().left_out for mail in (refused, filed)] == [
        "Type de fichier non accepté : .dwg.",
        "",
    ]
    assert [document.name for document in Document.objects.all()] == ["plan.dwg"]


def test_the_other_firm_s_list_is_its_own(client, cast):
    lengthened(client, cast, "dwg")
    box = "4.box@peeters.depot.localhost"
    mail = arrive(mail_from(cast.patron.email, to=box, files={"plan.dwg": b"AC1032" + bytes(60)}), box)
    assert mail.attachments.get().left_out == "Type de fichier non accepté : .dwg."


def test_serveur_shows_what_the_portal_holds_and_nobody_changes(client, cast, settings):
    settings.SITE_URL = "https://portail.martin.example"
    client.force_login(cast.admin)
    page = client.get("/parametres/internet/").content.decode()
    told = ("Cabinet Martin", "portail.martin.example", "<dd>martin</dd>", "géré par le portail")
    assert [words for words in told if words not in page] == []
    assert page.count("<input") == 5  # the two addresses, the minutes, and a token in each form


def test_the_addresses_of_notification_and_of_reply(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/internet/", SERVER)["Location"] == "/parametres/internet/"
    cast.martin.refresh_from_db()
    assert (cast.martin.notification_from, cast.martin.reply_to) == tuple(SERVER.values())[:2]
    assert HistoryEntry.objects.get().text == (
        "Anne Martin change les paramètres du cabinet – adresse mail de notification : noreply@martin.example, "
        "adresse mail de réponse : accueil@martin.example"
    )


def test_noreply_is_proposed_not_invented(client, cast):
    """D-37: nothing is saved before the administrator saves it, from the page with the proposal in it too."""
    client.force_login(cast.admin)
    assert (
        'href="?proposition=oui">noreply@martin.example'
        in client.get("/parametres/internet/").content.decode()
    )
    form = client.get("/parametres/internet/?proposition=oui").context["form"]
    assert form["notification_from"].value() == "noreply@martin.example"
    cast.martin.refresh_from_db()
    assert cast.martin.notification_from == ""
    client.post("/parametres/internet/?proposition=oui", {**SERVER, "reply_to": ""})
    cast.martin.refresh_from_db()
    assert cast.martin.notification_from == "noreply@martin.example"
    assert "proposition=oui" not in client.get("/parametres/internet/").content.decode()


def test_bad_address_is_said_beside_the_field_and_what_was_typed_stays(client, cast):
    client.force_login(cast.admin)
    page = client.post("/parametres/internet/", SERVER | {"reply_to": "pas une adresse"})
    assert page.context["form"].errors == {"reply_to": ["Saisissez une adresse de courriel valide."]}
    assert "pas une adresse" in page.content.decode()
    cast.martin.refresh_from_db()
    assert (cast.martin.notification_from, cast.martin.reply_to) == ("", "")


@pytest.mark.parametrize("path", ["/parametres/", "/parametres/internet/", "/parametres/adresses/"])
@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({}, False),
        ({"communication_email": ""}, True),
        ({"communication_is_unread": True}, True),
        ({"communication_email": "", "functional_email": "compta@martin.example"}, False),
        (
            {"communication_email": "", "functional_email": "x@martin.example", "functional_is_unread": True},
            True,
        ),
    ],
)
def test_the_settings_say_that_no_address_is_read(client, cast, path, fields, is_told):
    """D-33: a blocking error, on each screen of the settings."""
    for name, value in fields.items():
        setattr(cast.martin, name, value)
    cast.martin.save()
    client.force_login(cast.admin)
    assert ("Aucune adresse du cabinet n’est lue" in client.get(path).content.decode()) == is_told


@pytest.mark.parametrize(
    ("address", "is_unread"),
    [
        ("noreply@martin.example", True),
        ("No-Reply@martin.example", True),
        ("ne-pas-repondre@martin.example", True),
        ("noreply+portail@martin.example", True),
        ("contact@martin.example", False),
        ("noreplying@martin.example", False),
        ("noreply", True),
        ("", False),
    ],
)
def test_the_name_of_an_address_says_that_nobody_reads_it(address, is_unread):
    assert looks_unread(address) == is_unread
