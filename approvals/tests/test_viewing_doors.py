"""Every door of the portal, while staff look at it as one of a company's people (D-08, T37)."""

import pytest

from approvals.tests.test_viewing import LEAVE, LOGOUT, open_portal
from portal.models import User
from portal.tests.test_get import BROWSER, every_path, writes
from portal.tests.test_stranger import demonstration, logged_in  # noqa: F401 : loaded for this module too

pytestmark = pytest.mark.django_db  # querysets decide, the same on each database: once is enough


@pytest.mark.parametrize("email", ["gerant@moimeme.example", "lea@moimeme.example"])
def test_nothing_more_is_seen_nothing_is_written_and_nothing_done(email):
    staff, client = logged_in("claire@martin.example", headers=BROWSER), logged_in(email, headers=BROWSER)
    open_portal(staff, User.objects.get(email=email))
    seen, more, written, done = [], [], [], []
    for path in sorted(every_path() - {LEAVE, LOGOUT}):
        with writes() as statements:
            answer = staff.get(path)
        written += [path] if statements else []
        if answer.status_code == 200 and answer.wsgi_request.user.viewed_in:
            seen.append(path)
            more += [path] if client.get(path).status_code != 200 else []
        with writes() as statements:
            answer = staff.post(path)
        done += [path] if answer.status_code != 403 or statements else []
    assert (more, written, done) == ([], [], [])
    assert ("/espace-salarie/" if email.startswith("lea") else "/entreprises/4/box/") in seen
