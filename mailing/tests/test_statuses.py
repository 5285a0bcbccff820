"""The status of a mail is a function of the set of its events, whatever their order (D-34)."""

import random
from itertools import permutations

import pytest

from mailing.models import MailEvent, MailStatus, Nature, OutboxStatus, OutgoingMail, Source
from mailing.models.inbound import Fate
from mailing.tracking.statuses import status_of

S = MailStatus


def event(code, source=Source.PROVIDER, nature=Nature.OBSERVED):
    return MailEvent(code=code, source=source, nature=nature)


ATTEMPT = event(S.ERROR, source=Source.PORTAL)
LADDER = [
    ATTEMPT,
    *map(event, (S.SENT, S.DEFERRED, S.SOFT_BOUNCED, S.ERROR, S.DELIVERED, S.OPENED, S.CLICKED)),
    *map(event, (S.UNSUBSCRIBED, S.COMPLAINED, S.BLOCKED, S.INVALID, S.HARD_BOUNCED)),
]


@pytest.mark.parametrize("place", range(1, len(LADDER)))
def test_each_step_of_the_ladder_wins_over_those_below(place):
    below, step = LADDER[:place], LADDER[place]
    for events in ([*below, step], [step, *below], random.Random(place).sample([*below, step], place + 1)):
        assert status_of(events) == step.status


def test_order_of_arrival_plays_no_part():
    events = [event(code) for code in (S.SENT, S.DELIVERED, S.OPENED, S.HARD_BOUNCED)]
    assert {status_of(order) for order in permutations(events)} == {S.HARD_BOUNCED}


def test_machines_never_raise_the_status():
    events = [event(S.SENT), event(S.DELIVERED), event(S.OPENED, nature=Nature.MACHINE)]
    assert status_of(events) == S.DELIVERED


def test_a_deduced_event_counts():
    assert status_of([event(S.SENT), event(S.OPENED, nature=Nature.DEDUCED)]) == S.OPENED


def test_own_failed_attempt_is_below_sent_and_the_providers_error_above():
    assert status_of([ATTEMPT, event(S.SENT)]) == S.SENT
    assert status_of([event(S.SENT), event(S.ERROR)]) == S.ERROR


def test_no_event_no_status():
    assert status_of([]) is None
    assert OutgoingMail(status=OutboxStatus.QUEUED).shown_status == OutboxStatus.QUEUED
    assert (
        OutgoingMail(status=OutboxStatus.CANCELLED, last_status=S.SENT).shown_status == OutboxStatus.CANCELLED
    )


@pytest.mark.parametrize("enum", [MailStatus, OutboxStatus, Fate])
def test_every_status_has_its_look(enum):
    assert [(bool(member.label), bool(member.tone), bool(member.icon)) for member in enum] == [
        (True,) * 3
    ] * len(enum)


def test_the_twelve_words_of_the_page():
    assert [status.label for status in MailStatus] == [
        "Envoyé", "Délivré", "Rejeté temporairement", "Rejeté définitivement", "Click", "Ouvert", "Spam", "Bloqué",
        "E-mail non-valide", "Désabonné", "Retardée", "Erreur",
    ]  # fmt: skip
