"""From the code in a path to the company of the person logged in, or 404: views load through here."""

from django.shortcuts import get_object_or_404
from django.urls import register_converter

from portal.models import Company, User


class CodeConverter:
    """What a company's code can be; anything else in its place is 404 before any query."""

    regex = "[A-Za-z0-9._-]{1,32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")


def visible_company(user: User, code: str) -> Company:
    """The company that `user` may enter under `code`, with its star; Http404 else (D-01)."""
    return get_object_or_404(Company.objects.visible_to(user).with_marks(user), code=code)


def staffed_company(user: User, code: str) -> Company:
    """The same, for the screens of staff only."""
    return get_object_or_404(Company.objects.staffed_by(user).with_marks(user), code=code)


def administered_company(user: User, code: str) -> Company:
    """The same, for the screens of staff and client administrators only (ui.md, « Who sees which screen »)."""
    return get_object_or_404(Company.objects.administered_by(user).with_marks(user), code=code)


def with_star(user: User, company: Company | None) -> Company | None:
    """The company of something that `user` may see, as the frame shows it; None for what belongs to a person."""
    return company and Company.objects.visible_to(user).with_marks(user).get(pk=company.pk)
