"""What the grid says of an access, as tables; and the same as the database tells it, to filter by."""

import pytest

from approvals.access.states import (
    AccessState,
    Facts,
    PasswordShown,
    facts_of,
    password_of,
    state_of,
    unpublished_cells,
    with_state,
)
from portal.models import ClientMember

NONE, UNPUBLISHED, VALID = AccessState.NONE, AccessState.UNPUBLISHED, AccessState.VALID
TABLE = [  # wanted, published, its address now, the address published: state, red cells
    (Facts(False, False), NONE, set()),
    (Facts(False, False, "a@x.example", "b@x.example"), NONE, set()),
    (Facts(True, False, "a@x.example"), UNPUBLISHED, {"is_authorised"}),
    (Facts(False, True, "a@x.example", "a@x.example"), UNPUBLISHED, {"is_authorised"}),
    (Facts(True, True, "a@x.example", "a@x.example"), VALID, set()),
    (Facts(True, True, "a@x.example", None), VALID, set()),
    (Facts(True, True, "a@x.example", "b@x.example"), UNPUBLISHED, {"email"}),
    (Facts(True, True, "", "b@x.example"), UNPUBLISHED, {"email"}),
]


@pytest.mark.parametrize(("facts", "state", "red"), TABLE)
def test_state_and_red_cells(facts, state, red):
    assert (state_of(facts), unpublished_cells(facts)) == (state, red)


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize(("facts", "state", "red"), TABLE)
def test_the_database_says_the_same(cast, facts, state, red):
    member = ClientMember.objects.get(user=cast.compta)
    published = {"is_authorised": True} if facts.is_published else {}
    if facts.published_email is not None:
        published["email"] = facts.published_email
    member.is_authorised, member.published = facts.is_authorised, published
    member.save()
    cast.compta.email = facts.email
    cast.compta.save()
    found = with_state(ClientMember.objects.filter(pk=member.pk)).get()
    assert (found.state, facts_of(found)) == (state, facts)


@pytest.mark.parametrize(
    ("is_usable", "origin", "must_change", "is_published", "shown"),
    [
        (False, "", False, True, PasswordShown.NONE),
        (True, "random", True, False, PasswordShown.RANDOM),
        (True, "random", True, True, PasswordShown.FROZEN),
        (True, "random", False, True, PasswordShown.OWN),  # chosen at the first login
        (True, "own", False, True, PasswordShown.OWN),
        (True, "", False, False, PasswordShown.OWN),
    ],
)
def test_where_a_password_comes_from(is_usable, origin, must_change, is_published, shown):
    said = password_of(is_usable=is_usable, origin=origin, must_change=must_change, is_published=is_published)
    assert said == shown


@pytest.mark.parametrize("enum", [AccessState, PasswordShown])
def test_each_has_a_tone_and_an_icon(enum):
    assert [status for status in enum if not (status.tone and status.icon)] == []
