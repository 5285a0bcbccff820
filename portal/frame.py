"""What every page's frame knows: the firm, the spaces, how much waits for a decision."""

from functools import cache

from django.utils.functional import SimpleLazyObject

from portal import waiting
from portal.models import FailedTask

NOBODY = {
    "firm": None,
    "has_companies": False,
    "is_staff_member": False,
    "is_firm_admin": False,
    "is_client": False,
    "own_code": "",
    "is_employee": False,
    "may_decide": False,
    "to_decide": 0,
    "to_repair": 0,
    "in_menus": {},
    "tasks": 0,
    "viewing": None,
}


def frame(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    is_staff_member = user.staff is not None
    waits = cache(lambda: waiting.rows_for(user))
    return {
        "firm": user.firm,
        "has_companies": is_staff_member or bool(user.open_memberships),
        "is_staff_member": is_staff_member,
        "is_firm_admin": user.is_firm_admin,
        "is_client": not is_staff_member and bool(user.open_memberships),
        "own_code": "" if is_staff_member else own_code_of(user),
        "is_employee": not is_staff_member and not user.open_memberships and bool(user.open_employments),
        "may_decide": is_staff_member or any(member.is_admin for member in user.open_memberships),
        "to_decide": SimpleLazyObject(lambda: waiting.sums(waits())[0]),
        "to_repair": SimpleLazyObject(lambda: waiting.sums(waits())[1]),
        "in_menus": SimpleLazyObject(lambda: waiting.in_menus(waits())),
        "viewing": getattr(request, "viewing", None),
        "tasks": SimpleLazyObject(lambda: FailedTask.objects.visible_to(user).open().count()),
    }


def own_code_of(user) -> str:
    """The code of the one company of which `user` is a contact; "" where there are several, or none."""
    return user.open_memberships[0].company.code if len(user.open_memberships) == 1 else ""
