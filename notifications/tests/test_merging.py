"""A firm's texts with fields: one pass, escaped, one line where one line is wanted (D-45, T51, T52)."""

import re
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from notifications.merging import Text, check, fields_of, merge
from notifications.models import Reader, TemplateKind

LINK = "https://portail.example/connexion/nouveau/1-abc/"
PLAIN = Text("Pour #société#", "Bonjour,\n\n#lien#\n\n#société#")
NASTY = (
    "#lien#",
    "#gestionnaire#",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ user.password }}",
    "{% load static %}",
    "Roux\r\nBcc: tous@ailleurs.example",
    "a\x0bb\x00c",
    "=?utf-8?q?=0d=0aBcc=3A_a?=",
)


class Tags(HTMLParser):
    """The elements of a fragment, and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, *sorted(attrs)))

    def handle_data(self, data):
        self.text += data


def told(subject="", body="#lien#", reader=Reader.CLIENT, kind=TemplateKind.WELCOME):
    try:
        check(subject, body, reader, kind)
    except ValidationError as error:
        return error.message_dict
    return {}


def test_fields_become_their_values():
    text = Text("#Société# – #cabinet#", "#société#, dossier #dossier#\nle #date#\n\n#lien#")
    values = {"société": "Moi & Même", "cabinet": "Cabinet Martin", "dossier": "4", "date": "1 mai 2026"}
    merged = merge(text, values, link=LINK)
    assert merged.subject == "Moi & Même – Cabinet Martin"
    assert merged.text == f"Moi & Même, dossier 4\nle 1 mai 2026\n\n{LINK}"
    assert [(block.html, block.is_link) for block in merged.blocks] == [
        ("Moi &amp; Même, dossier 4<br>\nle 1 mai 2026", False),
        (f'<a href="{LINK}">{LINK}</a>', True),
    ]


@pytest.mark.parametrize("spelt", ["#société#", "#SOCIÉTÉ#", "#societe#", "#socie\u0301te\u0301#"])
def test_a_field_is_known_however_it_is_spelt(spelt):
    assert merge(Text(spelt, spelt), {"société": "Roux"}, link=LINK).text == "Roux"
    assert told(subject=spelt) == {}


@pytest.mark.parametrize("value", NASTY)
def test_a_value_is_characters_and_nothing_else(value):
    merged = merge(PLAIN, {"société": value}, link=LINK)
    shown = re.sub(r"[\r\n\x0b\x00]+", " ", value)
    page = Tags("".join(block.html for block in merged.blocks))
    assert page.found == [("a", ("href", LINK))]
    assert page.text == f"Bonjour,{LINK}{shown}"
    assert merged.text == f"Bonjour,\n\n{LINK}\n\n{shown}"
    assert merged.subject == f"Pour {shown}"


def test_the_text_of_a_firm_is_no_template_and_no_html():
    merged = merge(Text("{{ x }}", "<b>{% now 'Y' %}</b> {{ firm.pk }}"), {}, link=LINK)
    assert merged.subject == "{{ x }}"
    assert merged.text == "<b>{% now 'Y' %}</b> {{ firm.pk }}"
    assert Tags(merged.blocks[0].html).found == []


def test_where_the_link_may_not_be_followed_it_is_words():
    merged = merge(PLAIN, {"société": "Roux"}, link="(lien <personnel>)", is_followable=False)
    assert [(block.html, block.is_link) for block in merged.blocks] == [
        ("Bonjour,", False),
        ("(lien &lt;personnel&gt;)", False),
        ("Roux", False),
    ]


def test_the_subject_never_holds_the_link():
    assert merge(Text("Voir #lien#", "#lien#"), {"lien": "x"}, link=LINK).subject == "Voir"


@given(st.text(), st.text(), st.text())
def test_whatever_is_typed_the_subject_is_one_line_and_the_html_is_ours(subject, body, value):
    merged = merge(Text(subject, body), {"société": value, "cabinet": value}, link=LINK)
    assert re.findall(r"[\r\n\v\f\0\x85\u2028\u2029]", merged.subject) == []
    found = {tag for block in merged.blocks for tag in Tags(block.html).found}
    assert found - {("a", ("href", LINK)), ("br",)} == set()


@given(st.text())
def test_a_value_is_escaped_once_and_looked_at_once(value):
    """What a browser shows of it is what the plain text says; a field in it stays where it is."""
    merged = merge(Text("", "#société#"), {"société": value, "cabinet": "BIS"}, link=LINK)
    shown = Tags("".join(block.html for block in merged.blocks)).text
    again = merge(Text("", "#société#"), {"société": merged.text, "cabinet": "BIS"}, link=LINK)
    assert shown.strip() == merged.text.strip()
    assert again.text == merged.text
    assert ("#cabinet#" in value) <= ("#cabinet#" in merged.text)


@given(st.text(alphabet="#lienfoosécabt \n", max_size=60))
def test_what_passes_the_check_leaves_no_field_behind(body):
    if told(body=body) == {}:
        merged = merge(
            Text("", body), dict.fromkeys(fields_of(Reader.CLIENT, TemplateKind.WELCOME), "X"), link="Y"
        )
        assert re.search(r"#[^\W\d_]+#", merged.text) is None


def test_an_unknown_field_is_named_with_those_there_are():
    [said] = told(body="#lien# #societé# #motdepasse#")["body"]
    assert said == (
        "#motdepasse# n’est pas un champ de ce modèle. Champs possibles : #lien#, #société#, #domaine#, #dossier#, "
        "#date#, #cabinet#, #gestionnaire#, #identifiant#."
    )


@pytest.mark.parametrize("typed", ["#société", "société#", "# société #", "#société #"])
def test_a_field_that_is_not_closed_is_named(typed):
    [said] = told(body=f"#lien# {typed} !")["body"]
    assert said == "Le champ « société » s’écrit entre deux dièses, sans espace : #société#."


@pytest.mark.parametrize("body", ["#lien# facture #12", "#lien# #1#", "#lien# C# et F#", "#lien# ##"])
def test_a_sign_that_is_near_no_field_is_a_sign(body):
    assert told(body=body) == {}


def test_the_link_has_its_place_in_the_body():
    assert told(subject="#lien#") == {"subject": ["#lien# a sa place dans le texte, pas dans l’objet."]}
    assert told(body="Bonjour") == {"body": ["Le texte a besoin de #lien#, par lequel la personne entre."]}


def test_what_is_about_no_document_or_no_employee_has_no_such_field():
    assert "document" not in fields_of(Reader.CLIENT, TemplateKind.WELCOME)
    assert "matricule" not in fields_of(Reader.CLIENT, TemplateKind.DOCUMENT)
    assert told(body="#lien# #document#", kind=TemplateKind.DOCUMENT) == {}
    assert told(body="#lien# #matricule# #prénom#", reader=Reader.EMPLOYEE) == {}
