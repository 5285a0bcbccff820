"""« Paramètres » : the firm's own page, for its administrators alone, with who changed what."""

import pytest

from documents.models import Document
from portal.files.checks import MAIL_TYPES
from portal.models import HistoryEntry
from portal.testing import arrive, mail_from

pytestmark = [pytest.mark.django_db, pytest.mark.database]

VALUES = {"name": "Cabinet Martin", "communication_email": "bonjour@martin.example", "functional_email": ""}


def test_administrator_changes_the_firm_and_it_is_written_down(client, cast):
    client.force_login(cast.admin)
    assert client.post("/parametres/", VALUES)["Location"] == "/parametres/"
    cast.martin.refresh_from_db()
    assert (cast.martin.communication_email, cast.martin.favourite_suffices) == (
        "bonjour@martin.example",
        False,
    )
    entry = HistoryEntry.objects.get()
    assert (entry.by, entry.text) == (
        cast.admin,
        "Anne Martin change les paramètres du cabinet – adresse de communication : bonjour@martin.example, "
        "favori suffit : non",
    )


def test_nothing_changed_nothing_written(client, cast):
    client.force_login(cast.admin)
    client.post(
        "/parametres/", VALUES | {"communication_email": "contact@martin.example", "favourite_suffices": "on"}
    )
    assert HistoryEntry.objects.count() == 0


def test_bad_address_is_said_beside_the_field_and_what_was_typed_stays(client, cast):
    client.force_login(cast.admin)
    page = client.post("/parametres/", VALUES | {"communication_email": "pas une adresse"})
    assert page.context["form"].errors == {
        "communication_email": ["Saisissez une adresse de courriel valide."]
    }
    assert "pas une adresse" in page.content.decode()
    cast.martin.refresh_from_db()
    assert cast.martin.communication_email == "contact@martin.example"


def test_other_firm_and_other_fields_cannot_be_named(client, cast):
    client.force_login(cast.admin)
    client.post("/parametres/", VALUES | {"slug": "peeters", "id": cast.peeters.pk, "pk": cast.peeters.pk})
    cast.martin.refresh_from_db()
    cast.peeters.refresh_from_db()
    assert (cast.martin.slug, cast.peeters.communication_email) == ("martin", "info@peeters.example")


def test_everybody_else_gets_404(client, cast):
    for user in (cast.claire, cast.hugo, cast.gerant, cast.compta, cast.lea):
        client.force_login(user)
        assert client.get("/parametres/").status_code == 404
        assert client.post("/parametres/", VALUES).status_code == 404


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
