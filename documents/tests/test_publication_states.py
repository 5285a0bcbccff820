"""What a list says of a document and the portal, as a table; and the same as the database tells it."""

from itertools import product

import pytest
from django.utils import timezone

from documents.models import Document, FolderException
from documents.publication.states import (
    IS_RED,
    DocumentState,
    Facts,
    is_there,
    is_wanted,
    state_of,
    why_off,
    with_state,
)
from documents.tests.lay import filed
from portal.models import Employee

ON, OFF = DocumentState.ON, DocumentState.OFF
TO_PUBLISH, TO_WITHDRAW = DocumentState.TO_PUBLISH, DocumentState.TO_WITHDRAW
TABLE = {  # shared, published, folder wanted, folder there, on paper
    (True, True, True, True, False): ON,
    (True, False, True, True, False): TO_PUBLISH,
    (True, True, True, False, False): TO_PUBLISH,  # its folder comes back
    (True, False, True, False, False): TO_PUBLISH,
    (False, True, True, True, False): TO_WITHDRAW,
    (True, True, False, True, False): TO_WITHDRAW,
    (False, False, True, True, False): OFF,
    (True, False, False, True, False): OFF,
    (True, False, False, False, False): OFF,
    (False, True, False, False, False): OFF,
    (True, False, True, True, True): OFF,  # a bulletin for whoever wants paper
    (True, True, True, True, True): ON,  # what is there stays
    (False, True, True, True, True): TO_WITHDRAW,
}


@pytest.mark.parametrize(("facts", "state"), TABLE.items())
def test_state(facts, state):
    told = Facts(*facts)
    assert (state_of(told), why_off(told) == "") == (state, state in (ON, TO_PUBLISH))


@pytest.mark.django_db
@pytest.mark.database
def test_the_database_says_the_same(cast, folders):
    """For every combination, by the row of the firm and by an exception that says the contrary of it."""
    folder, employee = folders["SALARIES\\Bulletins\\"], cast.company.employees.get()
    [document] = filed(cast.claire, cast.company, folder, "bulletin.pdf", employee=employee)
    now = {True: timezone.now(), False: None}
    for values, by_exception in product(product((True, False), repeat=5), (False, True)):
        facts = Facts(*values)
        Document.objects.update(is_shared=facts.is_shared, published_at=now[facts.is_published])
        Employee.objects.filter(pk=employee.pk).update(wants_paper=facts.is_on_paper)
        type(folder).objects.filter(pk=folder.pk).update(
            is_shared=facts.folder_is_wanted != by_exception,
            published_at=now[facts.folder_is_there != by_exception],
        )
        FolderException.objects.all().delete()
        if by_exception:
            FolderException.objects.create(
                folder=folder,
                company=cast.company,
                is_shared=facts.folder_is_wanted,
                published={"is_shared": facts.folder_is_there},
                published_at=now[facts.folder_is_there],
            )
        told = with_state(Document.objects.all()).get()
        state = state_of(facts)
        assert (told.state, told.is_there, told.is_wanted) == (state, is_there(facts), is_wanted(facts)), (
            facts
        )
        assert with_state(Document.objects.all()).filter(IS_RED).exists() == state.is_red
