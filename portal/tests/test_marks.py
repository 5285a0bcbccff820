"""What the frame shows of a company is what the words of its queryset say, for everybody and of every company."""

import pytest

from portal.models import Company
from portal.testing import Cast

pytestmark = pytest.mark.django_db

PEOPLE = ("admin", "claire", "hugo", "gerant", "compta", "lea", "charlie", "patron")


@pytest.fixture
def companies(cast: Cast):
    """Those of the cast, one on which nobody works, and one that is archived."""
    for code, is_archived in (("5", False), ("6", True)):
        company = Company.objects.create(
            firm=cast.martin, code=code, name=f"Société {code}", is_archived=is_archived
        )
        company.attachments.create(staff=cast.hugo.staff_member)
        access = {"is_authorised": True, "published": {"is_authorised": True}, "sees_employees": True}
        company.client_members.create(user=cast.gerant, is_admin=True, **access)
        company.client_members.create(
            user=cast.claire, sees_box=False, **access
        )  # staff, and a contact there
    cast.company.client_members.filter(user=cast.compta).update(sees_image=False)


def marks(user) -> dict[str, tuple]:
    return {
        f"{company.firm_id} {company.code}": (
            company.is_staffed,
            company.may_administer,
            company.sees_box,
            company.sees_image,
            company.shows_employees,
        )
        for company in Company.objects.with_marks(user)
    }


def said(user) -> dict[str, tuple]:
    words = (
        Company.objects.staffed_by(user),
        Company.objects.administered_by(user),
        Company.objects.showing(user, "box"),
        Company.objects.showing(user, "image"),
        Company.objects.showing_employees(user),
    )
    return {
        f"{company.firm_id} {company.code}": tuple(company in word for word in words)
        for company in Company.objects.all()
    }


@pytest.mark.parametrize("role", PEOPLE)
def test_the_marks_are_what_the_words_say(cast, companies, role):
    assert marks(getattr(cast, role)) == said(getattr(cast, role))


def test_they_are_told_apart(cast, companies):
    """Without this the test above could compare nothing with nothing."""
    found = {role: sorted(set(marks(getattr(cast, role)).values())) for role in PEOPLE}
    nothing, everything = (False,) * 5, (True,) * 5
    assert found == {
        "admin": [nothing, everything],
        "claire": [nothing, (False, False, False, True, False), everything],
        "hugo": [nothing, everything],
        "gerant": [nothing, (False, True, True, True, False), (False, True, True, True, True)],
        "compta": [nothing, (False, False, True, False, False)],
        "lea": [nothing],
        "charlie": [nothing, everything],
        "patron": [nothing, (False, True, True, True, False)],
    }


def test_who_is_looked_at_has_the_one_company_alone(cast, companies):
    cast.gerant.viewed_in = cast.company.pk
    assert marks(cast.gerant) == said(cast.gerant)
    assert [code for code, mark in marks(cast.gerant).items() if any(mark)] == [f"{cast.martin.pk} 4"]
