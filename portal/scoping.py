"""From the code in a path to the company of the person logged in, or 404: views load through here."""

from django.shortcuts import get_object_or_404

from portal.models import Company, User


def visible_company(user: User, code: str) -> Company:
    """The company that `user` may enter under `code`, with its star; Http404 else (D-01)."""
    return get_object_or_404(Company.objects.visible_to(user).with_marks(user), code=code)


def administered_company(user: User, code: str) -> Company:
    """The same, for the screens of staff and client administrators only (ui.md, « Who sees which screen »)."""
    return get_object_or_404(Company.objects.administered_by(user).with_marks(user), code=code)
