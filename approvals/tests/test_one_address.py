"""One active e-mail address over all firms, however many give it away at once (D-02, T33)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from approvals.access import stories
from approvals.directory.opening import add_person
from portal.models import ClientMember, User

SHARED = "compta@partout.example"
ATTEMPTS = 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_fifty_activations_in_two_firms_one_wins_and_nobody_learns_of_the_other(cast):
    accesses = [
        ClientMember.objects.create(
            company=company,
            user=add_person(company.firm, f"Contact {number}", SHARED, is_active=False),
        )
        for number in range(ATTEMPTS // 2)
        for company in (cast.company, cast.vier)
    ]
    start = Barrier(ATTEMPTS)

    def attempt(access):
        access = ClientMember.objects.select_related("user", "company__firm").get(pk=access.pk)
        by = cast.admin if access.company == cast.company else cast.charlie
        start.wait()
        try:
            stories.authorise(access, by=by)
        except ValidationError as refused:
            return " ".join(refused.messages)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(ATTEMPTS) as pool:
        refusals = list(filter(None, pool.map(attempt, accesses)))
    [winner] = User.objects.filter(email=SHARED, is_active=True)
    assert [
        access.user for access in ClientMember.objects.filter(user__email=SHARED, is_authorised=True)
    ] == [winner]
    assert len(refusals) == ATTEMPTS - 1
    names = ("Martin", "Peeters", "Moi Même", "Vier")
    assert [refusal for refusal in refusals if any(name in refusal for name in names)] == []
