"""The mail that lets a person in for the first time (S1-01, D-07)."""

from approvals.access.adapter import send_password_link
from approvals.access.stories import Access
from portal.models import User


def welcome(access: Access, *, by: User) -> str:
    """Send the welcome mail of `access`; why it did not leave, in French, "" where it is on its way."""
    send_password_link(access.user)
    return ""
