"""173 real bounces, and what a library of their own kind reads in them (corpus/README.md): at least 98 % are read right."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from mailing.models import Cause, MailStatus
from mailing.tracking.reports import Outcome, Report, read

CORPUS = Path(os.getenv("CORPUS_DIR") or Path(settings.BASE_DIR).parent / "shared" / "corpus")

PASSING = {"mailboxfull", "expired", "networkerror", "toomanyconn", "speeding", "systemerror"}
# Each was read by a person: here the README and T2 part, or nothing in the mail says what the library knows.
REVIEWED_MISSES = {
    "38e685fc6172afbc.eml",  # « 554 5.7.1 Recipient address rejected: Access denied »: 5.7.x is Bloqué (T2)
    "6251e383378521dc.eml",  # Apple Mail asks to unsubscribe by mail, which is no complaint
    "b3ffb95fb2d57d2e.eml",  # « 500 Remote server does not … »: permanent by its code
}


@pytest.fixture(scope="module")
def bounces():
    """{file: (what is expected, what was read)}"""
    if not (CORPUS / "expected.json").is_file():
        pytest.skip(f"corpus absent : {CORPUS} (CORPUS_DIR dit où il est)")
    expected = json.loads((CORPUS / "expected.json").read_text())
    return {
        name: (facts["bounce"], read((CORPUS / "mails" / name).read_bytes()))
        for name, facts in expected.items()
        if facts.get("bounce")
    }


def is_right(wanted: dict, found: Outcome) -> bool:
    """As the README reads one entry."""
    code, reason = found.meaning.code, wanted["reason"]
    if reason == "feedback":
        return code == MailStatus.COMPLAINED
    if reason == "delivered":
        return code == MailStatus.DELIVERED
    if wanted["hard"]:
        return code == MailStatus.HARD_BOUNCED
    if reason in PASSING or wanted["status"].startswith("4."):
        return code in (MailStatus.SOFT_BOUNCED, MailStatus.DEFERRED)
    return code in (MailStatus.BLOCKED, MailStatus.HARD_BOUNCED) or found.meaning.cause == Cause.UNKNOWN


def is_read(wanted: list[dict], report: Report) -> bool:
    """Are all recipients there, each with what became of it, and nothing else?"""
    if wanted[0]["reason"] == "vacation":
        return report.outcomes == ()
    if len(wanted) == len(report.outcomes):
        return all(map(is_right, wanted, report.outcomes))
    return (
        bool(report.outcomes)
        and all(any(is_right(each, found) for found in report.outcomes) for each in wanted)
        and all(any(is_right(each, found) for each in wanted) for found in report.outcomes)
    )


def test_real_bounces_are_read_as_they_were_meant(bounces):
    misses = {name: found for name, found in bounces.items() if not is_read(*found)}
    for name, (wanted, report) in misses.items():
        print(name, [(w["reason"], w["status"]) for w in wanted], report.outcomes)
    assert len(bounces) == 173
    assert set(misses) == REVIEWED_MISSES
    assert len(misses) <= 173 * 0.02
