"""T1, row by row: each row is at least one test."""

from dataclasses import fields, replace

import pytest

from approvals.models import AddressStatus, Route
from approvals.senders.explained import WORDS
from approvals.senders.rules import RULES, Answer, Facts, decide
from mailing.models import Fate, Space

BOX = Facts(space=Space.BOX)
PERSONAL = Facts(space=Space.PERSONAL)
STRANGER = BOX
CLIENT = replace(BOX, client_user=True)
STAFF = replace(BOX, staff_with_access=True)
FAVOURITE = replace(STAFF, favourite=True)
AUTHORISED = replace(BOX, standing=AddressStatus.AUTHORISED)
REFUSED = replace(BOX, standing=AddressStatus.REFUSED)
BLACKLISTED = replace(BOX, standing=AddressStatus.BLACKLISTED)
COVERED = replace(BOX, covered_by="bois.example")
REPLY = Facts(space=Space.REPLIES)
OWNER = replace(PERSONAL, is_owner=True)


def unproved(facts):
    return replace(facts, authenticated=False)


@pytest.mark.parametrize(
    ("rule", "facts", "fate", "answer", "route"),
    [
        ("R0a", replace(CLIENT, automatic="réponse automatique"), Fate.IGNORED, Answer.NOTHING, None),
        ("R0a", replace(OWNER, automatic="rapport de remise"), Fate.IGNORED, Answer.NOTHING, None),
        (
            "R0a",
            replace(BOX, automatic="rapport", unreadable="aucun From"),
            Fate.IGNORED,
            Answer.NOTHING,
            None,
        ),
        ("R0b", replace(CLIENT, unreadable="deux champs From"), Fate.UNREADABLE, Answer.NOTHING, None),
        ("R0d", REPLY, Fate.UNROUTABLE, Answer.NOTHING, None),
        ("R0d", unproved(REPLY), Fate.UNROUTABLE, Answer.NOTHING, None),
        ("R1", replace(AUTHORISED, retired=True), Fate.UNROUTABLE, Answer.UNKNOWN_ADDRESS, None),
        ("R1", replace(OWNER, retired=True), Fate.UNROUTABLE, Answer.UNKNOWN_ADDRESS, None),
        ("R1", unproved(replace(BOX, retired=True)), Fate.UNROUTABLE, Answer.NOTHING, None),
        ("R2", BLACKLISTED, Fate.BLACKLISTED, Answer.NOTHING, None),
        ("R2", unproved(BLACKLISTED), Fate.BLACKLISTED, Answer.NOTHING, None),
        ("R2", replace(CLIENT, firm_blacklisted=True), Fate.BLACKLISTED, Answer.NOTHING, None),
        ("R3", OWNER, Fate.FILED, Answer.NOTHING, None),
        ("R3", replace(OWNER, firm_blacklisted=True), Fate.FILED, Answer.NOTHING, None),
        ("R4", unproved(OWNER), Fate.HELD, Answer.NOTHING, None),
        ("R5", PERSONAL, Fate.REJECTED, Answer.IMPOSSIBLE, None),
        ("R5", unproved(PERSONAL), Fate.REJECTED, Answer.NOTHING, None),
        ("R6", AUTHORISED, Fate.FILED, Answer.NOTHING, None),
        ("R6", COVERED, Fate.FILED, Answer.NOTHING, None),
        ("R7", replace(REFUSED, covered_by="bois.example"), Fate.REJECTED, Answer.NOTHING, None),
        ("R7", REFUSED, Fate.REJECTED, Answer.NOTHING, None),
        ("R7", replace(REFUSED, refused_long_ago=True), Fate.HELD, Answer.PENDING, Route.CLIENT_ADMIN),
        (
            "R7",
            replace(STAFF, standing=AddressStatus.REFUSED, refused_long_ago=True),
            Fate.HELD,
            Answer.PENDING,
            Route.STAFF,
        ),
        ("R7", replace(FAVOURITE, standing=AddressStatus.REFUSED), Fate.REJECTED, Answer.NOTHING, None),
        ("R7", replace(CLIENT, standing=AddressStatus.REFUSED), Fate.REJECTED, Answer.NOTHING, None),
        ("R8", FAVOURITE, Fate.FILED, Answer.NOTHING, None),
        ("R9", CLIENT, Fate.FILED, Answer.NOTHING, None),
        ("R10", STAFF, Fate.HELD, Answer.PENDING, Route.STAFF),
        ("R10", replace(FAVOURITE, favourite_suffices=False), Fate.HELD, Answer.PENDING, Route.STAFF),
        ("R11", STRANGER, Fate.HELD, Answer.PENDING, Route.CLIENT_ADMIN),
        ("R11", replace(BOX, favourite=True), Fate.HELD, Answer.PENDING, Route.CLIENT_ADMIN),
        ("R11", replace(BOX, standing=AddressStatus.PENDING), Fate.HELD, Answer.PENDING, Route.CLIENT_ADMIN),
        ("R12", unproved(AUTHORISED), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R12", unproved(COVERED), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R12", unproved(FAVOURITE), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R12", unproved(CLIENT), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R12", unproved(STAFF), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R13", unproved(STRANGER), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        ("R13", unproved(REFUSED), Fate.HELD, Answer.NOTHING, Route.CLIENT_ADMIN),
        (
            "R13",
            unproved(replace(CLIENT, standing=AddressStatus.REFUSED)),
            Fate.HELD,
            Answer.NOTHING,
            Route.CLIENT_ADMIN,
        ),
    ],
)
def test_row(rule, facts, fate, answer, route):
    decision = decide(facts)
    assert (decision.rule, decision.fate, decision.answer, decision.route) == (rule, fate, answer, route)


def test_rows_are_tried_in_the_order_of_the_table():
    assert [rule.row for rule in RULES] == ["R0a", "R0b", "R0d", *(f"R{number}" for number in range(1, 14))]


@pytest.mark.parametrize("facts", [OWNER, AUTHORISED, COVERED, FAVOURITE, CLIENT])
def test_a_space_that_wants_it_answers_what_is_filed_with_a_receipt(facts):
    assert decide(replace(facts, sends_receipt=True)).answer == Answer.RECEIPT
    assert decide(replace(facts, sends_receipt=True, files=0)).answer == Answer.NOTHING


@pytest.mark.parametrize("facts", [STRANGER, STAFF, REFUSED, BLACKLISTED, PERSONAL, unproved(CLIENT)])
def test_no_receipt_for_what_is_not_filed(facts):
    assert decide(replace(facts, sends_receipt=True)).answer == decide(facts).answer


@pytest.mark.parametrize("facts", [CLIENT, STRANGER, OWNER, unproved(STRANGER), unproved(OWNER)])
def test_nothing_to_file_asks_and_answers_nobody(facts):
    decision = decide(replace(facts, files=0))
    assert (decision.fate, decision.answer, decision.asks) == (Fate.NOTHING_TO_FILE, Answer.NOTHING, False)


@pytest.mark.parametrize("facts", [BLACKLISTED, PERSONAL, REFUSED])
def test_a_refusal_comes_before_the_count_of_files(facts):
    assert decide(replace(facts, files=0)).fate == decide(facts).fate


def test_every_rule_tried_keeps_its_question_and_only_the_last_matches():
    reasons = decide(STRANGER).reasons
    assert [reason["matched"] for reason in reasons] == [False] * (len(reasons) - 1) + [True]
    assert all(reason["question"] for reason in reasons)
    assert reasons[-1]["text"] == decide(STRANGER).note


def test_every_rule_has_a_name_that_people_understand():
    names = [str(rule.name) for rule in RULES]
    assert (len(set(names)), [name for name in names if not name or name.startswith("R")]) == (len(RULES), [])
    assert [reason["name"] for reason in decide(STRANGER).reasons] == names[
        : names.index("Expéditeur inconnu") + 1
    ]


def test_every_fact_has_words():
    """But the address itself, which stands on the page."""
    assert set(WORDS) == {field.name for field in fields(Facts)} - {"sender"}


def kept(facts):
    return [(fact["fact"], fact["value"]) for fact in decide(facts).facts]


def test_the_facts_kept_are_those_that_the_rules_looked_at():
    beginning = [("Message automatique", "non"), ("Illisible", "non"), ("Adresse de dépôt retirée", "non")]
    assert kept(replace(BOX, unreadable="deux From")) == [beginning[0], ("Illisible", "deux From")]
    assert kept(BLACKLISTED) == [
        *beginning,
        ("Envoyé à", "Box"),
        ("Décidé pour cette adresse", "Blacklistée"),
    ]
    assert kept(OWNER) == [
        *beginning,
        ("Envoyé à", "Mes documents"),
        ("Adresse du compte du propriétaire", "oui"),
        ("Expéditeur prouvé", "oui"),
        ("Fichiers à classer", "1"),
    ]
    assert kept(AUTHORISED) == [
        *beginning,
        ("Envoyé à", "Box"),
        ("Décidé pour cette adresse", "Autorisée"),
        ("Blacklistée pour tout le cabinet", "non"),
        ("Expéditeur prouvé", "oui"),
        ("Fichiers à classer", "1"),
    ]
