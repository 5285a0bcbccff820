"""Brevo's posts as they come: https://developers.brevo.com/docs/transactional-webhooks."""

import json
from itertools import count

SECRET = "webhook:bench"
NAMES = ("request", "delivered", "opened", "click")

_numbers = count()


def event(message_id: str) -> dict:
    """An event that nobody has posted yet, of the mail that the provider calls `message_id`."""
    number = next(_numbers)
    return {
        "event": NAMES[number % len(NAMES)],
        "email": "client@client.example",
        "id": 26224,
        "date": "2026-11-21 14:32:07",
        "ts": 1795267927,
        "message-id": message_id,
        "ts_event": 1795267927,
        "subject": "Votre facture est arrivée",
        "X-Mailin-custom": None,
        "sending_ip": "192.0.2.25",
        "ts_epoch": 1795267927000 + number,
        "tags": [],
        "link": "https://portail.example/",
    }


def posts(message_ids: list[str], each: int) -> list[bytes]:
    """Posts of `each` events, one event for each of `message_ids`."""
    events = [event(message_id) for message_id in message_ids]
    if each == 1:
        return [json.dumps(one).encode() for one in events]
    return [json.dumps(events[n : n + each]).encode() for n in range(0, len(events), each)]
