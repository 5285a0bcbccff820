"""The reader held against 890 real mails and what five independent parsers agree on (corpus/README.md)."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from mailing.journal.markup import cleaned
from mailing.receiving.bodies import as_text
from mailing.receiving.parsing import html_of, read
from mailing.receiving.sender import in_lower_case

CORPUS = Path(os.getenv("CORPUS_DIR") or Path(settings.BASE_DIR).parent / "shared" / "corpus")

# Each line was read by a person; a change here wants a reason.
REVIEWED_LOSSES = {
    # Two nested multiparts with one boundary: the file stands after the end that both share.
    ("8f1c4f13d767b8a4.eml", "xx.gif"),
}
REVIEWED_NAMES = {
    # A byte that the declared charset (iso-2022-jp) does not have: any letter would do.
    ("10a284c2cd87b8e4.eml", "01 Quien Te Dijjat. Pitbull.mp3"),
}
REVIEWED_SENDERS = {
    # Lines that are no header field stand before From: our second parser stops there.
    "4e7d76e4918cf0a8.eml",
    # The first line starts with a space: what it continues is anybody's guess.
    "baf45abd4f891d97.eml",
}

REPORTS = ("message/", "text/rfc822-header")
EXTRA_LEAVES = Counter(
    {
        "application/ms-tnef": 1,
        "application/msword": 1,
        "application/pgp-signature": 5,
        "image/png": 1,
        "name=": 1,
        "text/calendar": 1,
        "text/enriched": 3,
        "text/html": 1,
        "text/plain": 1,
        "text/watch-html": 1,
    }
)


@pytest.fixture(scope="module")
def corpus():
    """{file: (what is expected, what was read)}, every mail read once."""
    if not (CORPUS / "expected.json").is_file():
        pytest.skip(f"corpus absent : {CORPUS} (CORPUS_DIR dit où il est)")
    expected = json.loads((CORPUS / "expected.json").read_text())
    return {name: (facts, read((CORPUS / "mails" / name).read_bytes())) for name, facts in expected.items()}


def pairs(corpus):
    """(file, expected attachment, the part with the same content or None), each part used once."""
    for name, (facts, mail) in corpus.items():
        left = list(mail.attachments)
        for wanted in facts["attachments"]:
            same = [part for part in left if part.csha == wanted["csha"]]
            found = next((part for part in same if part.name == wanted["name"]), same[0] if same else None)
            if found:
                left.remove(found)
            yield name, wanted, found


def test_every_mail_is_read(corpus):
    assert len(corpus) == 890
    assert {name: mail.problem for name, (_, mail) in corpus.items() if mail.problem} == {}


def test_no_attachment_is_lost(corpus):
    lost = {(name, wanted["name"]) for name, wanted, found in pairs(corpus) if found is None}
    assert lost == REVIEWED_LOSSES


def test_names_and_types_are_those_that_were_voted(corpus):
    found = [(name, wanted, part) for name, wanted, part in pairs(corpus) if part]
    assert len(found) == 251
    assert {(name, want["name"]) for name, want, part in found if part.name != want["name"]} == REVIEWED_NAMES
    assert [(name, part.type) for name, want, part in found if part.type != want["type"]] == []


def test_attachments_are_not_invented(corpus):
    """What is listed beyond the votes (which count a content once a mail) is a real leaf of these types."""
    extra = Counter()
    for facts, mail in corpus.values():
        wanted = {attachment["csha"] for attachment in facts["attachments"]}
        extra += Counter(
            part.type
            for part in mail.attachments
            if part.inside is None and part.csha not in wanted and not part.type.startswith(REPORTS)
        )
    assert extra == EXTRA_LEAVES


def test_the_sender_is_the_one_agreed_on_or_nobody(corpus):
    wrong, unknown = {}, set()
    for name, (facts, mail) in corpus.items():
        agreed = facts["senders"] or []
        wanted = agreed[0] if len(agreed) == 1 and not facts["senders_contested"] else ""
        found = in_lower_case(mail.sender.as_received) if mail.sender.address else ""
        if found and found != wanted:
            wrong[name] = found
        elif found != wanted:
            unknown.add(name)
    assert wrong == {}
    assert unknown == REVIEWED_SENDERS


def test_every_file_that_is_no_document_says_why(corpus):
    for _, mail in corpus.values():
        for part in mail.attachments:
            assert part.left_out is None or part.left_out.endswith(".")
            assert part.inside is None or part.inside < part.index


def test_html_alone_is_found_like_with_the_whole_mail(corpus):
    found = {name: html_of((CORPUS / "mails" / name).read_bytes()) for name in corpus}
    assert {name for name, (_, mail) in corpus.items() if found[name] != mail.html} == set()


def test_every_html_can_be_shown_cleaned_with_all_its_words(corpus):
    rich = {name: mail.html for name, (_, mail) in corpus.items() if mail.html}
    assert len(rich) == 140
    shown = {name: cleaned(markup) for name, markup in rich.items()}  # TooMuch for none

    def letters(markup):
        return "".join(as_text(markup).split())

    assert {name for name in rich if letters(rich[name]) != letters(shown[name])} == set()
    acts = re.compile(
        r"<(?:script|style|img|form|input|base|meta|link|iframe|object|a)\b|\son\w+=|url\(", re.I
    )
    assert {name for name, markup in shown.items() if acts.search(markup)} == set()
